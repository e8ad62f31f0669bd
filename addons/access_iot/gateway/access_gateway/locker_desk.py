"""The lockers at the edge: decide, write down, tell - and only then release.

This gateway alone decides on its banks, one band after the other in one event loop, and
an assignment is on disk before anything moves: no locker is ever given twice.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from access_policy import Attempt, Decision, decide
from access_policy.event import utc_text

from .banks import Locker
from .devices import Devices
from .drivers import DeviceError, Indication, Read, Release
from .facts import Facts
from .journal import JournalError
from .locker_store import Holder, LockerStore, Note, Tell
from .lockers import Choice, Outcome, choose
from .messages import PATIENCE_S
from .policy_store import PolicyStore
from .repeats import Repeats
from .rules import Rules
from .tasks import Background
from .tokens import reading_of
from .words import say

log = logging.getLogger(__name__)

EVERY_S = 1.0

_WORDS = {
    Outcome.ASSIGNED: "locker_opened",
    Outcome.OPENED: "locker_opened",
    Outcome.OTHER_ROW: "locker_other_row",
    Outcome.ROW_FULL: "locker_row_full",
    Outcome.WRONG_BAND: "locker_wrong_band",
}
_UNKNOWN = "who has which locker is not known yet"
_RELEASES = (Outcome.ASSIGNED, Outcome.OPENED)


@dataclass(slots=True)
class _Use:
    """What was seen of a locker since it was assigned, or since we run.

    One that was assigned just now stands shut until its holder opens it: that is no
    use yet.
    """

    was_opened: bool = True
    was_used: bool = False
    open_since: float | None = None


class LockerDesk:
    """The banks of one gateway.

    ``tell`` takes what the ERP is to know, durably; nothing moves when it raises
    ``JournalError``. A holder opens the own locker at each terminal of its row. A
    locker is free again when the ERP or staff say so, and where the bank wants it when
    it was found open and empty; never by a restart, nor as the band came to its end:
    there may be something inside.
    """

    def __init__(
        self,
        seal: Callable[[str], str],
        store: PolicyStore,
        lockers: LockerStore,
        facts: Facts,
        devices: Devices,
        now: Callable[[], datetime],
        tell: Tell,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._seal = seal
        self._store = store
        self._lockers = lockers
        self._facts = facts
        self._devices = devices
        self._now = now
        self._tell = tell
        self._clock = clock
        self._repeats = Repeats()
        self._uses: dict[int, _Use] = {}
        self._work = Background()
        self._problem: str | None = None

    # At a terminal

    def handle(self, read: Read) -> Choice | None:
        """Choose for what a terminal read, and start what follows.

        Gives ``None`` for what is no attempt, and when it could not be written down.
        """
        rules, now = self._store.rules, self._now()
        bank = rules.bank_of_terminal.get(read.device)
        if bank is None:
            return None
        if bank not in self._lockers.banks:
            log.warning("bank %s: who has which locker is not known yet", bank)
            self._work.start(self._show(rules, read, False, "locker_trouble"))
            return None
        what = reading_of(rules, bank, read, now)
        seal = what.token and self._seal(what.token)
        if self._repeats.is_repeated(read, seal):
            return None
        decision = decide(rules.policy, self._facts.state, Attempt(bank, seal, now))
        tag = self._lockers.tag(what.token) if what.token else None
        holder = Holder(decision.credential, decision.person, tag, rules.version)
        choice = self._choice(rules, read.device, decision, tag)
        known = decision.credential is not None
        note = self._note(rules, bank, choice, decision, seen=what.seen(known=known))
        try:
            self._write_down(choice, holder, note)
        except JournalError as error:
            log.error(
                "bank %s: nothing written down, so nothing moves: %s", bank, error
            )
            self._work.start(self._show(rules, read, False, "locker_trouble"))
            return None
        if choice.outcome is Outcome.OPENED:
            # It may have been in use for less than the time between two looks.
            self._seen_open_since(choice.locker, rules.lockers[choice.locker])
        log.info("bank %s: %s, locker %s", bank, choice.outcome.value, choice.locker)
        self._work.start(self._answer(rules, read, choice))
        return choice

    def _choice(
        self, rules: Rules, terminal: str, decision: Decision, tag: str | None
    ) -> Choice:
        bank = rules.bank_of_terminal[terminal]
        return choose(
            {key: one for key, one in rules.lockers.items() if one.bank == bank},
            rules.banks[bank].terminals[terminal],
            decision,
            self._lockers.holders,
            self._own(rules, decision, tag),
            self._is_usable,
        )

    def _own(self, rules: Rules, decision: Decision, tag: str | None) -> set[int]:
        """Give the lockers of who has a band now, not of who had it before.

        Whom the rules do not know was lost with a backup, and has another number now.
        """
        holders = self._lockers.holders
        found = self._lockers.held_by(tag, decision.credential)
        return {
            key
            for key in found
            if holders[key].credential == decision.credential
            or holders[key].person == decision.person
            or holders[key].person not in rules.policy.persons
        }

    def _write_down(self, choice: Choice, holder: Holder, note: Note) -> None:
        if choice.outcome is Outcome.ASSIGNED:
            self._lockers.assign(choice.locker, holder, note)
            self._uses[choice.locker] = _Use(was_opened=False)
            self.tell_all()
        elif choice.outcome is Outcome.OPENED and self._is_news(choice.locker, holder):
            if self._lockers.holders[choice.locker].credential != holder.credential:
                # Whoever takes over from us goes by the numbers that were assigned.
                note = replace(note, outcome=Outcome.HANDED_OVER.value)
            self._lockers.hand_over(choice.locker, holder, note)
            self.tell_all()
        else:
            self.tell_all()
            self._tell(note)

    def _is_news(self, locker: int, holder: Holder) -> bool:
        """Whether a band was known by its number alone, or has got another number."""
        known = self._lockers.holders[locker]
        # Without the machine's key nothing is known by what is read, nor forgotten.
        tag = holder.tag or known.tag
        return (known.tag, known.credential) != (tag, holder.credential)

    async def _answer(self, rules: Rules, read: Read, choice: Choice) -> None:
        is_known = choice.locker is not None
        number = rules.lockers[choice.locker].number if is_known else ""
        is_open = choice.outcome in _RELEASES
        showing = self._show(rules, read, is_open, _WORDS[choice.outcome], number)
        if not is_open:
            await showing
            return
        before = read.at + PATIENCE_S
        try:
            await asyncio.gather(showing, self._release(rules, choice.locker, before))
        except DeviceError as error:
            log.error("locker %s stays shut: %s", choice.locker, error)
            await self._show(rules, read, False, "locker_stuck", number)

    async def _show(
        self, rules: Rules, read: Read, granted: bool, key: str, number: str = ""
    ) -> None:
        text = say(key, rules.words, number)
        try:
            terminal = self._devices.get(read.device)
            await terminal.show(Indication(granted, text, read.reader))
        except (DeviceError, OSError) as error:
            log.error("terminal %s shows nothing: %s", read.device, error)

    # By staff and the ERP

    async def perform(self, command: Mapping[str, Any]) -> tuple[bool, str | None]:
        """Run a command; give whether it was done, and if not, why.

        ``open_locker`` opens with a reason (``note``), ``free_locker`` ends an
        assignment, ``hand_over_locker`` gives a free one, or that of a lost band of the
        same ``person``, to a ``credential``. Each names ``locker`` and ``user``.
        Raises ``KeyError``, ``TypeError`` and ``ValueError`` for a malformed one, and
        ``DeviceError`` and ``JournalError``.
        """
        rules, key, user = self._store.rules, int(command["locker"]), command["user"]
        if key not in rules.lockers:
            return False, f"there is no locker {key}"
        run = {
            "open_locker": self._open,
            "free_locker": self._free,
            "hand_over_locker": self._hand_over,
        }[command["kind"]]
        words = str(command.get("note") or "").strip() or None
        staff = {"user": None if user is None else int(user), "words": words}
        problem = await run(rules, key, staff, command)
        return problem is None, problem

    async def _open(
        self, rules: Rules, key: int, staff: dict[str, Any], command: Mapping[str, Any]
    ) -> str | None:
        if staff["words"] is None:
            return "a reason is needed"
        bank = rules.lockers[key].bank
        attempt = Attempt(bank, None, self._now(), int(staff["user"]))
        decision = decide(rules.policy, self._facts.state, attempt)
        if not decision.granted:
            return decision.reason.value
        choice = Choice(Outcome.OPENED_BY_STAFF, key)
        note = self._note(rules, bank, choice, decision, **staff)
        self.tell_all()
        self._tell(self._of_holder(note))
        await self._release(rules, key, command.get("before", math.inf))
        return None

    async def _free(
        self, rules: Rules, key: int, staff: dict[str, Any], _command: Mapping[str, Any]
    ) -> str | None:
        if rules.lockers[key].bank not in self._lockers.banks:
            return _UNKNOWN
        # One that is free already was freed: asked twice is asked once.
        if key in self._lockers.holders:
            self._set_free(rules, key, Outcome.FREED, **staff)
        return None

    async def _hand_over(
        self, rules: Rules, key: int, staff: dict[str, Any], command: Mapping[str, Any]
    ) -> str | None:
        person = command.get("person")
        holder = Holder(
            int(command["credential"]),
            None if person is None else int(person),
            policy=rules.version,
        )
        problem = self._why_not(rules, key, holder)
        if problem is None:
            bank = rules.lockers[key].bank
            note = self._note(rules, bank, Choice(Outcome.HANDED_OVER, key), **staff)
            note = replace(note, credential=holder.credential, person=holder.person)
            self._uses[key] = _Use(was_opened=key in self._lockers.holders)
            self._lockers.hand_over(key, holder, note)
            self.tell_all()
        return problem

    def _why_not(self, rules: Rules, key: int, holder: Holder) -> str | None:
        """Tell in words what is against giving a locker to somebody."""
        locker = rules.lockers[key]
        if locker.bank not in self._lockers.banks:
            return _UNKNOWN
        credentials = self._lockers.credentials()
        for other, one in rules.lockers.items():
            has_it = credentials.get(other) == holder.credential
            if has_it and other != key and one.bank == locker.bank:
                return f"this band has locker {one.number} already"
        held = self._lockers.holders.get(key)
        if held is not None:
            is_theirs = held.person is not None and held.person == holder.person
            is_theirs |= held.credential == holder.credential
            return None if is_theirs else "somebody else has it: free it first"
        if locker.out_of_order:
            return "it is out of order"
        return None if self._is_usable(locker) else "its board is offline"

    # By itself

    async def run(self) -> None:
        """Tell what is untold, and look for lockers left, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(EVERY_S)

    def look(self) -> None:
        problem = None
        try:
            self.tell_all()
            self._free_left()
        except JournalError as error:
            problem = str(error)
        except Exception:
            # Whatever one set of rules does, the next one must count.
            log.exception("fault in looking at the lockers")
        if problem and problem != self._problem:
            log.error("lockers: %s", problem)
        self._problem = problem

    def tell_all(self) -> None:
        """Tell what was written down and not told yet; raise ``JournalError``."""
        self._lockers.tell_all(self._tell)

    def _free_left(self) -> None:
        rules = self._store.rules
        for key in list(self._lockers.holders):
            locker = rules.lockers.get(key)
            bank = rules.banks.get(locker.bank) if locker else None
            if bank is None or not bank.free_after_s or locker.input is None:
                continue
            open_since = self._seen_open_since(key, locker)
            if open_since is None:
                continue
            if self._clock() >= open_since + bank.free_after_s:
                self._set_free(rules, key, Outcome.FOUND_EMPTY)

    def _seen_open_since(self, key: int, locker: Locker) -> float | None:
        """Tell since when a locker stands open, and empty, after it was in use."""
        use = self._uses.setdefault(key, _Use())
        contacts = self._contacts(locker)
        is_shut = contacts.get(locker.input)
        senses = locker.inside is not None
        is_full = senses and contacts.get(locker.inside) is not False
        if is_shut and (is_full if senses else use.was_opened):
            use.was_used = True
        if is_shut is False:
            use.was_opened = True
        if is_shut is not False or is_full:
            use.open_since = None
        elif use.open_since is None:
            use.open_since = self._clock()
        return use.open_since if use.was_used else None

    # What they have in common

    def _set_free(self, rules: Rules, key: int, outcome: Outcome, **staff: Any) -> None:
        note = self._note(rules, rules.lockers[key].bank, Choice(outcome, key), **staff)
        self._lockers.free(key, self._of_holder(note))
        self._uses.pop(key, None)
        self.tell_all()

    async def _release(self, rules: Rules, key: int, before: float) -> None:
        locker, bank = rules.lockers[key], rules.banks.get(rules.lockers[key].bank)
        if key in self._uses:
            self._uses[key].open_since = None
        if locker.device is None or bank is None:
            raise DeviceError(f"locker {locker.number} has no bolt")
        driver = self._devices.get(locker.device)
        await driver.release(Release(locker.output, bank.open_ms, before))

    def _is_usable(self, locker: Locker) -> bool:
        try:
            return locker.device is not None and self._devices.get(locker.device).online
        except DeviceError:
            return False

    def _contacts(self, locker: Locker) -> Mapping[int, bool]:
        try:
            return self._devices.get(locker.device).contacts
        except DeviceError:
            return {}

    def _note(
        self,
        rules: Rules,
        bank: int,
        choice: Choice,
        decision: Decision | None = None,
        **more: Any,
    ) -> Note:
        if decision is not None:
            more["credential"], more["person"] = decision.credential, decision.person
            more["reason"] = decision.reason.value
            more["warnings"] = tuple([one.value for one in decision.warnings])
        time = utc_text(self._now())
        locker = choice.locker
        outcome = choice.outcome.value
        return Note(outcome, time, bank, locker, policy=rules.version, **more)

    def _of_holder(self, note: Note) -> Note:
        """Have a note name the one who has the locker, by the rules that did."""
        holder = self._lockers.holders.get(note.locker, Holder(None, None))
        policy = holder.policy or note.policy
        return replace(
            note, credential=holder.credential, person=holder.person, policy=policy
        )
