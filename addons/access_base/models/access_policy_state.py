from datetime import datetime, timedelta, timezone

from odoo import fields, models
from odoo.tools import SQL

from ..access_policy import Attempt, State, state_from_document
from ..access_policy.event import utc_text
from ..access_policy.model import OUTDOORS
from ..access_policy.reason import TOGGLING
from .access_event_table import AS_KNOWN, as_known

# Longer than any bolt stays open and than the first of two persons waits.
RECENT = timedelta(minutes=11)

# As long as a point stays unlocked until it is read again.
MOST_TOGGLED = timedelta(days=1)


class AccessPolicy(models.AbstractModel):
    """What happened so far, as far as it counts for what is decided next."""

    _inherit = "access.policy"

    def _state_of(self, policy, point, names):
        """Give the state that counts for these persons, by all names they have."""
        uses = self.env["access.use"]
        has_tickets = any(person.tickets for person in policy.persons.values())
        state = state_from_document(
            {
                "uses": uses._month_state(names),
                "ticket_uses": uses._ticket_state(names) if has_tickets else {},
                "presence": self.env["access.presence"]._places(
                    point.company_id, names
                ),
            }
        )
        here = policy.points[point.id]
        if here.persons == 2 or here.interlock:
            self._note_recent(state, [point.id, *here.interlock])
            self._note_toggles(state, here.interlock)
        with_capacity = [
            key
            for key in policy.ways[point.id].enters
            if key in policy.zones and policy.zones[key].capacity
        ]
        within = {zone for key in with_capacity for zone in policy.zones_within[key]}
        now = fields.Datetime.now()
        stays = {zone: _stays_since(policy, zone, now) for zone in within}
        state.occupancy = self.env["access.presence"]._occupancy_since(stays)
        return state

    def _note_recent(self, state, point_ids, until=None):
        """Note who waits for a second person, and which doors were opened just now."""
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM access_event"
                " WHERE point_id = ANY(%s) AND date >= %s AND %s ORDER BY date, id",
                AS_KNOWN,
                point_ids,
                (until or fields.Datetime.now()) - RECENT,
                SQL("date < %s", until) if until else SQL("TRUE"),
            )
        )
        for row in rows:
            state.note(as_known(*row))

    def _note_toggles(self, state, point_ids):
        """Note which of some points are unlocked until they are read again."""
        if not point_ids:
            return
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM access_event"
                " WHERE point_id = ANY(%s) AND date >= %s AND reason = ANY(%s)",
                AS_KNOWN,
                list(point_ids),
                fields.Datetime.now() - MOST_TOGGLED,
                [reason.value for reason in TOGGLING],
            )
        )
        for row in rows:
            state.note_at_point(as_known(*row))

    def _for_person(self, point, person):
        """Give the policy and state for a person who has shown nothing."""
        return self._for_attempt(point, person=person.id)

    def _for_partner(self, partner, point, at, credential=None):
        """Give policy, state and attempt of a contact at a point and (aware) time.

        The state is that of the contact's passages before, as far as they are known
        by now: so that a past decision can be told.
        """
        partner.sudo()._ensure_access_person()
        person = partner.sudo().access_person_ids.sorted("id")[:1]
        token = credential.sudo().token if credential else None
        policy, state = self._for_attempt(point, token=token, person=person.id)
        if at < datetime.now(timezone.utc):
            state = self._past_state(person, point, at, state)
        tried = None if token else person.id
        return policy, state, Attempt(point.id, token or None, at, person=tried)

    def _past_state(self, person, point, at, now):
        """Give what a person had done by a time, and who was at the point just then.

        Who else was inside is known only while that is not long ago.

        :param now: the state of now
        """
        state, naive = State(), at.replace(tzinfo=None)
        if at > datetime.now(timezone.utc) - RECENT:
            now.move(person.id, OUTDOORS, utc_text(datetime.now(timezone.utc)))
            state.occupancy = now.occupancy
        if point.persons_needed == "2" or point.interlock_point_ids:
            recent = State()
            points = point | point.interlock_point_ids
            self._note_recent(recent, points.ids, naive)
            state.waiting, state.last_granted = recent.waiting, recent.last_granted
        self._note_passages(state, person, naive, point.company_id)
        before = utc_text(at)
        for ticket, used in now.ticket_uses.items():
            state.ticket_uses[ticket] = {use for use in used if use.time < before}
        return state

    def _note_passages(self, state, person, until, company):
        """Note what a person, by any of their names, did since the month before."""
        since = (until.replace(day=1) - timedelta(days=1)).replace(day=1)
        same = person.partner_id.access_person_ids or person
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM access_event"
                " WHERE person_id = ANY(%s) AND date >= %s AND date < %s"
                "   AND company_id = %s ORDER BY date, id",
                *(AS_KNOWN, same.ids, since, until, company.id),
            )
        )
        for row in rows:
            state.note(as_known(*row)._replace(person=person.id))


def _stays_since(policy, zone, now):
    """Give since when who is in a zone now came at the earliest, if stays end."""
    around = [policy.zones[one] for one in policy.zones_around(zone)]
    limits = [one.max_stay for one in around if one.max_stay]
    return now - timedelta(minutes=min(limits)) if limits else None
