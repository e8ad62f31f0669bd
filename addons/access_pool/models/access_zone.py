from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.access_base.access_policy import Reason

from ..next_place import minutes_to_next_place

# By visits of so long ago one tells how long people stay.
OF_LATE = timedelta(hours=24)


class AccessZone(models.Model):
    """How full a zone is, and when the next one may come in."""

    _inherit = "access.zone"

    inside_count = fields.Integer(
        string="Persons Inside", compute="_compute_places", compute_sudo=True
    )
    free_count = fields.Integer(
        string="Free Places", compute="_compute_places", compute_sudo=True
    )
    is_full = fields.Boolean(
        string="Full", compute="_compute_places", compute_sudo=True
    )
    next_free_minutes = fields.Integer(
        string="Next Free Place",
        compute="_compute_places",
        compute_sudo=True,
        help="In about so many minutes, as people have stayed of late. 0: there is "
        "room, or nobody can tell.",
    )

    @api.depends("capacity")
    def _compute_places(self):
        for place in self._places():
            zone = place["zone"]
            zone.inside_count = place["inside"]
            zone.free_count = max(zone.capacity - place["inside"], 0)
            zone.is_full = bool(zone.capacity) and place["inside"] >= zone.capacity
            zone.next_free_minutes = place["next_free_minutes"] or 0

    def _places(self):
        """Give how full each zone is, those within it included."""
        within = {zone: self.search([("id", "child_of", zone.id)]) for zone in self}
        every = self.union(*within.values())
        inside = self.env["access.presence"]._occupancy(every) if every else {}
        return [
            zone._place(sum(inside.get(one.id, 0) for one in zones), zones)
            for zone, zones in within.items()
        ]

    def _place(self, inside, zones):
        self.ensure_one()
        minutes = 0
        if self.capacity and inside >= self.capacity:
            ages, lengths = self._visits(zones)
            # Who came in before that takes a place all the same.
            unseen = [OF_LATE // timedelta(minutes=1)] * (inside - len(ages))
            ages = sorted(ages)[:inside] + unseen
            minutes = minutes_to_next_place(ages, lengths, self.capacity)
        return {"zone": self, "inside": inside, "next_free_minutes": minutes}

    def _visits(self, zones):
        """Give since how many minutes people are inside, and how long others stayed."""
        self.env["access.event"].flush_model()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                _VISITS,
                zones=zones.ids,
                company=self.company_id.id,
                since=now - OF_LATE,
                now=now,
                passed=Reason.PASSED.value,
            )
        )
        ages = [minutes for minutes, is_over in rows if not is_over]
        return ages, [minutes for minutes, is_over in rows if is_over]


# A visit is from the passage into the zones to the one out of them.
_VISITS = """
WITH moved AS (
    SELECT person_id, date, id,
           COALESCE(zone_id = ANY(%(zones)s), FALSE) AS inside,
           lag(COALESCE(zone_id = ANY(%(zones)s), FALSE), 1, FALSE)
               OVER (PARTITION BY person_id ORDER BY date, id) AS was_inside
      FROM access_event
     WHERE company_id = %(company)s AND date BETWEEN %(since)s AND %(now)s
       AND has_moved AND person_id IS NOT NULL
       AND (granted OR reason = %(passed)s)
), visit AS (
    SELECT person_id, inside, date AS began,
           lead(date) OVER (PARTITION BY person_id ORDER BY date, id) AS ended
      FROM moved
     WHERE inside <> was_inside
)
SELECT (extract(epoch FROM COALESCE(ended, %(now)s) - began) / 60)::int4,
       ended IS NOT NULL
  FROM visit
 WHERE inside
   AND (ended IS NOT NULL OR EXISTS (
       SELECT FROM access_presence AS here
        WHERE here.person_id = visit.person_id AND here.zone_id = ANY(%(zones)s)))
"""
