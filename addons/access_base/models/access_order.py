from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_list

from ..access_policy.document import sections_of
from ..access_policy.schedule import is_in_force
from .access_event import announce
from .access_policy import utc_text
from .access_schedule import WEEKDAY_FIELDS

MODES = [
    ("controlled", "Controlled"),
    ("controlled_pin", "Card and PIN"),
    ("unlocked", "Unlocked"),
    ("locked", "Locked"),
    ("lockdown", "Lockdown"),
]
PRIORITIES = {"schedule": 10, "booking": 20, "staff": 30, "emergency": 40}


class AccessOrder(models.Model):
    """A cause that sets the mode of points for a while.

    What holds at a point is the strongest order in force, else the point's normal mode.
    An order that is over has no effect: nothing is ever put back.
    """

    _name = "access.order"
    _inherit = ["mail.thread", "access.schedule.mixin", "access.policy.part"]
    _description = "Order for Access Points"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    kind = fields.Selection(
        [
            ("schedule", "Schedule"),
            ("booking", "Booking"),
            ("staff", "Staff"),
            ("emergency", "Emergency"),
        ],
        required=True,
        readonly=True,
        default="schedule",
        help="The stronger one holds: emergency before staff, staff before bookings, "
        "bookings before schedules; of two alike the one given last.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    mode = fields.Selection(MODES, required=True, default="unlocked", tracking=True)
    point_ids = fields.Many2many("access.point", string="Points")
    zone_ids = fields.Many2many(
        "access.zone",
        string="Zones",
        help="All points that lead into these zones or zones inside them, and out.",
    )
    hours = fields.Selection(
        [("always", "At any hour"), ("bands", "In time bands")],
        required=True,
        default="always",
        tracking=True,
    )
    band_ids = fields.Many2many(
        "access.band",
        string="Time Bands",
        ondelete="restrict",
        check_company=True,
        help="The hours are those of the venue where the point is.",
    )
    valid_from = fields.Datetime(string="From", tracking=True)
    valid_to = fields.Datetime(string="Until", tracking=True)
    reason = fields.Char()
    user_id = fields.Many2one("res.users", string="Given by", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True, copy=False)
    ended_by_id = fields.Many2one(
        "res.users", string="Ended by", readonly=True, copy=False
    )
    state = fields.Selection(
        [
            ("coming", "Coming"),
            ("running", "Running"),
            ("waiting", "Not at this time"),
            ("over", "Over"),
        ],
        compute="_compute_state",
    )
    where = fields.Char(compute="_compute_words")
    when = fields.Char(compute="_compute_words")

    _validity_order = models.Constraint(
        "CHECK (valid_to > valid_from)", "An order cannot end before it begins."
    )
    _reason_given = models.Constraint(
        "CHECK (kind NOT IN ('staff', 'emergency') OR btrim(reason) <> '')",
        "Say why: the reason is kept with the order.",
    )
    _open_index = models.Index("(company_id) WHERE ended_at IS NULL")

    @api.depends(
        "active",
        "valid_from",
        "valid_to",
        "ended_at",
        "hours",
        "band_ids",
        *WEEKDAY_FIELDS,
        "holidays",
        "holiday_eves",
    )
    def _compute_state(self):
        now = fields.Datetime.now()
        waiting = self._outside_hours(now)
        for order in self:
            end = min(filter(None, [order.valid_to, order.ended_at]), default=None)
            if not order.active or (end and end <= now):
                order.state = "over"
            else:
                begun = not order.valid_from or order.valid_from <= now
                order.state = "running" if begun else "coming"
                if begun and order in waiting:
                    order.state = "waiting"

    def _outside_hours(self, now):
        """Give those whose days or hours are not now, at none of their points."""
        waiting = self.browse()
        at = now.replace(tzinfo=timezone.utc)
        rules = self.env["access.policy"].sudo()
        orders = self.filtered(lambda one: one.id and one.kind == "schedule")
        for company, ours in orders.grouped("company_id").items():
            venues = rules._venues(company.sudo())
            points = self.env["access.point"].sudo()
            points = points.search([("company_id", "=", company.id)])
            found = sections_of({"orders": rules._order_entries(points)})["orders"]
            for order in ours.filtered(lambda one, found=found: one.id in found):
                one = found[order.id]
                keys = {points.browse(point).venue_id.id for point in one.points}
                if not any(
                    is_in_force(one.when, venues.bands, key, venues.venues[key], at)
                    for key in keys
                ):
                    waiting |= order
        return waiting

    @api.depends("name", "mode", "user_id")
    def _compute_display_name(self):
        modes = dict(self._fields["mode"]._description_selection(self.env))
        for order in self:
            mode = modes.get(order.mode, "")
            by = self.env._("%(mode)s by %(user)s", mode=mode, user=order.user_id.name)
            order.display_name = order.name or (by if order.user_id else mode)

    @api.depends(
        *WEEKDAY_FIELDS,
        "holidays",
        "holiday_eves",
        "hours",
        "band_ids",
        "point_ids",
        "zone_ids",
    )
    def _compute_words(self):
        for order in self:
            short = order.with_context(hierarchical_naming=False)
            places = [p.display_name for p in (*short.zone_ids, *short.point_ids)]
            order.where = format_list(self.env, places) if places else ""
            hours = self.env._("at any hour")
            if order.hours == "bands":
                names = order.band_ids.mapped("name")
                hours = format_list(self.env, names) if names else self.env._("never")
            order.when = ", ".join([hours, *order._days_words()])

    @api.constrains("company_id", "point_ids", "zone_ids")
    def _check_places(self):
        for order in self.sudo():
            if not (order.point_ids or order.zone_ids):
                raise ValidationError(
                    self.env._("Say where it holds: choose a point or a zone.")
                )
            places = order.point_ids.company_id | order.zone_ids.company_id
            if places - order.company_id:
                raise ValidationError(
                    self.env._("An order is for points and zones of one company.")
                )

    def action_end(self):
        """End orders that staff gave; what is next in strength holds by itself."""
        self.check_access("read")
        self.env["access.point"]._check_operator()
        if self.filtered(lambda order: order.kind not in ("staff", "emergency")):
            raise AccessError(
                self.env._("Only what staff ordered is ended by hand: change the rest.")
            )
        self._end()

    def _end(self):
        running = self.sudo().filtered(lambda order: order.state != "over")
        running.write(
            {"ended_at": fields.Datetime.now(), "ended_by_id": self.env.uid},
        )

    @api.model
    def _running(self, kind):
        """Give the domain of the orders of a kind that are in force now."""
        now = fields.Datetime.now()
        return Domain(
            [
                ("kind", "=", kind),
                ("ended_at", "=", False),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">", now),
                "|",
                ("valid_from", "=", False),
                ("valid_from", "<=", now),
            ]
        )

    @api.model
    def _policy_entries(self, points, since=None):
        """Give the section ``orders`` of the policy: what is not over, or since then.

        What has begun has no begin there: it holds at once also at a gateway whose
        clock is behind.
        """
        for model in (self, points, self.env["access.zone"]):
            model.flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                _ORDERS,
                points=points.ids,
                since=since or fields.Datetime.now(),
            )
        )
        return {str(row["id"]): self._policy_entry(row) for row in rows}

    def _policy_entry(self, row):
        return {
            **self._schedule_entry(row),
            "points": row["points"],
            "mode": row["mode"],
            "priority": PRIORITIES[row["kind"]],
            "bands": row["bands"],
            "valid_from": utc_text(row["valid_from"]),
            "valid_to": utc_text(row["valid_to"]),
        }

    def _changed_parts(self):
        return {"venues": True}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "active",
            "company_id",
            "mode",
            "point_ids",
            "zone_ids",
            "hours",
            "band_ids",
            "valid_from",
            "valid_to",
            "ended_at",
        }

    def _rules_changed(self):
        for model in ("access.point", "access.zone", "access.venue"):
            self.env[model]._orders_changed()
        announce(self.env)
        return super()._rules_changed()


