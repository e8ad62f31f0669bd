"""What an ONVIF device keeps to decide by itself: credentials, profiles, schedules."""

import math
import time
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta, timezone, tzinfo
from datetime import time as time_of_day
from typing import Any, NamedTuple

from ..pace import Pace
from . import DeviceError, Entry, Kept, Key
from ._hours import Validity, Week, validity_of, weeks_of
from ._onvif import NotThere, Onvif
from ._onvif_calendar import calendar_of, name_of

CARD = "pt:Card"
# What a device says that has no room for one more.
FULL = "MaxCredentials"
# What begins so is ours: shared between cards, and deleted when no card needs it.
OURS = "Access for Odoo "
_MAY_DIFFER = timedelta(minutes=2)
READ_AGAIN_S = 6 * 3600.0


class Opening(NamedTuple):
    """An access point, and the number of the door that it leads to."""

    point: str
    door: int


class _Credential(NamedTuple):
    """A credential, as far as it comes from a key."""

    card: str
    valid_from: datetime | None
    valid_to: datetime | None
    profiles: frozenset[str]
    others: int = 0


class _Wanted(NamedTuple):
    """A credential that is to be there, with the weeks for each access point."""

    validity: Validity
    zone: tzinfo
    weeks: tuple[tuple[str, tuple[Week, ...]], ...]


