"""The signed copy of the rules: taken only when good and newer, kept on disk."""

import base64
import json
import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .kept import Kept
from .rules import (
    Rules,
    RulesError,
    change_from_document,
    changed_rules,
    rules_from_document,
)
from .sealing import Sealing

log = logging.getLogger(__name__)

# With more changes than this, or heavier ones than the whole, a start takes too long.
MAX_CHANGES = 200

Made = Callable[[], Rules]
_Stored = tuple[Made, list[str]]


class PolicyStore:
    """Holds the rules in force for one gateway.

    An envelope is ``{"payload": TEXT, "signature": BASE64}``; the signature is Ed25519
    over the UTF-8 bytes of the payload. That is the whole of the rules, or a change of
    one version of them. Whole and changes are kept as they came, and at a start they
    have to stand the same tests again.

    ``public_key`` is the one that the rules in force are signed with. A whole signed
    with ``next_key`` takes its place together with the rules.
    """

    def __init__(
        self,
        path: Path,
        gateway: str,
        public_key: bytes,
        next_key: bytes | None = None,
        sealing: Sealing | None = None,
    ):
        self._kept = Kept(path, sealing, has_copy=True)
        self._gateway = gateway
        self.public_key = public_key
        self.next_key = next_key
        self.rules = Rules()
        # Whether the newest came as a difference: of something that has just changed.
        self.is_changed = False
        self._wants_whole = False
        # Not on disk yet: the newest version, and the envelopes that lead to it.
        self._newest = 0
        self._unkept_whole: str | None = None
        self._unkept_changes: list[str] = []
        self._refusal: str | None = None
        self._keeping: str | None = None
        self._restore()

    @property
    def problem(self) -> str | None:
        return "; ".join(filter(None, (self._keeping, self._refusal))) or None

    @property
    def refusal(self) -> str | None:
        """Why the newest rules that came are not in force, in words."""
        return self._refusal

    @property
    def is_unkept(self) -> bool:
        return self._unkept_whole is not None or bool(self._unkept_changes)

    @property
    def version_told(self) -> int:
        """The version that the ERP shall go on from; 0 asks for the whole."""
        return 0 if self._wants_whole else self.rules.version

    def accept(self, envelope: Mapping[str, Any]) -> bool:
        """Put an envelope's rules in force if they are ours, good and newer.

        Otherwise the old ones stay and ``problem`` says why. Rules that cannot be
        written are in force all the same: who is blocked in them must stay outside.
        """
        made = self.prepare(envelope)
        if made is not None:
            self.enforce(made)
        return made is not None

    def prepare(self, envelope: Mapping[str, Any]) -> Made | None:
        """Do what takes long: verify, build and write; nothing is in force by that.

        This may run in a thread of its own while the old rules decide.
        """
        was_asked_for, self._wants_whole = self._wants_whole, False
        try:
            document, made = self._built(envelope, was_asked_for)
        except RulesError as error:
            self._refuse(
                f"policy refused, version {self.rules.version} stays in force: {error}"
            )
            # The whole may be better; if that is what was refused, a newer one may.
            self._wants_whole = not was_asked_for
            return None
        text = json.dumps(dict(envelope))
        self.is_changed = "base" in document
        if self.is_changed:
            self._unkept_changes.append(text)
        else:
            self._unkept_whole, self._unkept_changes = text, []
        self._newest = document["version"]
        self.keep()
        return made

    def enforce(self, made: Made) -> None:
        """Put in force what was prepared."""
        self.rules = made()
        self._refusal = None
        self._wants_whole = self._is_long()
        log.info("policy version %s is in force", self.rules.version)

    def keep(self) -> None:
        """Write the newest rules to the disk, if that could not be done yet."""
        try:
            if self._unkept_whole is not None:
                self._kept.replace(self._unkept_whole)
                self._unkept_whole = None
            if self._unkept_changes:
                self._kept.append(self._unkept_changes)
                self._unkept_changes = []
        except OSError as error:
            problem = f"rules version {self._newest} are in force, but not kept on disk"
            self._keeping = self._logged(f"{problem}: {error}", self._keeping)
        else:
            self._keeping = None

    def _is_long(self) -> bool:
        whole, changes = self._kept.sizes
        count = self._kept.count + len(self._unkept_changes)
        return count > MAX_CHANGES or (count > 0 and changes > whole)

    def _restore(self) -> None:
        """Take what is on disk again, or its copy, if it stands the same tests."""
        try:
            made, changes = self._stored(self._kept.read)
        except (RulesError, OSError, ValueError) as error:
            found = self._stored_copy()
            if found is None:
                if not isinstance(error, FileNotFoundError):
                    self._refuse(f"stored policy refused, no rules in force: {error}")
                return
            self._refuse(f"stored policy refused, its copy is in force: {error}")
            made, changes = found
        self.rules = made()
        self._wants_whole = not self._replay(changes) or bool(self._refusal)

    def _stored(self, read: Callable[[], tuple[str, list[str]]]) -> _Stored:
        whole, changes = read()
        _document, made = self._built(json.loads(whole))
        return made, changes

    def _stored_copy(self) -> _Stored | None:
        try:
            return self._stored(self._kept.read_copy)
        except (RulesError, OSError, ValueError):
            return None

    def _replay(self, changes: list[str]) -> bool:
        """Put stored changes in force; tell whether no whole has to be asked for."""
        for position, change in enumerate(changes):
            try:
                _document, made = self._built(json.loads(change))
            except (RulesError, ValueError) as error:
                self._kept.cut(position)
                words = f"stored change refused, version {self.rules.version} in force"
                self._refuse(f"{words}: {error}")
                return False
            self.rules = made()
        return not (self._is_long() or self._kept.wants_sealing)

    def _built(
        self, envelope: Any, was_asked_for: bool = False
    ) -> tuple[dict[str, Any], Made]:
        """Give an envelope's document, and what makes rules of it without fail."""
        (document, key), now = self._verified(envelope), self.rules
        if "base" in document:
            if key != self.public_key:
                raise RulesError("a change, but signed with the next key")
            change = change_from_document(document)
            if change.base != now.version:
                raise RulesError(f"a change of version {change.base}, not of this one")
            _ = now.policy.tokens_of  # takes long the first time
            return document, partial(changed_rules, now, change)
        rules = rules_from_document(document)
        oldest = now.version if was_asked_for else now.version + 1
        if rules.version < oldest:
            raise RulesError(f"version {rules.version} is not newer")
        return document, partial(self._under, key, rules)

    def _under(self, key: bytes, rules: Rules) -> Rules:
        self.public_key = key
        return rules

    def _verified(self, envelope: Any) -> tuple[dict[str, Any], bytes]:
        """Give the document and the key it is signed with."""
        try:
            payload = envelope["payload"].encode()
            signature = base64.b64decode(envelope["signature"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise RulesError(f"no envelope: {error!r}") from error
        keys = filter(None, (self.public_key, self.next_key))
        key = next((key for key in keys if _is_by(key, signature, payload)), None)
        if key is None:
            raise RulesError("bad signature")
        try:
            document = json.loads(payload)
        except ValueError as error:
            raise RulesError(f"no JSON: {error}") from error
        if not isinstance(document, dict) or document.get("gateway") != self._gateway:
            raise RulesError("made for another gateway")
        return document, key

    def _refuse(self, problem: str) -> None:
        self._refusal = self._logged(problem, self._refusal)

    def _logged(self, problem: str, before: str | None) -> str:
        if problem != before:
            log.error("%s", problem)
        return problem


def _is_by(key: bytes, signature: bytes, payload: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, payload)
    except InvalidSignature:
        return False
    return True
