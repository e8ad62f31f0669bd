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
        self.problem: str | None = None
        self._restore()

    def accept(self, envelope: Mapping[str, Any]) -> bool:
        """Put an envelope's rules in force if they are ours, good and newer.

        Otherwise the old ones stay and ``problem`` says why.
        """
        try:
            rules = self._verified(envelope)
            if rules.version <= self.rules.version:
                raise RulesError(f"version {rules.version} is not newer")
            write_atomically(self._path, json.dumps(dict(envelope)))
        except (RulesError, OSError) as error:
            self._report(
                f"policy refused, version {self.rules.version} stays in force: {error}"
            )
            return False
        self.rules = rules
        self.problem = None
        log.info("policy version %s is in force", rules.version)
        return True

    def _restore(self) -> None:
        """Take the envelope on disk again, if it stands the same tests."""
        try:
            self.rules = self._verified(json.loads(self._path.read_text("utf-8")))
        except FileNotFoundError:
            return
        except (RulesError, OSError, ValueError) as error:
            self._report(f"stored policy refused, no rules in force: {error}")

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

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            log.error("%s", problem)
        self.problem = problem