class Keyring:
    """Brings the credentials of a device to exactly some keys.

    ``openings`` are by number of the reader. What is ours is named after what it says,
    so that it is found again, and shared. What is there is read once, and again after
    some hours.
    """

    def __init__(self, onvif: Onvif, card_format: str, openings: list[Opening]):
        self._onvif = onvif
        self._format = card_format
        self._openings = openings
        self._has_dates = self._has_validity = False
        # By token what is there, by name what is ours.
        self._there: dict[str, _Credential] | None = None
        self._profiles: dict[str, str] = {}
        self._schedules: dict[str, str] = {}
        self._read_at = -math.inf
        self._used: set[str] = set()
        self._flaws: Counter[str] = Counter()

    async def keep(self, keys: Collection[Key]) -> Kept:
        """Write what differs; what cannot be kept opens nothing, and is told."""
        # None of them needs only what is there to be deleted.
        needed = ("credentials", "rules", "schedules") if keys else ("credentials",)
        if not all(map(self._onvif.has, needed)):
            raise DeviceError("keeps no keys: it has no credentials or access rules")
        self._used.clear()
        self._flaws.clear()
        try:
            await self._learn(also_rules=bool(keys))
            expected = await self._with_profiles(await self._wanted(keys))
            count = await self._bring(expected)
            await self._tidy()
        except DeviceError:
            # Whether the last one was written nobody knows.
            self._there = None
            raise
        told = [f"{cards} cards: {what}" for what, cards in self._flaws.items()]
        return Kept(count, "; ".join(told) or None)

    async def _learn(self, also_rules: bool) -> None:
        is_old = time.monotonic() - self._read_at > READ_AGAIN_S
        if self._there is not None and not is_old:
            return
        self._profiles, self._schedules = {}, {}
        if also_rules:
            can = await self._ask("GetServiceCapabilities")
            self._has_validity = bool(can["CredentialValiditySupported"])
            can = await self._onvif.ask("schedules", "GetServiceCapabilities")
            self._has_dates = bool(can["ExtendedRecurrenceSupported"])
            self._profiles = await self._ours(
                "rules", "GetAccessProfileList", "AccessProfile"
            )
            self._schedules = await self._ours(
                "schedules", "GetScheduleList", "Schedule"
            )
        found = await self._onvif.pages(
            "credentials", "GetCredentialList", "Credential"
        )
        there = {one["token"]: _credential_of(one) for one in found}
        # Without the rules it is read again for the first key.
        self._there, self._read_at = (
            there,
            time.monotonic() if also_rules else -math.inf,
        )

    async def _ours(self, service: str, operation: str, field: str) -> dict[str, str]:
        found = await self._onvif.pages(service, operation, field)
        named = {one["Name"] or "": one["token"] for one in found}
        return {name: one for name, one in named.items() if name.startswith(OURS)}

    # -- what is to be there --------------------------------------------------------

    async def _wanted(self, keys: Iterable[Key]) -> dict[str, _Wanted]:
        shown = await self._onvif.local_time() if keys else None
        pace = Pace()
        found: dict[str, _Wanted] = {}
        for key in keys:
            await pace.step()
            validity = validity_of(key)
            if validity is None or not _is_hexadecimal(key.value):
                continue
            entries = [one for one in key.entries if self._can_keep(one, shown)]
            weeks = tuple(
                (self._openings[one.reader].point, weeks)
                for one in entries
                if (weeks := self._sayable(weeks_of(one.hours, validity)))
            )
            if weeks:
                wanted = _Wanted(validity, entries[0].zone, weeks)
                found[key.value.upper()] = wanted
        return found

    def _can_keep(self, entry: Entry, shown: datetime | None) -> bool:
        """Tell whether it opens what is wired, by the clock of the hours."""
        flaw = None
        there = self._openings[entry.reader : entry.reader + 1]
        if not self._has_validity:
            # Once we are gone they would open for ever.
            flaw = "its credentials have no end"
        elif [one.door for one in there] != [entry.output]:
            flaw = f"alone, reader {entry.reader} opens just its own door"
        elif shown is None:
            flaw = "it does not tell its local time"
        else:
            here = datetime.now(entry.zone).replace(tzinfo=None)
            # By a clock that is wrong the hours would be others.
            if abs(shown.replace(tzinfo=None) - here) > _MAY_DIFFER:
                flaw = f"its clock does not show the time of {entry.zone}"
        if flaw is not None:
            self._flaws[flaw] += 1
        return flaw is None

    def _sayable(self, weeks: tuple[Week, ...]) -> tuple[Week, ...]:
        """Leave out what is for some dates only, where it knows none."""
        if self._has_dates or all(week.dates is None for week in weeks):
            return weeks
        self._flaws["its schedules have no dates: some hours are missing"] += 1
        return tuple(week for week in weeks if week.dates is None)

    async def _with_profiles(
        self, wanted: dict[str, _Wanted]
    ) -> dict[str, _Credential]:
        pace = Pace()
        found: dict[str, _Credential] = {}
        refused: set[tuple] = set()
        for card, one in wanted.items():
            await pace.step()
            try:
                if one.weeks in refused:
                    raise NotThere("refused")
                profile = await self._profile(one.weeks)
            except NotThere:
                refused.add(one.weeks)
                self._flaws["it takes no more different hours"] += 1
                continue
            begin, end = _times(one.validity, one.zone)
            found[card] = _Credential(card, begin, end, frozenset({profile}))
        return found

    async def _profile(self, weeks: tuple[tuple[str, tuple[Week, ...]], ...]) -> str:
        """Give the profile that opens access points at some hours."""
        calendars = [(point, calendar_of(hours)) for point, hours in weeks]
        name = OURS + name_of(repr(calendars))
        if name not in self._profiles:
            policies = [
                {"ScheduleToken": await self._schedule(calendar), "Entity": point}
                for point, calendar in calendars
            ]
            self._profiles[name] = await self._onvif.ask(
                "rules",
                "CreateAccessProfile",
                AccessProfile={"token": "", "Name": name, "AccessPolicy": policies},
            )
        self._used.add(name)
        self._used.update(OURS + name_of(calendar) for _point, calendar in calendars)
        return self._profiles[name]

    async def _schedule(self, calendar: str) -> str:
        name = OURS + name_of(calendar)
        if name not in self._schedules:
            schedule = {"token": "", "Name": name, "Standard": calendar}
            self._schedules[name] = await self._onvif.ask(
                "schedules", "CreateSchedule", Schedule=schedule
            )
        return self._schedules[name]

    # -- what is there ------------------------------------------------------------

    async def _bring(self, expected: dict[str, _Credential]) -> int:
        """Delete, then write; give how many credentials are there then."""
        pace, left, changed = Pace(), dict(expected), []
        for token, there in list(self._there.items()):
            await pace.step()
            wanted = left.pop(there.card, None)
            if wanted is None:
                await self._ask("DeleteCredential", Token=token)
                del self._there[token]
            elif there != wanted:
                changed.append((wanted, token))
        for wanted, token in changed:
            try:
                await self._write("ModifyCredential", wanted, token)
                self._there[token] = wanted
            except NotThere as error:
                self._note_refused(error, 1)
                # What is there of it opens at other hours.
                await self._ask("DeleteCredential", Token=token)
                del self._there[token]
        await self._create(list(left.values()))
        return len(self._there)

    async def _create(self, credentials: list[_Credential]) -> None:
        state = {"Enabled": True}
        for position, one in enumerate(credentials):
            try:
                token = await self._write("CreateCredential", one, "", State=state)
                self._there[token] = one
            except NotThere as error:
                is_full = FULL in error.codes
                self._note_refused(error, len(credentials) - position if is_full else 1)
                if is_full:
                    return

    def _note_refused(self, error: NotThere, cards: int) -> None:
        # In words of its own a device may name the card.
        why = ", ".join(error.codes) or "refused"
        self._flaws[f"not taken: {why}"] += cards

    async def _write(
        self, operation: str, one: _Credential, token: str, **more: Any
    ) -> Any:
        identifier = {
            "Type": {"Name": CARD, "FormatType": self._format},
            "ExemptedFromAuthentication": False,
            # zeep passes hexBinary on as it is.
            "Value": one.card,
        }
        credential = {
            "token": token,
            # Not the card's number: some devices show this to everybody.
            "CredentialHolderReference": OURS.strip(),
            "ValidFrom": one.valid_from,
            "ValidTo": one.valid_to,
            "CredentialIdentifier": [identifier],
            "CredentialAccessProfile": [
                {"AccessProfileToken": profile} for profile in one.profiles
            ],
        }
        return await self._ask(operation, Credential=credential, **more)

    async def _tidy(self) -> None:
        """Delete what is ours and no card needs any more, profiles first."""
        for service, operation, there in (
            ("rules", "DeleteAccessProfile", self._profiles),
            ("schedules", "DeleteSchedule", self._schedules),
        ):
            for name in sorted(there.keys() - self._used):
                await self._onvif.ask(service, operation, Token=there[name])
                del there[name]

    async def _ask(self, operation: str, **values: Any) -> Any:
        return await self._onvif.ask("credentials", operation, **values)


