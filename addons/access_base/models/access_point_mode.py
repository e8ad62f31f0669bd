from dataclasses import replace
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_list

from ..access_policy import policy_from_document
from .access_event import announce
from .access_order import MODES, asked_mode

_MODE_FIELDS = (
    "mode",
    "order_id",
    "is_emergency",
    "has_staff_order",
    "mode_reason",
    "mode_next",
)


class AccessPoint(models.Model):
    """What holds at a point now: the strongest order in force, else its normal mode.

    Computed when it is read, by the same rules that the gateway decides by.
    """

    _inherit = "access.point"

    normal_mode = fields.Selection(
        MODES,
        required=True,
        default="controlled",
        tracking=True,
        copy=False,
        help="What holds while no schedule, booking or staff says otherwise.\n"
        "Controlled: rights decide.\n"
        "Card and PIN: rights decide, and the PIN is asked for as well.\n"
        "Unlocked: everybody passes.\n"
        "Locked: nobody passes, but staff can open it.\n"
        "Lockdown: nobody passes and staff cannot open it either.",
    )
    mode = fields.Selection(
        MODES, string="Mode Now", compute="_compute_mode", search="_search_mode"
    )
    order_id = fields.Many2one(
        "access.order", string="Order in Force", compute="_compute_mode"
    )
    is_emergency = fields.Boolean(compute="_compute_mode")
    has_staff_order = fields.Boolean(compute="_compute_has_staff_order")
    mode_reason = fields.Char(string="Why", compute="_compute_mode_reason")
    mode_next = fields.Char(string="Next Today", compute="_compute_mode_next")

    @api.depends("normal_mode", "venue_id")
    def _compute_mode(self):
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        known = self.filtered(lambda point: point._origin.company_id)
        for point in self - known:
            point.mode, point.order_id = point.normal_mode, False
            point.is_emergency = False
        for company, points in known.grouped("company_id").items():
            policy = points._origin._mode_policy(company)
            for point in points:
                key = policy.order_at(point._origin.id, now)
                point.mode = policy.mode_at(point._origin.id, now).value
                point.order_id = self.env["access.order"].browse(key)
                point.is_emergency = point.order_id.kind == "emergency"

    def _search_mode(self, operator, value):
        if operator != "in":
            return NotImplemented
        points = self.with_context(active_test=False).search([])
        return [("id", "in", points.filtered(lambda p: p.mode in value).ids)]

    @api.depends("order_id")
    def _compute_has_staff_order(self):
        ordered = self._staff_orders().point_ids
        for point in self:
            point.has_staff_order = point._origin in ordered

    @api.depends("order_id")
    @api.depends_context("lang")
    def _compute_mode_reason(self):
        for point in self:
            point.mode_reason = point._cause_words(point.order_id)

    def _cause_words(self, order):
        """Say why an order's mode holds here: what, by whom, until when."""
        if not order:
            return ""
        if order.kind in ("schedule", "booking"):
            return order.display_name
        # Who gave an order is for all to see who may see the point.
        values = {"user": order.sudo().user_id.name, "reason": order.reason}
        if order.kind == "emergency":
            return self.env._("Emergency, %(user)s: %(reason)s", **values)
        if not order.valid_to:
            return self.env._("%(user)s, until ended: %(reason)s", **values)
        values["time"] = self.venue_id._local_words(order.valid_to)
        return self.env._("%(user)s until %(time)s: %(reason)s", **values)

    @api.depends("mode")
    @api.depends_context("lang")
    def _compute_mode_next(self):
        modes = dict(self._fields["mode"]._description_selection(self.env))
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        for point in self:
            changes = point._origin._changes_today(now) if point._origin else []
            words = [
                self.env._("%(time)s %(mode)s", time=f"{at:%H:%M}", mode=modes[mode])
                for at, mode in changes
            ]
            point.mode_next = format_list(self.env, words, "unit") if words else ""

    def _changes_today(self, now):
        """Give the local times at which the mode changes until midnight there."""
        policy = self._mode_policy(self.company_id)
        local = ZoneInfo(self.venue_id.tz)
        end = self.venue_id._start_of_day(days=1).replace(tzinfo=timezone.utc)
        at = now.replace(second=0, microsecond=0)
        mode, changes = policy.mode_at(self.id, now), []
        # Minute by minute: hours, validity and clock changes are in mode_at alone.
        while policy.orders and (at := at + timedelta(minutes=1)) < end:
            if (then := policy.mode_at(self.id, at)) is not mode:
                mode = then
                changes.append((at.astimezone(local), mode.value))
        return changes

    def _mode_policy(self, company):
        """Give the rules that tell the modes of these points of a company."""
        rules = self.env["access.policy"].sudo()
        company = company.sudo()
        venues = rules._venues(company)
        orders = self.env["access.order"].sudo()._policy_entries(self)
        entries = {str(point.id): point._policy_entry() for point in self.sudo()}
        policy = policy_from_document({"points": entries, "orders": orders})
        return replace(policy, venues=venues.venues, bands=venues.bands)

    @api.model
    def _orders_changed(self):
        self.invalidate_model(_MODE_FIELDS, flush=False)

    # -- orders by staff --------------------------------------------------------------

    def action_set_mode(self):
        """Ask until when and why, then order the mode of the button's context."""
        self._check_operator()
        mode = asked_mode(self.env)
        return self.env["access.order.dialog"]._open("staff", mode, points=self)

    def action_back_to_schedule(self):
        """End what staff ordered here; schedules and bookings hold again by that."""
        self._check_operator()
        self._staff_orders()._end()

    def action_end_emergency(self):
        """End the emergencies that hold here, at all the places they are for."""
        self._check_operator()
        self.mapped("order_id").filtered(lambda o: o.kind == "emergency").action_end()

    def action_view_orders(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_order_action_log"
        )
        zones = self.zone_from_id | self.zone_to_id
        around = self.env["access.zone"].search([("id", "parent_of", zones.ids)])
        places = ["|", ("point_ids", "in", self.ids), ("zone_ids", "in", around.ids)]
        return action | {"domain": places}

    def _staff_orders(self):
        orders = self.env["access.order"]
        here = [("point_ids", "in", self.ids)]
        return orders.search(orders._running("staff") & Domain(here))

    def _order_for_a_while(self, mode, reason, valid_to=None):
        """Give each of these points an order by the current user."""
        return (
            self.env["access.order"]
            .sudo()
            .create(
                [
                    {
                        "kind": "staff",
                        "mode": mode,
                        "company_id": point.company_id.id,
                        "point_ids": point.ids,
                        "valid_from": fields.Datetime.now(),
                        "valid_to": valid_to(point) if valid_to else False,
                        "reason": reason,
                        "user_id": self.env.uid,
                    }
                    for point in self
                ]
            )
        )

    def _policy_fields(self):
        return super()._policy_fields() | {"normal_mode"}

    def _rules_changed(self):
        announce(self.env)
        return super()._rules_changed()
