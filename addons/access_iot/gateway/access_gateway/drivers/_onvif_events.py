"""Events of ONVIF devices, pulled: the device answers when there are some."""

import time
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from isodate import ISO8601Error, parse_datetime

from ._onvif import NotThere, Onvif

LIMIT = 100
# How long the device keeps a subscription that nobody pulls from.
LIFE_S = 60

_KINDS = {"PIN": "pin", "LicensePlate": "plate", "QRCode": "qr", "Card": "card"}


class Event(NamedTuple):
    """``topic`` without prefixes; ``items`` are those of its source and its data."""

    topic: tuple[str, ...]
    at: datetime | None
    items: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        return dict(self.items).get(name)

    def is_fresh(self, now: datetime, limit: timedelta) -> bool:
        return self.at is None or abs(now - self.at) <= limit


class Subscription:
    """Pulls events; ``since`` and ``known`` say which were seen before.

    ``seen`` is what another one begins with.
    """

    def __init__(
        self,
        onvif: Onvif,
        wait: float,
        since: datetime | None = None,
        known: frozenset[Event] = frozenset(),
    ):
        self._onvif = onvif
        self._wait = wait
        self._since, self._known = since, known
        self._place = ""
        self._renewed = 0.0

    @property
    def seen(self) -> tuple[datetime | None, frozenset[Event]]:
        return self._since, self._known

    async def open(self) -> None:
        said = await self._onvif.ask(
            "events",
            "CreatePullPointSubscription",
            InitialTerminationTime=f"PT{LIFE_S}S",
        )
        address = said["SubscriptionReference"]["Address"]
        place = address if isinstance(address, str) else address["_value_1"]
        self._place, self._renewed = self._onvif.at_device(place), time.monotonic()
        if self._since is not None:
            await self._seek(self._since)

    async def pull(self) -> list[Event]:
        """Wait for events; give those that were not seen before."""
        if time.monotonic() - self._renewed > LIFE_S / 3:
            await self._ask("SubscriptionManagerBinding", "Renew", **_renewal())
            self._renewed = time.monotonic()
        said = await self._ask(
            "PullPointSubscriptionBinding",
            "PullMessages",
            within=self._wait,
            Timeout=timedelta(seconds=self._wait),
            MessageLimit=LIMIT,
        )
        found = [_event(one) for one in said["NotificationMessage"] or []]
        return [one for one in found if one is not None and one not in self._known]

    def remember(self, event: Event) -> None:
        """Note what was told: seeking gives what is of the latest second again."""
        if event.at is None:
            return
        if self._since is None or event.at > self._since:
            self._since, self._known = event.at, frozenset()
        if event.at == self._since and len(self._known) < LIMIT:
            self._known |= {event}

    async def close(self) -> None:
        await self._ask("SubscriptionManagerBinding", "Unsubscribe")

    async def _seek(self, since: datetime) -> None:
        """Have stored events told again, where the device can do that."""
        try:
            await self._ask("PullPointSubscriptionBinding", "Seek", UtcTime=since)
        except NotThere:
            self._since, self._known = None, frozenset()

    async def _ask(self, binding: str, operation: str, **values: Any) -> Any:
        return await self._onvif.ask_at(
            self._place, "events", binding, operation, **values
        )


def read_value(kind: str | None, value: str) -> tuple[str, str | None]:
    """Give what was read of an identifier, whose value is hexadecimal.

    >>> read_value("pt:Card", "0130 04"), read_value("pt:LicensePlate", "57413132")
    (('card', '013004'), ('plate', 'WA12'))
    """
    known = _KINDS.get((kind or "Card").split(":")[-1], "card")
    try:
        said = bytes.fromhex(value)
        return known, said.hex().upper() if known == "card" else said.decode("ascii")
    except (UnicodeDecodeError, ValueError):
        return known, None


def _renewal() -> dict[str, str]:
    return {"TerminationTime": f"PT{LIFE_S}S"}


def _event(message: Any) -> Event | None:
    """Read a notification; give ``None`` for what is none that we know."""
    try:
        content = message["Message"]["_value_1"]
        # zeep drops the text of the topic, which stands beside the message.
        topic = content.getparent().getparent().findtext("{*}Topic")
        items = tuple(
            (item.get("Name"), item.get("Value"))
            for item in content.iter("{*}SimpleItem")
        )
        parts = topic.strip().split("/")
        names = tuple(part.split(":")[-1] for part in parts)
        return Event(names, _time(content.get("UtcTime")), items)
    except (AttributeError, LookupError, TypeError):
        return None


def _time(text: str | None) -> datetime | None:
    """Read a time of XML; without a zone it is UTC.

    >>> _time("2026-11-22T05:00:00+02:00")
    datetime.datetime(2026, 11, 22, 3, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        at = parse_datetime(text or "")
    except (ISO8601Error, ValueError):
        return None
    if at.tzinfo is None:
        return at.replace(tzinfo=timezone.utc)
    return at.astimezone(timezone.utc)
