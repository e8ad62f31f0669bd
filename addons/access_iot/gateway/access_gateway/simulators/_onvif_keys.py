"""What a simulated ONVIF device keeps: credentials, access profiles and schedules."""

from datetime import datetime
from typing import Any

from ._soap import Fault


class KeptKeys:
    """All by their tokens, as they were written; operations as the WSDL names them."""

    def __init__(self) -> None:
        self.credentials: dict[str, Any] = {}
        self.profiles: dict[str, Any] = {}
        self.schedules: dict[str, Any] = {}
        self._created = 0

    def token_of(self, card: str) -> str | None:
        """Give the credential of a card."""
        for token, one in self.credentials.items():
            if any(it["Value"] == card for it in one["CredentialIdentifier"]):
                return token
        return None

    def may(self, token: str, point: str, now: datetime) -> bool:
        """Tell whether a credential opens at an access point."""
        one = self.credentials[token]
        begin, finish = one["ValidFrom"], one["ValidTo"]
        if (begin and now < begin) or (finish and now >= finish):
            return False
        kept = [it["AccessProfileToken"] for it in one["CredentialAccessProfile"]]
        return any(
            policy["Entity"] == point and policy["ScheduleToken"] in self.schedules
            for profile in kept
            for policy in self.profiles[profile]["AccessPolicy"]
        )

    def GetCredentialList(self, said: Any) -> Any:
        return self._page(said, self.credentials, "Credential")

    def GetCredentialIdentifiers(self, said: Any) -> Any:
        token = said["CredentialToken"]
        if token not in self.credentials:
            raise Fault("ter:InvalidArgVal", "no such credential")
        return {"CredentialIdentifier": self.credentials[token]["CredentialIdentifier"]}

    def CreateCredential(self, said: Any) -> Any:
        return self._create(said["Credential"], self.credentials, "cred")

    def ModifyCredential(self, said: Any) -> None:
        token = said["Credential"]["token"]
        if token not in self.credentials:
            raise Fault("ter:InvalidArgVal", "no such credential")
        self.credentials[token] = said["Credential"]

    def DeleteCredential(self, said: Any) -> None:
        if self.credentials.pop(said["Token"], None) is None:
            raise Fault("ter:InvalidArgVal", "no such credential")

    def GetScheduleList(self, said: Any) -> Any:
        return self._page(said, self.schedules, "Schedule")

    def CreateSchedule(self, said: Any) -> Any:
        return self._create(said["Schedule"], self.schedules, "sched")

    def GetAccessProfileList(self, said: Any) -> Any:
        return self._page(said, self.profiles, "AccessProfile")

    def CreateAccessProfile(self, said: Any) -> Any:
        return self._create(said["AccessProfile"], self.profiles, "profile")

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
