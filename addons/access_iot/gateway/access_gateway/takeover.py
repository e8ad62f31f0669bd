"""Lockers that this gateway begins to give: who has which says the ERP's log.

A box that takes another's place, one whose file was damaged and one that got a bank of
another gateway know nobody who has a locker there. To them each would be free, so none
is given before the ERP has told.
"""

import logging
from collections.abc import Mapping
from typing import Any

from .journal import Journal, JournalError
from .locker_store import Holder, LockerStore
from .policy_store import PolicyStore

log = logging.getLogger(__name__)


class Takeover:
    """Asks for the holders of banks that are not known here, and takes them over."""

    def __init__(self, lockers: LockerStore, journal: Journal, store: PolicyStore):
        self._lockers = lockers
        self._journal = journal
        self._store = store
        self._refusal: str | None = None

    @property
    def problem(self) -> str | None:
        return self._lockers.problem or self._refusal

    @property
    def known(self) -> set[int]:
        return self._lockers.banks

    def wanted(self) -> list[int]:
        """Give the banks to ask for: once the ERP's log has all that ours has."""
        if self._lockers.failure or not self._store.rules.version:
            return []
        unknown = sorted(set(self._store.rules.banks) - self._lockers.banks)
        if not unknown or not self._journal.is_delivered or not self._lockers.is_told:
            return []
        return unknown

    async def take(self, told: Any) -> None:
        """Take over what was asked for: by bank, the holders by locker."""
        try:
            for bank, holders in (told or {}).items():
                self._take_over(int(bank), self._holders(holders))
            self._forget_others()
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            self._note(f"lockers: the server's answer is malformed: {error!r}")
        except JournalError as error:
            self._note(f"lockers: {error}")
        else:
            self._refusal = None

    def _take_over(self, bank: int, holders: Mapping[int, Holder]) -> None:
        rules = self._store.rules
        if bank in self._lockers.banks or bank not in rules.banks:
            return
        there = {key for key, one in rules.lockers.items() if one.bank == bank}
        self._lockers.take_over(bank, there | holders.keys(), holders)
        log.info("bank %s: %s lockers are given already", bank, len(holders))

    def _holders(self, told: Mapping[str, Any]) -> dict[int, Holder]:
        version = self._store.rules.version
        return {
            int(locker): Holder(
                int(credential),
                None if person is None else int(person),
                policy=version,
            )
            for locker, (credential, person) in told.items()
        }

    def _forget_others(self) -> None:
        """Forget banks that are another gateway's now: one may come back changed."""
        rules = self._store.rules
        if rules.version:
            for bank in self._lockers.banks - set(rules.banks):
                self._lockers.forget(bank)

    def _note(self, problem: str) -> None:
        if problem != self._refusal:
            log.error("%s", problem)
        self._refusal = problem
