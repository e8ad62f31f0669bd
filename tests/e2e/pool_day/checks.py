"""What must hold when the day is over: bands, lockers, money, log, contacts."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .day import Day


class Checks:
    def __init__(self, day: Day):
        self.day = day
        self._read = day.venue.staff.read

    def all(self) -> list[str]:
        """Give what is wrong, in words."""
        found = [*self.day.differences]
        for check in (
            self.bands,
            self.lockers,
            self.exit_tickets,
            self.log,
            self.money,
            self.cards,
            self.contacts,
            self.presence,
        ):
            found += [f"{check.__name__}: {words}" for words in check()]
        return found

    def bands(self) -> list[str]:
        """Each is in store, or was lost."""
        day, found = self.day, []
        known = {band.id: "store" for band in day.store}
        known |= {band.id: "lost" for band in day.lost}
        told = {
            one["id"]: one["state"]
            for one in self._read("access.wristband", [], "state")
        }
        if known != told:
            found.append(f"{set(known.items()) ^ set(told.items())}")
        still = self._read("access.stay", [("state", "=", "out")], "band_number")
        return found + [f"with a guest: {one['band_number']}" for one in still]

    def lockers(self) -> list[str]:
        """The log, too, gives none to two; at the end all are free."""
        holders: dict[str, int] = {}
        found = []
        domain = [("point_id", "=", self.day.venue.points["lockers"])]
        for event in self._events(domain, "reason", "note", "credential_id"):
            number = (event["note"] or "").split(", ")[0]
            if event["reason"] == "locker_assigned":
                if number in holders:
                    found.append(f"{number} was given to two")
                holders[number] = event["credential_id"][0]
            elif event["reason"] == "locker_freed":
                holders.pop(number, None)
        inside = [row.holder for row in self.day.house.rows if row.holder]
        return found + [f"not free: {one}" for one in (holders, *inside) if one]

    def exit_tickets(self) -> list[str]:
        points = self.day.venue.points
        exits = [points[name] for name in points if name.startswith("exit")]
        domain = [("point_id", "in", exits), ("reason", "=", "passed")]
        used = Counter(
            event["ticket_id"] and event["ticket_id"][0]
            for event in self._events(domain, "ticket_id")
        )
        return [
            f"ticket {one}: {count} times" for one, count in used.items() if count != 1
        ]

    def log(self) -> list[str]:
        """Each passage that was seen stands there once, and no other."""
        events = self._events([("reason", "=", "passed")], "point_id", "credential_id")
        credentials = self._read("access.credential", [], "access_stay_id")
        stays = {
            one["id"]: one["access_stay_id"] and one["access_stay_id"][0]
            for one in credentials
        }
        told = Counter(
            (stays[one["credential_id"][0]], one["point_id"][0]) for one in events
        )
        seen = Counter(self.day.passages)
        for event in self._events([("reason", "=", "not_passed")], "point_id"):
            # Nobody here turns round in a gate that has opened.
            told[None, event["point_id"][0]] += 1
        return [f"{told - seen} told, {seen - told} seen"] if told != seen else []

    def money(self) -> list[str]:
        paid = self._read("pos.payment", [], "amount")
        cents = sum(round(100 * one["amount"]) for one in paid)
        sums = {
            "in the books": cents,
            "taken at the tills": self.day.tills.taken,
            "due by the list": self.day.desk.expected,
        }
        found = [str(sums)] if len(set(sums.values())) > 1 else []
        domain = [("access_stay_id", "!=", False), ("state", "=", "draft")]
        tabs = self._read("pos.order", domain, "name")
        return found + [f"open tab {one['name']}" for one in tabs]

    def cards(self) -> list[str]:
        found = self._read("access.pool.card", [], "left", "bands_out")
        told = {one["id"]: (one["left"], one["bands_out"]) for one in found}
        known = {card.id: (card.left, card.out) for card in self.day.cards}
        return [
            f"{card}: {told[card]} told, {known[card]} counted"
            for card in known
            if told[card] != known[card]
        ]

    def contacts(self) -> list[str]:
        """No contact stood for two guests at a time."""
        names = "guest_id", "begun_at", "ended_at", "left_at"
        by_guest: dict[int, list[Any]] = defaultdict(list)
        for stay in self._read("access.stay", [], *names):
            end = max(filter(None, (stay["ended_at"], stay["left_at"])), default="9999")
            by_guest[stay["guest_id"][0]].append((stay["begun_at"], end))
        found = []
        for guest, times in by_guest.items():
            times.sort()
            for (_begin, end), (begin, _end) in zip(times, times[1:], strict=False):
                if begin < end:
                    found.append(f"contact {guest} from {begin}, before {end}")
        self.contacts_used = len(by_guest)
        return found

    def presence(self) -> list[str]:
        here = self._read("access.presence", [("zone_id", "!=", False)], "zone_id")
        return [f"{len(here)} are inside"] if here else []

    def _events(self, domain: list[Any], *names: str) -> list[dict[str, Any]]:
        read = self.day.venue.staff.call
        return read("access.event", "search_read", domain, list(names), order="id")
