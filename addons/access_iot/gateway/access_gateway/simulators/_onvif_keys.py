"""What a simulated ONVIF device keeps: credentials, access profiles and schedules."""

from datetime import datetime, timedelta
from typing import Any

from ._soap import Fault

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class KeptKeys:
    """All by their tokens, as they were written; operations as the WSDL names them.

    Of iCalendar it knows events that come again each week. Set ``knows_dates`` to have
    it take none that begin or end, ``knows_validity`` to have credentials hold for
    ever, ``knows_times`` to have their days alone count, ``most_schedules`` and
    ``most_credentials`` for the room that it has, and ``refused`` to cards that it
    takes no (further) credential for.
    """

    def __init__(self) -> None:
        self.credentials: dict[str, Any] = {}
        self.profiles: dict[str, Any] = {}
        self.schedules: dict[str, Any] = {}
        self.knows_dates = self.knows_validity = self.knows_times = True
        self.most_schedules, self.most_credentials = 100, 1000
        self.refused: set[str] = set()
        self._created = 0

    def token_of(self, card: str) -> str | None:
        """Give the credential of a card."""
        for token, one in self.credentials.items():
            if any(it["Value"] == card for it in one["CredentialIdentifier"]):
                return token
        return None

    def may(self, token: str, point: str, now: datetime) -> bool:
        """Tell whether a credential opens at an access point; ``now`` is local."""
        one = self.credentials[token]
        begin, finish = one["ValidFrom"], one["ValidTo"]
        if self.knows_times:
            is_over = (begin and now < begin) or (finish and now >= finish)
        else:
            today = now.date()
            is_over = (begin and today < begin.date()) or (
                finish and today > finish.date()
            )
        if self.knows_validity and is_over:
            return False
        kept = [it["AccessProfileToken"] for it in one["CredentialAccessProfile"]]
        return any(
            policy["Entity"] == point and self._is_open(policy["ScheduleToken"], now)
            for profile in kept
            if profile in self.profiles
            for policy in self.profiles[profile]["AccessPolicy"]
        )

    def _is_open(self, schedule: str, now: datetime) -> bool:
        there = self.schedules.get(schedule)
        shown = now.replace(tzinfo=None)
        return there is not None and any(
            _is_in(event, shown) for event in _events(there["Standard"])
        )

    def GetCredentialList(self, said: Any) -> Any:
        return self._page(said, self.credentials, "Credential")

    def GetCredentialIdentifiers(self, said: Any) -> Any:
        token = said["CredentialToken"]
        if token not in self.credentials:
            raise Fault("ter:InvalidArgVal", "no such credential")
        return {"CredentialIdentifier": self.credentials[token]["CredentialIdentifier"]}

    def CreateCredential(self, said: Any) -> Any:
        if len(self.credentials) >= self.most_credentials:
            raise Fault("ter:MaxCredentials", "no room for more credentials")
        self._check_taken(said["Credential"])
        return self._create(said["Credential"], self.credentials, "cred")

    def ModifyCredential(self, said: Any) -> None:
        token = said["Credential"]["token"]
        if token not in self.credentials:
            raise Fault("ter:InvalidArgVal", "no such credential")
        self._check_taken(said["Credential"])
        self.credentials[token] = said["Credential"]

    def _check_taken(self, credential: Any) -> None:
        for one in credential["CredentialIdentifier"]:
            if one["Value"] in self.refused:
                words = f"the identifier {one['Value']} cannot be"
                raise Fault("ter:InvalidIdentifierValue", words)

    def DeleteCredential(self, said: Any) -> None:
        self._delete(said["Token"], self.credentials)

    def GetScheduleList(self, said: Any) -> Any:
        return self._page(said, self.schedules, "Schedule")

    def capabilities_of(self, service: str) -> dict[str, Any]:
        if service == "credentials":
            others = ("CredentialAccessProfileValidity", "ResetAntipassback")
            return {
                "SupportedIdentifierType": ["pt:Card"],
                "MaxLimit": 2,
                "CredentialValiditySupported": self.knows_validity,
                "ValiditySupportsTimeValue": self.knows_times,
                "MaxCredentials": self.most_credentials,
                "MaxAccessProfilesPerCredential": 1,
                **{f"{name}Supported": False for name in others},
            }
        flags = ("SpecialDaysSupported", "StateReportingSupported")
        most = ("MaxSpecialDayGroups", "MaxDaysInSpecialDayGroup")
        return {
            "MaxLimit": 2,
            "MaxSchedules": self.most_schedules,
            "MaxTimePeriodsPerDay": 10,
            "MaxSpecialDaysSchedules": 1,
            "ExtendedRecurrenceSupported": self.knows_dates,
            **dict.fromkeys(flags, False),
            **dict.fromkeys(most, 1),
        }

    def CreateSchedule(self, said: Any) -> Any:
        if len(self.schedules) >= self.most_schedules:
            raise Fault("ter:MaxSchedules", "no room for more schedules")
        for event in _events(said["Schedule"]["Standard"]):
            if not self.knows_dates and (
                "UNTIL" in event["RRULE"] or event["DTSTART"].year != 1970
            ):
                raise Fault("ter:InvalidArgVal", "knows no dates")
        return self._create(said["Schedule"], self.schedules, "sched")

    def DeleteSchedule(self, said: Any) -> None:
        token = said["Token"]
        policies = [it for one in self.profiles.values() for it in one["AccessPolicy"]]
        if any(policy["ScheduleToken"] == token for policy in policies):
            raise Fault("ter:ReferenceInUse", "a profile names it")
        self._delete(token, self.schedules)

    def DeleteAccessProfile(self, said: Any) -> None:
        token = said["Token"]
        credentials = self.credentials.values()
        kept = [it for one in credentials for it in one["CredentialAccessProfile"]]
        if any(one["AccessProfileToken"] == token for one in kept):
            raise Fault("ter:ReferenceInUse", "a credential has it")
        self._delete(token, self.profiles)

    def GetAccessProfileList(self, said: Any) -> Any:
        return self._page(said, self.profiles, "AccessProfile")

    def CreateAccessProfile(self, said: Any) -> Any:
        return self._create(said["AccessProfile"], self.profiles, "profile")

    def _delete(self, token: str, there: dict[str, Any]) -> None:
        if there.pop(token, None) is None:
            raise Fault("ter:InvalidArgVal", "there is none with this token")

    def _create(self, one: Any, there: dict[str, Any], prefix: str) -> Any:
        if one["token"]:
            raise Fault("ter:InvalidArgVal", "the device gives tokens")
        self._created += 1
        one["token"] = f"{prefix}{self._created}"
        there[one["token"]] = one
        return {"Token": one["token"]}

    def _page(self, said: Any, there: dict[str, Any], field: str) -> Any:
        """Give two at a time, so that pages are tried."""
        begin = int(said["StartReference"] or 0)
        found = list(there.values())[begin : begin + 2]
        more = str(begin + 2) if begin + 2 < len(there) else None
        return {"NextStartReference": more, field: found}


