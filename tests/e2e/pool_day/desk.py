"""The cash desk: sells, reads bands, makes one bill of many, gives exit tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from .guest import Band, Guest
from .prices import TICKETS

if TYPE_CHECKING:
    from .day import Day
    from .tills import Till


class Desk:
    """Its methods run in the thread of a till and hold bills against ``bills``."""

    def __init__(self, day: Day):
        self.day = day
        self.bills = 0
        self.expected = 0

    # -- sold ------------------------------------------------------

    def sell(self, till: Till, ticket: str, guests: list[Guest]) -> None:
        """Sell a ticket with bands that are held to the reader."""
        uuid, given = str(uuid4()), []
        places = self.day.venue.prices.lines[ticket]
        for guest, place in zip(guests, places, strict=True):
            self._check(till.ask("action_access_read", guest.band.value), "band", guest)
            till.ask("action_access_reserve", guest.band.id, place, uuid)
            given.append(
                {"id": guest.band.id, "number": guest.band.number, "line": place}
            )
        cents = TICKETS[ticket][1]
        order = till.sell(ticket, cents, uuid, access_bands=given)
        self.expected += cents
        if order["access_missing_bands"]:
            self.day.differs(f"bands are missing: {guests}")
        for guest in guests:
            found = till.ask("action_access_read", guest.band.value)
            self._check(found, "stay", guest)
            guest.stay_id = found["stay"]["id"]
            [guest.sold_by] = order["lines"]

    def hand_out(self, till: Till, card: int, guests: list[Guest]) -> None:
        """Give bands against a card."""
        bands = [guest.band.id for guest in guests]
        found = till.ask("action_access_hand_out", card, bands)
        for guest, stay in zip(guests, found["stays"], strict=True):
            guest.stay_id = stay["id"]

    def _check(self, found: dict, kind: str, guest: Guest) -> None:
        if found["type"] != kind:
            self.day.differs(f"{guest}: read {guest.band.number}: {found}")

    def refund(self, till: Till, ticket: str, guest: Guest) -> None:
        """Take back what was sold to somebody who has not come in."""
        cents = TICKETS[ticket][1]
        till.refund(ticket, cents, guest.sold_by)
        self.expected -= cents
        self._check(till.ask("action_access_read", guest.band.value), "band", guest)
        self.day.store.append(guest.band)
        guest.band, guest.is_gone = None, True

    # -- paid ------------------------------------------------------

    def pay_tab(self, till: Till, guest: Guest) -> int:
        """Pay what is on the band, so that more can be put on it."""
        uuid = str(uuid4())
        bill = till.ask("action_access_bill", [guest.stay_id], uuid, "tab")
        cents = _sum(bill["lines"])
        if bill["lines"]:
            till.pay(bill["lines"], uuid)
        self.expected += sum(guest.seen.tab)
        return cents

    def let_go(self, till: Till, guests: list[Guest]) -> None:
        """Make one bill, take the money and the bands, give exit tickets."""
        uuid, ids = str(uuid4()), [guest.stay_id for guest in guests]
        value = guests[0].code or (guests[0].band and guests[0].band.value)
        if value:
            found = till.ask("action_access_read", value)
            self._check_read(found, guests[0])
        for guest in guests:
            self._correct(till, guest)
        bill = till.ask("action_access_bill", ids, uuid)
        if bill["claimed_by"]:
            self.day.differs(f"bill of {guests} is at {bill['claimed_by']}")
        for guest in guests:
            self._check_bill(guest, bill["lines"])
        slips = []
        if bill["lines"]:
            slips = till.pay(bill["lines"], uuid)["access_exit_tickets"] or []
        self._note_paid(guests, bill["lines"])
        self._give_tickets(till, guests, slips)

    def _check_read(self, found: dict, guest: Guest) -> None:
        if found["type"] != "stay" or found["stay"]["id"] != guest.stay_id:
            self.day.differs(f"{guest} read at the desk: {found}")

    def _correct(self, till: Till, guest: Guest) -> None:
        due = guest.seen.owed(self.day.now)
        if self.day.outages.is_one:
            # Who hears no answer would look at the bill first.
            return
        if till.name == "desk 1" and due > 500 and guest.chance.random() < 0.1:
            till.ask("action_access_correct", guest.stay_id, 3.5, "Shower was cold")
            guest.seen.corrected = 350
            self.day.count("corrected")

    def _check_bill(self, guest: Guest, lines: list[dict]) -> None:
        self.bills += 1
        ours = [line for line in lines if line["stay_id"] == guest.stay_id]
        told = (
            _sum(ours, "time", "lost"),
            _sum(ours, "tab"),
            -_sum(ours, "correction"),
        )
        seen, now = guest.seen, self.day.now
        due = seen.owed(now), sum(seen.tab), seen.corrected
        self.expected += due[0] + due[1] - due[2]
        if told != due:
            self.day.differs(f"{guest} at {now}: bill {told}, due {due}: {seen}")

    def _note_paid(self, guests: list[Guest], lines: list[dict]) -> None:
        on_bill = {line["stay_id"] for line in lines}
        for guest in guests:
            seen, now = guest.seen, self.day.now
            seen.paid += seen.owed(now)
            seen.tab.clear()
            seen.corrected = 0
            if guest.stay_id in on_bill:
                seen.settled_at = now

    def _give_tickets(self, till: Till, guests: list[Guest], slips: list[dict]) -> None:
        """Give those who owed nothing theirs, too; who has a locker is sent there."""
        given = {slip["stay"]: slip["code"] for slip in slips}
        for guest in guests:
            number = guest.band_number
            if number not in given:
                answer, why = till.try_("action_access_exit", [guest.stay_id])
                if (why is None) is (guest.locker is not None):
                    self.day.differs(f"{guest}, locker {guest.locker}: {why}")
                if why is not None:
                    self.day.count("sent_to_the_locker")
                    guest.is_forgetful = False
                    continue
                given[number] = answer["tickets"][0]["code"]
            elif guest.locker is not None:
                self.day.differs(f"{guest} goes with locker {guest.locker}")
            self._let_one_go(guest, given[number])

    def _let_one_go(self, guest: Guest, code: str) -> None:
        guest.code, guest.was_late = code, False
        guest.let_go_at = self.day.now
        if guest.band is not None:
            self.day.store.append(guest.band)
            guest.band = None


def _sum(lines: list[dict], *groups: str) -> int:
    return sum(
        round(100 * line["qty"] * line["price_unit"])
        for line in lines
        if not groups or line["group"] in groups
    )


__all__ = ["Band", "Desk"]