def _credential_of(credential: Any) -> _Credential:
    identifiers = credential["CredentialIdentifier"] or []
    cards = [
        (one["Value"] or "").upper()
        for one in identifiers
        if one["Type"]["Name"] == CARD
    ]
    profiles = credential["CredentialAccessProfile"] or []
    return _Credential(
        cards[0] if cards else "",
        _whole(credential["ValidFrom"]),
        _whole(credential["ValidTo"]),
        frozenset(one["AccessProfileToken"] for one in profiles),
        # A PIN or a second card beside it is none of ours.
        len(identifiers) - len(cards[:1]),
    )


def _times(validity: Validity, zone: tzinfo) -> tuple[datetime, datetime]:
    """Give first and last second of the days, by the clock on the wall.

    Of some devices only the days count: in UTC they would be others.
    """
    last = time_of_day(23, 59, 59)
    return (
        datetime.combine(validity.first, time_of_day.min, zone),
        datetime.combine(validity.last, last, zone),
    )


def _whole(at: datetime | None) -> datetime | None:
    """Give a time as devices keep it: in UTC and whole seconds."""
    if at is None:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc).replace(microsecond=0)


def _is_hexadecimal(value: str) -> bool:
    try:
        return bool(bytes.fromhex(value))
    except ValueError:
        return False
