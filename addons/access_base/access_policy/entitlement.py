"""What one right says to one person at one point: an objection, or what it uses up."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from .event import utc_text
from .model import Attempt, Effect, Grant, Person, Point, Right, Schedule, Ticket, Venue
from .policy import Policy, Way
from .reason import Reason
from .schedule import Occurrence, occurrences
from .state import State, TicketUse

FREE, MONTHS_ENTRY, TICKETS_ENTRY = range(3)

# For so long at least a card that is shown again has its ticket lose no more.
SHOWN_AGAIN_S = 10

_Covering = tuple[Grant, Right]


class Offer(NamedTuple):
    """What a right offers: a way through at a cost, or an objection.

    ``day`` is set when an entry is used up; with an objection it is the entry that a
    passage would use up all the same.
    """

    grant: Grant
    right: Right
    objection: Reason | None = None
    cost: int = FREE
    band: int | None = None
    day: str | None = None
    ticket: int | None = None


# The objection that is nearest to being none is the most useful one to hear.
NEARNESS = {
    Reason.NO_RIGHT: 0,
    Reason.RIGHT_EXPIRED: 1,
    Reason.PLAN_ENDED: 2,
    Reason.RIGHT_NOT_YET_VALID: 3,
    Reason.OUTSIDE_HOURS: 4,
    Reason.NOT_AT_THIS_DEVICE: 5,
    Reason.PLAN_PAUSED: 6,
    Reason.PLAN_UNPAID: 7,
    Reason.NO_TICKET: 8,
    Reason.LIMIT_REACHED: 9,
}


class Entitlement:
    """The rights of one person at the point and time of one attempt."""

    __slots__ = (
        "_policy",
        "_state",
        "_at",
        "_local",
        "_key",
        "_person",
        "_point_key",
        "_point",
        "_venue",
        "_way",
        "_covering",
    )

    def __init__(
        self,
        policy: Policy,
        state: State,
        attempt: Attempt,
        key: int,
        person: Person,
    ):
        self._policy = policy
        self._state = state
        self._at = attempt.at
        self._key = key
        self._person = person
        self._point_key = attempt.point
        self._point: Point = policy.points[attempt.point]
        self._venue: Venue = policy.venues[self._point.venue]
        self._way: Way = policy.ways[attempt.point]
        self._local: datetime = attempt.at.astimezone(self._venue.timezone)
        self._covering = self._rights_that_cover()

    def _rights_that_cover(self) -> tuple[list[_Covering], list[_Covering]]:
        """Give the rights that cover the place, those that allow and those that deny.

        Rights of the person's own come first, by number, then those of everybody.
        """
        rights, point, way = self._policy.rights, self._point_key, self._way
        allow: list[_Covering] = []
        deny: list[_Covering] = []
        for grants in (self._person.rights, self._policy.everyones_rights):
            for grant in grants:
                right = rights.get(grant.right)
                if right is None:
                    continue
                is_allow = right.effect is Effect.ALLOW
                zones = way.allow if is_allow else way.deny
                if point in right.points or not zones.isdisjoint(right.zones):
                    (allow if is_allow else deny).append((grant, right))
        return allow, deny

    def offers(self, effect: Effect) -> Iterator[Offer]:
        """Yield what the person's rights of one effect say that cover the place."""
        allow, deny = self._covering
        for grant, right in allow if effect is Effect.ALLOW else deny:
            yield self._offer(grant, right)

    def _offer(self, grant: Grant, right: Right) -> Offer:
        objection = self._objection_of_validity(grant, right)
        if objection is not None:
            return Offer(grant, right, objection)
        # What is forbidden stays so, whatever is booked or used up.
        if right.effect is Effect.ALLOW:
            if self._is_exempt(right):
                return Offer(grant, right)
            if right.limits or right.ticket_types is not None:
                return self._limited_offer(grant, right)
        found = self._occurrences(right.when)
        if not found:
            return Offer(grant, right, Reason.OUTSIDE_HOURS)
        return Offer(grant, right, None, FREE, found[0][0])

    def _occurrences(self, when: Schedule) -> list[Occurrence]:
        return occurrences(
            when,
            self._policy.bands,
            self._point.venue,
            self._venue.holidays,
            self._local,
            self._way.is_leaving,
        )

    def _limited_offer(self, grant: Grant, right: Right) -> Offer:
        found = self._occurrences(right.when)
        if not found:
            return Offer(grant, right, Reason.OUTSIDE_HOURS)
        is_entry = self._is_entry(right)
        takes_ticket = is_entry or self._way.is_controlled
        if right.ticket_types is not None and takes_ticket:
            return self._ticket_offer(grant, right, found)
        if not is_entry:
            is_theirs = self._is_of_person(right)
            objection = None if is_theirs else Reason.NO_TICKET
            return Offer(grant, right, objection, band=found[0][0])
        offers = [self._month_offer(grant, right, *one) for one in found]
        allowed = [offer for offer in offers if offer.objection is None]
        return min(allowed or offers, key=lambda offer: offer.cost)

    def _objection_of_validity(self, grant: Grant, right: Right) -> Reason | None:
        at = self._at
        for begin in (grant.valid_from, right.when.valid_from):
            if begin is not None and at < begin:
                return Reason.RIGHT_NOT_YET_VALID
        if right.when.valid_to is not None and at >= right.when.valid_to:
            return Reason.RIGHT_EXPIRED
        end = grant.ends_at(self._venue)
        return grant.then if end is not None and at >= end else None

    def _is_exempt(self, right: Right) -> bool:
        """Tell whether a booking opens at any hour and uses up nothing."""
        if right.exempt is None:
            return False
        return any(
            booking.start <= self._at < booking.end
            for booking in self._person.bookings
            if not right.exempt or booking.program in right.exempt
        )

    def _is_entry(self, right: Right) -> bool:
        """Tell whether the passage leads from outside the right's zones into them."""
        if self._way.is_leaving:
            return False
        return self._way.around_from.isdisjoint(right.zones)

    def _is_of_person(self, right: Right) -> bool:
        """Tell whether a right is theirs where no entry is used up: further in, or out.

        What everybody has by tickets is of those who hold one, also when it is used up.
        """
        if not right.everyone or right.ticket_types is None:
            return True
        return any(
            ticket.type in right.ticket_types and self._is_valid(ticket)
            for _key, ticket in self._person.tickets
        )

    def _month_offer(
        self, grant: Grant, right: Right, band: int | None, day: date
    ) -> Offer:
        limit = right.limits.get(band)
        if limit is None:
            return Offer(grant, right, band=band)
        text = day.isoformat()
        days = {
            use.day
            for use in self._state.uses.get(self._key, ())
            if use.right == grant.right and use.band == band and use.day[:7] == text[:7]
        }
        if text in days:
            return Offer(grant, right, band=band)
        objection = Reason.LIMIT_REACHED if len(days) >= limit else None
        return Offer(grant, right, objection, MONTHS_ENTRY, band, text)

    def _ticket_offer(
        self, grant: Grant, right: Right, found: list[Occurrence]
    ) -> Offer:
        """Offer the ticket that ends first of those that are good now.

        One that is good once more without a further entry comes before all.
        """
        first: Offer | None = None
        for key, ticket in sorted(self._person.tickets, key=_ends_first):
            if ticket.type not in right.ticket_types or not self._is_valid(ticket):
                continue
            good = self._within_ticket(ticket, right, found)
            if good is None:
                continue
            band, day = good[0], good[1].isoformat()
            uses: Collection = self._state.ticket_uses.get(key, ())
            if self._is_good_again(ticket, uses, day):
                return Offer(grant, right, band=band, ticket=key)
            if ticket.once_a_day:
                uses = {use.day for use in uses}
            taken = len(uses) + self._awaited_elsewhere(key)
            has_left = ticket.entries is None or taken < ticket.entries
            # The day is there where it is used up and not good again.
            if has_left and first is None and day not in uses:
                first = Offer(grant, right, None, TICKETS_ENTRY, band, day, key)
        return first or Offer(grant, right, Reason.NO_TICKET)

    def _is_good_again(
        self, ticket: Ticket, uses: Collection[TicketUse], day: str
    ) -> bool:
        """Tell whether it was used here just now, or is good for a day it was used on.

        Not so where exits are controlled: of what is printed there may be a copy.
        """
        if self._way.is_controlled:
            return False
        is_of_today = ticket.once_a_day and any(use.day == day for use in uses)
        return is_of_today or self._is_shown_again(uses)

    def _awaited_elsewhere(self, ticket: int) -> int:
        """Count who may pass a controlled exit at another gate by a ticket now."""
        if not self._way.is_controlled:
            return 0
        return len(self._state.awaited.get(ticket, set()) - {self._point_key})

    def _is_shown_again(self, uses: Collection[TicketUse]) -> bool:
        """Tell whether the point is open still by a use, or may not have been heard."""
        now = utc_text(self._at)
        here = [use.time for use in uses if use.point == self._point_key]
        last = max((time for time in here if time <= now), default=None)
        if last is None:
            return False
        seconds = max(self._point.open_seconds, SHOWN_AGAIN_S)
        # The reading that locks it again is part of the entry that unlocked it.
        unlocked = self._state.unlocked_since(self._policy, self._point_key, self._at)
        is_since_then = unlocked is not None and unlocked <= last
        return is_since_then or last > utc_text(self._at - timedelta(seconds=seconds))

    def _within_ticket(
        self, ticket: Ticket, right: Right, found: list[Occurrence]
    ) -> Occurrence | None:
        """Give the hours that hold, also by the ticket's own bands if it has any."""
        if ticket.bands is None:
            return found[0]
        own = self._occurrences(replace(right.when, bands=ticket.bands))
        return own[0] if own else None

    def _is_valid(self, ticket: Ticket) -> bool:
        begins, ends = ticket.valid_from, ticket.valid_to
        return (begins is None or begins <= self._at) and (
            ends is None or self._at < ends
        )


def _ends_first(one: tuple[int, Ticket]) -> tuple[bool, float, int]:
    key, ticket = one
    end = ticket.valid_to
    return end is None, end.timestamp() if end is not None else 0.0, key


def nearer(one: Offer | None, other: Offer | None) -> Offer | None:
    """Give the offer whose objection is nearer to being none."""
    if one is None or other is None:
        return one or other
    is_nearer = NEARNESS[other.objection] > NEARNESS[one.objection]
    return other if is_nearer else one