def _events(calendar: str) -> list[dict[str, Any]]:
    """Give the fields of each event; DTSTART and DTEND as times on the wall."""
    found = []
    for part in calendar.split("BEGIN:VEVENT")[1:]:
        lines = part.split("END:VEVENT")[0].split()
        event: dict[str, Any] = dict(line.split(":", 1) for line in lines)
        for name in ("DTSTART", "DTEND"):
            event[name] = datetime.strptime(event[name], "%Y%m%dT%H%M%S")
        rule = dict(one.split("=") for one in event["RRULE"].split(";"))
        found.append(event | rule)
    return found


def _is_in(event: dict[str, Any], shown: datetime) -> bool:
    start, length = event["DTSTART"], event["DTEND"] - event["DTSTART"]
    if event["FREQ"] != "WEEKLY":
        raise Fault("ter:InvalidArgVal", "just weekly events are known")
    for day in (shown.date(), shown.date() - timedelta(days=1)):
        begin = datetime.combine(day, start.time())
        is_day = _DAYS[day.weekday()] in event["BYDAY"].split(",") and begin >= start
        until = event.get("UNTIL")
        is_over = until and begin > datetime.strptime(until, "%Y%m%dT%H%M%S")
        if is_day and not is_over and begin <= shown < begin + length:
            return True
    return False
