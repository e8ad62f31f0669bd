"""What an ONVIF device keeps to decide by itself: credentials, profiles, a schedule."""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from . import DeviceError, Key
from ._onvif import Onvif

CARD, PIN = "pt:Card", "pt:PIN"
PIN_FORMAT = "SIMPLE_ALPHA_NUMERIC"
ALWAYS = "Access: always"
_CALENDAR = "\r\n".join(
    [
        "BEGIN:VCALENDAR",
        "PRODID:-//Access for Odoo//EN",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "SUMMARY:Always",
        "DTSTART:19700101T000000",
        "DTEND:19700102T000000",
        "RRULE:FREQ=WEEKLY;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "UID:access-always",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
)


class _Entry(NamedTuple):
    """A credential, as far as it comes from a key."""

    card: str
    pin: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    profiles: frozenset[str]


class Keyring:
    """Brings the credentials of a device to exactly some keys.

    ``doors`` gives by access point the number of its door. A profile of ours is named
    after the access points that it opens, so that it is found again.
    """

    def __init__(self, onvif: Onvif, card_format: str, doors: Mapping[str, int]):
        self._onvif = onvif
        self._format = card_format
        self._doors = doors
        self._profiles: dict[str, str] = {}
        self._schedule: str | None = None

    async def keep(self, keys: tuple[Key, ...]) -> None:
        # None of them needs only what is there to be deleted.
        needed = ("credentials", "rules", "schedules") if keys else ("credentials",)
        if not all(map(self._onvif.has, needed)):
            raise DeviceError("keeps no keys: it has no credentials or access rules")
        if keys:
            await self._find_profiles()
        wanted: dict[str, _Entry] = {}
        for key in keys:
            if _is_hexadecimal(key.value):
                wanted.setdefault(key.value.upper(), await self._entry(key))
        kept = len(wanted)
        found = await self._onvif.pages(
            "credentials", "GetCredentialList", "Credential"
        )
        for one in found:
            entry = _entry_of(one)
            expected = wanted.pop(entry.card, None)
            if expected is None:
                await self._ask("DeleteCredential", Token=one["token"])
            elif entry != expected:
                await self._write("ModifyCredential", expected, one["token"])
        for entry in wanted.values():
            state = {"Enabled": True}
            await self._write("CreateCredential", entry, "", State=state)
        odd = len(keys) - kept
        if odd:
            words = "the value is not hexadecimal, or twice the same one"
            raise DeviceError(f"{odd} of {len(keys)} keys cannot be kept: {words}")

    async def _entry(self, key: Key) -> _Entry:
        doors = self._doors.items()
        points = frozenset(point for point, door in doors if door in key.outputs)
        profile = frozenset({await self._profile(points)} if points else ())
        begin, finish = _whole(key.valid_from), _whole(key.valid_to)
        return _Entry(key.value.upper(), key.pin, begin, finish, profile)

    async def _write(
        self, operation: str, entry: _Entry, token: str, **more: Any
    ) -> None:
        identifiers = [_identifier(CARD, self._format, entry.card)]
        if entry.pin:
            said = entry.pin.encode("ascii").hex().upper()
            identifiers.append(_identifier(PIN, PIN_FORMAT, said))
        credential = {
            "token": token,
            "CredentialHolderReference": f"access-{entry.card}",
            "ValidFrom": entry.valid_from,
            "ValidTo": entry.valid_to,
            "CredentialIdentifier": identifiers,
            "CredentialAccessProfile": [
                {"AccessProfileToken": profile} for profile in entry.profiles
            ],
        }
        await self._ask(operation, Credential=credential, **more)

    async def _find_profiles(self) -> None:
        found = await self._onvif.pages(
            "rules", "GetAccessProfileList", "AccessProfile"
        )
        self._profiles = {one["Name"]: one["token"] for one in found}

    async def _profile(self, points: frozenset[str]) -> str:
        """Give the profile that opens these access points at any time."""
        name = f"Access: {' '.join(sorted(points))}"
        if name not in self._profiles:
            schedule = await self._always()
            policies = [
                {"ScheduleToken": schedule, "Entity": point} for point in sorted(points)
            ]
            self._profiles[name] = await self._onvif.ask(
                "rules",
                "CreateAccessProfile",
                AccessProfile={"token": "", "Name": name, "AccessPolicy": policies},
            )
        return self._profiles[name]

    async def _always(self) -> str:
        if self._schedule is None:
            found = await self._onvif.pages("schedules", "GetScheduleList", "Schedule")
            tokens = [one["token"] for one in found if one["Name"] == ALWAYS]
            self._schedule = tokens[0] if tokens else await self._new_schedule()
        return self._schedule

    async def _new_schedule(self) -> str:
        schedule = {"token": "", "Name": ALWAYS, "Standard": _CALENDAR}
        return await self._onvif.ask("schedules", "CreateSchedule", Schedule=schedule)

    async def _ask(self, operation: str, **values: Any) -> Any:
        return await self._onvif.ask("credentials", operation, **values)


def _entry_of(credential: Any) -> _Entry:
    shown = {
        one["Type"]["Name"]: (one["Value"] or "").upper()
        for one in credential["CredentialIdentifier"] or []
    }
    profiles = credential["CredentialAccessProfile"] or []
    return _Entry(
        shown.get(CARD, ""),
        bytes.fromhex(shown.get(PIN, "")).decode("ascii", "replace") or None,
        _whole(credential["ValidFrom"]),
        _whole(credential["ValidTo"]),
        frozenset(one["AccessProfileToken"] for one in profiles),
    )


def _identifier(kind: str, form: str, value: str) -> dict[str, Any]:
    return {
        "Type": {"Name": kind, "FormatType": form},
        "ExemptedFromAuthentication": False,
        # zeep passes hexBinary on as it is.
        "Value": value,
    }


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
