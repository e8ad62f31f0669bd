"""A day in a pool: who comes when, the clock, and what everybody did meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from .bills import Stay
from .desk import Desk
from .guest import Band, Guest
from .house import House
from .outages import ARRIVALS, Outages
from .prices import CARDS, ENTRY_MINUTES, TICKETS
from .shared_clock import SharedClock
from .tills import Tills
from .venue import GATES, Venue

# In what numbers they come; those with cards are of these kinds.
PARTIES = {"adult": 7, "child": 2, "at the exit": 3, "family": 3, "group": 1}
PARTIES |= {"entries": 3, "hours": 3}
CARDS_SOLD = 8
# The clock is set forward by so many minutes each time.
MINUTES = 6, 14
PAYS_FOR_OTHERS = 0.15


@dataclass
class Card:
    """A season card, as its owner counts it."""

    id: int
    number: str
    kind: str
    left: int
    out: int = 0


@dataclass
class Party:
    kind: str
    arrival: int
    guests: list[Guest] = field(default_factory=list)
    card: Card | None = None

    @property
    def is_gone(self) -> bool:
        return all(guest.is_gone for guest in self.guests)

    @property
    def is_in(self) -> bool:
        return bool(self.guests[0].stay_id)

    @property
    def changes_mind(self) -> bool:
        first = self.guests[0]
        is_single = self.kind in ("adult", "child")
        return is_single and first.changes_mind and first.zone is None


class Day:
    """``differences`` lists what is not as it should be."""

    def __init__(self, venue: Venue, house: House, clock: SharedClock, seed: int):
        self.venue, self.house, self.clock, self.seed = venue, house, clock, seed
        self.chance = random.Random(seed)
        self.tills = Tills(venue, lambda: self.now)
        self.desk = Desk(self)
        self.outages = Outages(self)
        self.differences: list[str] = []
        self.passages: list[tuple[int, int]] = []
        self.done: Counter[str] = Counter()
        self.store = [Band(key, *band) for key, band in venue.bands.items()]
        self.lost: list[Band] = []
        self.cards: list[Card] = []
        self.parties: list[Party] = []
        self.room_used_at = self.now
        self._free = itertools.count(1)

    @property
    def now(self) -> datetime:
        return self.clock.now

    @property
    def guests(self) -> list[Guest]:
        return [guest for party in self.parties for guest in party.guests]

    def differs(self, words: str) -> None:
        print(f"  {words}", flush=True)
        self.differences.append(words)

    def count(self, name: str) -> None:
        self.done[name] += 1

    def gate(self, kind: str, chance: random.Random) -> str:
        return f"{kind} {chance.randint(1, GATES[kind][2])}"

    def exits(self, chance: random.Random) -> list[str]:
        return chance.sample(["exit 1", "exit 2"], 2)

    def take_band(self) -> Band:
        """Take the band that came back last."""
        return self.store.pop()

    def is_group(self, guest: Guest) -> bool:
        return any(guest in p.guests for p in self.parties if p.kind == "group")

    # -- who comes ------------------------------------------------------

    def plan(self, guests: int) -> None:
        while len(self.guests) < guests:
            [kind] = self.chance.choices(list(PARTIES), list(PARTIES.values()))
            arrival = self.chance.randrange(ARRIVALS)
            party = Party(kind, arrival)
            if kind in TICKETS:
                minutes, _cents, who = TICKETS[kind]
                for code, count, is_leader in who:
                    for _guest in range(count):
                        party.guests.append(self._guest(code, minutes, is_leader))
            else:
                party.guests.append(self._guest("adult", 0))
            self.parties.append(party)

    def _guest(self, kind: str, covered: int, is_leader: bool = False) -> Guest:
        return Guest(self, next(self._free), Stay(kind, covered), is_leader)

    def sell_cards(self) -> None:
        till = self.tills.all["desk 1"]
        for kind in CARDS:
            for number in range(CARDS_SOLD):
                [holder] = self.venue.staff.call(
                    "res.partner", "create", [{"name": f"{kind} {number}"}]
                )
                till.sell(kind, CARDS[kind][1], partner_id=holder)
                self.desk.expected += CARDS[kind][1]
                domain = [("partner_id", "=", holder)]
                [card] = self.venue.staff.read(
                    "access.pool.card", domain, "number", "left"
                )
                made = Card(card["id"], card["number"], kind, CARDS[kind][0])
                self.cards.append(made)

    # -- the day ------------------------------------------------------

    async def run(self) -> None:
        await asyncio.to_thread(self.sell_cards)
        for step in itertools.count():
            if step > ARRIVALS and all(guest.is_gone for guest in self.guests):
                return
            assert step < 2 * ARRIVALS, "some are never gone"
            self.clock.go_on(self.chance.uniform(*MINUTES))
            work = [self._arrive(p) for p in self.parties if p.arrival == step]
            work += self._inside(step)
            work += self._at_the_desk()
            work += [
                guest.go_out()
                for guest in self.guests
                if guest.code and not guest.is_gone and not guest.was_late
            ]
            work += self.outages.during(step)
            await asyncio.gather(*work)
            self.outages.is_one = False
            await self.house.settle()
            await self.outages.after(step)

    def _inside(self, step: int) -> list:
        self._due: list[list[Guest]] = []
        work = []
        for party in self.parties:
            if not party.is_in or party.arrival >= step or party.is_gone:
                continue
            late = [guest for guest in party.guests if guest.was_late]
            self._due += [[guest] for guest in late]
            if party.changes_mind:
                work.append(self._refund(party))
                continue
            here = [guest for guest in party.guests if guest.code is None]
            if here and all(guest.is_ready for guest in here):
                self._due.append(here)
            else:
                work += [guest.act() for guest in here if not guest.is_ready]
        return work

    def _at_the_desk(self) -> list:
        """Let those who are ready pay; some pay for others who are, too."""
        bills: list[list[Guest]] = []
        for guests in self._due:
            if bills and self.chance.random() < PAYS_FOR_OTHERS:
                self.count("paid_for_others")
                bills[-1] = bills[-1] + guests
            else:
                bills.append(guests)
        return [self._pay(bill) for bill in bills]

    async def _refund(self, party: Party) -> None:
        self.count("refunded")
        till = self.tills.next("desk")
        await till.work(self.desk.refund, till, party.kind, party.guests[0])

    async def _pay(self, guests: list[Guest]) -> None:
        till = self.tills.next("desk")
        drawn = {id(guest): guest.code for guest in guests}
        await till.work(self.desk.let_go, till, guests)
        for party in self.parties:
            for guest in party.guests if party.card else ():
                if guest in guests and guest.code != drawn[id(guest)]:
                    self._draw(party.card, guest, is_first=drawn[id(guest)] is None)

    def _draw(self, card: Card, guest: Guest, is_first: bool) -> None:
        """Take from a card what its holder counts."""
        is_entries = card.kind == "entries"
        taken = 1 if is_entries else guest.seen.taken_minutes(self.now)
        # The fee of a lost band stands for the time.
        taken = 0 if guest.seen.is_lost else taken
        card.left -= taken - guest.drawn
        guest.drawn = taken
        card.out -= is_first

    async def _arrive(self, party: Party) -> None:
        till = self.tills.next("desk")
        for guest in party.guests:
            guest.band = self.take_band()
            guest.band_number = guest.band.number
        if party.kind in CARDS:
            party.card = self._card(party.kind)
        if party.card is None and party.kind in CARDS:
            # All are out or used up: they buy a ticket.
            party.kind = "adult"
            party.guests[0].seen.covered = TICKETS["adult"][0]
        self.count(f"came: {party.kind}")
        if party.card:
            card, guest = party.card, party.guests[0]
            is_hours = card.kind == "hours"
            guest.seen.covered = card.left if is_hours else ENTRY_MINUTES
            card.out += 1
            await till.work(self.desk.hand_out, till, card.id, party.guests)
        else:
            await till.work(self.desk.sell, till, party.kind, party.guests)

    def _card(self, kind: str) -> Card | None:
        most = CARDS[kind][2]
        for card in self.cards:
            spoken_for = card.out if kind == "entries" else 0
            if card.kind == kind and card.out < most and card.left > spoken_for:
                return card
        return None

    def summary(self) -> str:
        """Say what happened, in a few words."""
        calls = sum(till.calls for till in self.tills.all.values())
        taken = self.tills.taken / 100
        return (
            f"{len(self.guests)} guests, {len(self.passages)} passages, "
            f"{self.desk.bills} bills, {taken:.2f} taken, {calls} calls of tills, "
            f"{dict(self.done)}"
        )


def opening() -> datetime:
    """Give the afternoon of tomorrow, as nothing in the ERP is younger than the day.

    The last ones come about midnight and leave after it.
    """
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    return tomorrow.replace(hour=15, minute=0, second=0, microsecond=0)
