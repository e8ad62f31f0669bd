from odoo import api, fields, models

from .access_order import asked_mode


class AccessEmergencyMixin(models.AbstractModel):
    """A place with points that can all be opened or locked at once."""

    _name = "access.emergency.mixin"
    _description = "Place of an Emergency"

    emergency_ids = fields.Many2many(
        "access.order", string="Emergencies", compute="_compute_emergency"
    )
    emergency_words = fields.Char(string="Emergency", compute="_compute_emergency")

    @api.depends_context("lang")
    def _compute_emergency(self):
        orders = self.env["access.order"]
        running = orders.search(orders._running("emergency"))
        for place in self:
            here = running.filtered(place._is_place_of)
            place.emergency_ids = here
            place.emergency_words = "; ".join(map(place._emergency_cause, here))

    @api.model
    def _orders_changed(self):
        self.invalidate_model(["emergency_ids", "emergency_words"], flush=False)

    def _emergency_cause(self, order):
        modes = dict(order._fields["mode"]._description_selection(self.env))
        return self.env._(
            "%(mode)s by %(user)s: %(reason)s (%(where)s)",
            mode=modes[order.mode],
            user=order.sudo().user_id.name,
            reason=order.reason,
            where=order.where,
        )

    def _is_place_of(self, order):
        """Tell whether an emergency is for points of this place."""
        raise NotImplementedError

    def _emergency_places(self):
        """Give the zones and the single points that are all of this place."""
        raise NotImplementedError

    def action_emergency(self):
        """Ask why, then order all points of the place into the context's mode."""
        self.ensure_one().check_access("read")
        self.env["access.point"]._check_operator()
        zones, points = self._emergency_places()
        mode = asked_mode(self.env)
        dialog = self.env["access.order.dialog"]
        return dialog._open("emergency", mode, points, zones)

    def action_end_emergency(self):
        """End the emergencies of this place, wherever else they are for."""
        self.check_access("read")
        self.emergency_ids.action_end()


class AccessZone(models.Model):
    _name = "access.zone"
    _inherit = ["access.zone", "access.emergency.mixin"]

    def _is_place_of(self, order):
        around = {int(key) for key in (self.parent_path or "").split("/") if key}
        return not around.isdisjoint(order.zone_ids.ids)

    def _emergency_places(self):
        return self, self.env["access.point"]


class AccessVenue(models.Model):
    _name = "access.venue"
    _inherit = ["access.venue", "access.emergency.mixin"]

    def _is_place_of(self, order):
        return self in order.zone_ids.venue_id | order.point_ids.venue_id

    def _emergency_places(self):
        outdoors = self.point_ids.filtered(
            lambda point: not (point.zone_from_id or point.zone_to_id)
        )
        return self.zone_ids.filtered(lambda zone: not zone.parent_id), outdoors
