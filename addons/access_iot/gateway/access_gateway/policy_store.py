"""The signed copy of the rules: taken only when good and newer, kept on disk."""

import base64
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .files import write_atomically
from .rules import Rules, RulesError, rules_from_document

log = logging.getLogger(__name__)


class PolicyStore:
    """Holds the rules in force for one gateway.

    An envelope is ``{"payload": TEXT, "signature": BASE64}``; the signature is Ed25519
    over the UTF-8 bytes of the payload.
    """

    def __init__(self, path: Path, gateway: str, public_key: bytes):
        self._path = path
        self._gateway = gateway
        self._key = Ed25519PublicKey.from_public_bytes(public_key)
        self.rules = Rules()
        # Not on disk yet: the version, and its envelope as it is to be written.
        self._unkept: tuple[int, str] | None = None
        self._refusal: str | None = None
        self._keeping: str | None = None
        self._restore()

    @property
    def problem(self) -> str | None:
        return "; ".join(filter(None, (self._keeping, self._refusal))) or None

    @property
    def is_unkept(self) -> bool:
        return self._unkept is not None

    def accept(self, envelope: Mapping[str, Any]) -> bool:
        """Put an envelope's rules in force if they are ours, good and newer.

        Otherwise the old ones stay and ``problem`` says why. Rules that cannot be
        written are in force all the same: who is blocked in them must stay outside.
        """
        try:
            rules = self._verified(envelope)
            if rules.version <= self.rules.version:
                raise RulesError(f"version {rules.version} is not newer")
        except RulesError as error:
            self._refuse(
                f"policy refused, version {self.rules.version} stays in force: {error}"
            )
            return False
        self._unkept = rules.version, json.dumps(dict(envelope))
        self.keep()
        self.rules = rules
        self._refusal = None
        log.info("policy version %s is in force", rules.version)
        return True

    def keep(self) -> None:
        """Write the newest rules to the disk, if that could not be done yet."""
        if self._unkept is None:
            return
        version, text = self._unkept
        try:
            write_atomically(self._path, text)
        except OSError as error:
            problem = f"rules version {version} are in force, but not kept on disk"
            self._keeping = self._logged(f"{problem}: {error}", self._keeping)
        else:
            self._unkept = self._keeping = None

    def _restore(self) -> None:
        """Take the envelope on disk again, if it stands the same tests."""
        try:
            self.rules = self._verified(json.loads(self._path.read_text("utf-8")))
        except FileNotFoundError:
            return
        except (RulesError, OSError, ValueError) as error:
            self._refuse(f"stored policy refused, no rules in force: {error}")

    def _verified(self, envelope: Any) -> Rules:
        try:
            payload = envelope["payload"].encode()
            self._key.verify(base64.b64decode(envelope["signature"]), payload)
        except InvalidSignature:
            raise RulesError("bad signature") from None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise RulesError(f"no envelope: {error!r}") from error
        try:
            document = json.loads(payload)
        except ValueError as error:
            raise RulesError(f"no JSON: {error}") from error
        if not isinstance(document, dict) or document.get("gateway") != self._gateway:
            raise RulesError("made for another gateway")
        return rules_from_document(document)

    def _refuse(self, problem: str) -> None:
        self._refusal = self._logged(problem, self._refusal)

    def _logged(self, problem: str, before: str | None) -> str:
        if problem != before:
            log.error("%s", problem)
        return problem