def asked_mode(env):
    """Give the mode that a button asks for by its context."""
    mode = env.context.get("access_mode")
    if mode not in dict(MODES):
        raise ValidationError(
            env._(
                "Say which mode, as %(key)s in the context: %(modes)s.",
                key="access_mode",
                modes=format_list(env, list(dict(MODES))),
            )
        )
    return mode


_ORDERS = """
SELECT o.id, o.kind, o.mode, o.holidays, o.holiday_eves,
       o.on_monday, o.on_tuesday, o.on_wednesday, o.on_thursday, o.on_friday,
       o.on_saturday, o.on_sunday,
       CASE WHEN o.valid_from > %(since)s THEN o.valid_from END AS valid_from,
       LEAST(o.valid_to, o.ended_at) AS valid_to,
       CASE WHEN o.hours = 'bands' THEN
            ARRAY(SELECT access_band_id FROM access_band_access_order_rel
                   WHERE access_order_id = o.id) END AS bands,
       array_agg(point.id ORDER BY point.id) AS points
  FROM access_order AS o
  JOIN access_point AS point
       ON point.id = ANY(%(points)s::int[]) AND point.company_id = o.company_id
      AND (EXISTS (SELECT FROM access_order_access_point_rel AS place
                    WHERE place.access_order_id = o.id
                      AND place.access_point_id = point.id)
        OR EXISTS (SELECT FROM access_order_access_zone_rel AS place
                     JOIN access_zone AS around ON around.id = place.access_zone_id
                     JOIN access_zone AS side
                          ON side.id IN (point.zone_from_id, point.zone_to_id)
                    WHERE place.access_order_id = o.id
                      AND starts_with(side.parent_path, around.parent_path)))
 WHERE o.active AND (LEAST(o.valid_to, o.ended_at) > %(since)s) IS NOT FALSE
 GROUP BY o.id
"""
