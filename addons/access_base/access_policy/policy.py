"""The rules as one value, and what follows from them for each point."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from .model import (
    Band,
    Credential,
    Grant,
    Mode,
    OnExpiry,
    Order,
    Person,
    Point,
    Right,
    Venue,
    Zone,
)
from .schedule import is_in_force


class Way(NamedTuple):
    """Where a point leads, in zones with all zones around them.

    ``allow`` and ``deny`` are the zones that rights may name to cover it.
    ``is_controlled`` is a way out on which not everybody is let out.
    """

    allow: frozenset[int]
    deny: frozenset[int]
    is_leaving: bool
    around_from: frozenset[int]
    enters: tuple[int, ...]
    leaves: tuple[int, ...]
    is_controlled: bool = False

    @property
    def lets_out(self) -> bool:
        """Tell whether what there is against a person keeps nobody here."""
        return self.is_leaving and not self.is_controlled


# What is worked out once, and of which fields.
_FOLLOWS_FROM = {
    "orders_of": {"orders"},
    "everyones_rights": {"rights"},
    "ways": {"points", "zones"},
    "zones_within": {"zones"},
    "tokens_of": {"credentials"},
}


@dataclass(frozen=True)
class Policy:
    """The rules. ``credentials`` is keyed by token (see ``credential.py``)."""

    venues: Mapping[int, Venue] = field(default_factory=dict)
    bands: Mapping[int, Band] = field(default_factory=dict)
    zones: Mapping[int, Zone] = field(default_factory=dict)
    points: Mapping[int, Point] = field(default_factory=dict)
    orders: Mapping[int, Order] = field(default_factory=dict)
    persons: Mapping[int, Person] = field(default_factory=dict)
    credentials: Mapping[str, tuple[Credential, ...]] = field(default_factory=dict)
    rights: Mapping[int, Right] = field(default_factory=dict)
    expires_at: datetime | None = None

    def credential(
        self, token: str | None, at: datetime, person: int | None = None
    ) -> Credential | None:
        """Give what a token stands for: of several the one that is good now.

        With a ``person`` only what was issued to that one is looked at.
        """
        first = None
        for credential in self.credentials.get(token, ()):
            if person is not None and credential.person != person:
                continue
            if credential.objection(at) is None:
                return credential
            first = first or credential
        return first

    def standing_at(self, point: int, at: datetime) -> OnExpiry | None:
        """Give what holds at a point in place of rules in force; ``None``: they are.

        ``KEEP`` only while the hours for it last, and ``OPEN`` only for a way out.
        """
        if self.expires_at is None or at < self.expires_at:
            return None
        place = self.points.get(point)
        if place is None:
            return OnExpiry.REFUSE
        if place.on_expiry is OnExpiry.KEEP:
            kept_until = self.expires_at + timedelta(hours=place.keep_hours)
            return OnExpiry.KEEP if at < kept_until else OnExpiry.REFUSE
        if place.on_expiry is OnExpiry.OPEN and not self.ways[point].is_leaving:
            return OnExpiry.REFUSE
        return place.on_expiry

    def is_unlocked(self, point: int, at: datetime) -> bool:
        """Tell whether anybody may pass a point, by its mode or past the expiry."""
        if not self.is_known(point):
            return False
        standing = self.standing_at(point, at)
        if standing in (None, OnExpiry.KEEP):
            return self.mode_at(point, at) is Mode.UNLOCKED
        return standing is OnExpiry.OPEN

    def is_controlled(self, point: int, at: datetime) -> bool:
        """Tell whether rights decide who passes a point."""
        if not self.is_known(point):
            return False
        if self.standing_at(point, at) not in (None, OnExpiry.KEEP):
            return False
        return self.mode_at(point, at) in (Mode.CONTROLLED, Mode.CONTROLLED_PIN)

    def is_known(self, point: int) -> bool:
        """Tell whether a point and its venue, whose clock hours need, are here."""
        place = self.points.get(point)
        return place is not None and place.venue in self.venues

    def mode_at(self, point: int, at: datetime) -> Mode:
        """Give the mode of the strongest order in force, else the normal one."""
        key = self.order_at(point, at)
        return self.points[point].mode if key is None else self.orders[key].mode

    def order_at(self, point: int, at: datetime) -> int | None:
        """Give the number of the strongest order in force, if there is one."""
        venue = self.points[point].venue
        for key in self.orders_of.get(point, ()):
            when = self.orders[key].when
            if is_in_force(when, self.bands, venue, self.venues[venue], at):
                return key
        return None

    @cached_property
    def orders_of(self) -> Mapping[int, tuple[int, ...]]:
        """By point its orders, the strongest first: by priority, then the latest."""
        found: dict[int, list[int]] = {}
        ranked = sorted(
            self.orders, key=lambda key: (self.orders[key].priority, key), reverse=True
        )
        for key in ranked:
            for point in self.orders[key].points:
                found.setdefault(point, []).append(key)
        return {point: tuple(orders) for point, orders in found.items()}

    @cached_property
    def everyones_rights(self) -> tuple[Grant, ...]:
        return tuple(
            Grant(key) for key in sorted(self.rights) if self.rights[key].everyone
        )

    @cached_property
    def ways(self) -> Mapping[int, Way]:
        """By point, where it leads.

        Going in, a right covers it by the zone behind it or one around that. Leaving,
        towards the outside or a zone around, is allowed by a right for the zone that
        is left: who may be in a zone may leave it, but may not go on to a zone beside
        it. No zone that is denied keeps anybody from leaving. Where exits are
        controlled no zone lets out either, but what lists the point.
        """
        return {key: self._way(point) for key, point in self.points.items()}

    def _way(self, point: Point) -> Way:
        around_from = self.zones_around(point.zone_from)
        around_to = self.zones_around(point.zone_to)
        # Who stands at lockers goes nowhere.
        is_leaving = point.zone_from not in (None, point.zone_to) and (
            point.zone_to is None or point.zone_to in around_from
        )
        is_controlled = is_leaving and point.controls_exit
        allow = around_from if is_leaving else around_to
        return Way(
            allow=frozenset() if is_controlled else allow,
            deny=frozenset() if is_leaving else around_to,
            is_leaving=is_leaving,
            around_from=around_from,
            enters=tuple(sorted(around_to - around_from)),
            leaves=tuple(sorted(around_from - around_to)),
            is_controlled=is_controlled,
        )

    def zones_around(self, zone: int | None) -> frozenset[int]:
        """Give a zone with all that it lies in."""
        found: set[int] = set()
        while zone is not None and zone not in found:
            found.add(zone)
            zone = self.zones[zone].parent if zone in self.zones else None
        return frozenset(found)

    @cached_property
    def zones_within(self) -> Mapping[int, frozenset[int]]:
        """By zone, itself and all that lies in it."""
        found: dict[int, set[int]] = {zone: {zone} for zone in self.zones}
        for zone in self.zones:
            for around in self.zones_around(zone):
                found.setdefault(around, set()).add(zone)
        return {zone: frozenset(inside) for zone, inside in found.items()}

    @cached_property
    def tokens_of(self) -> dict[int, tuple[str, ...]]:
        """By person, the tokens that stand for them."""
        found: dict[int, tuple[str, ...]] = {}
        for token, issued in self.credentials.items():
            for credential in issued:
                tokens = found.get(credential.person, ())
                if token not in tokens:
                    found[credential.person] = (*tokens, token)
        return found

    def with_parts(self, **parts: Any) -> "Policy":
        """Give the policy with other fields; what follows from the rest is kept."""
        changed = replace(self, **parts)
        for name, sources in _FOLLOWS_FROM.items():
            if name in vars(self) and sources.isdisjoint(parts):
                vars(changed)[name] = vars(self)[name]
        return changed
