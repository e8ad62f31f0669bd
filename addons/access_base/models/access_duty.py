from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class AccessDuty(models.Model):
    """Who was on duty at a venue, and when."""

    _name = "access.duty"
    _description = "Duty"
    _order = "start desc, id desc"
    _rec_name = "user_id"

    venue_id = fields.Many2one(
        "access.venue", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="venue_id.company_id", store=True, index=True)
    user_id = fields.Many2one(
        "res.users", string="On Duty", required=True, readonly=True, ondelete="restrict"
    )
    start = fields.Datetime(string="From", required=True, readonly=True)
    stop = fields.Datetime(string="Until", readonly=True, help="Empty: still on duty.")

    _one_at_a_time = models.UniqueIndex(
        "(venue_id) WHERE stop IS NULL",
        "Somebody else has just gone on duty here: look again.",
    )
    _times = models.Index("(venue_id, start)")
    _order_of_times = models.Constraint(
        "CHECK (stop >= start)", "Duty cannot end before it begins."
    )


class AccessVenue(models.Model):
    _inherit = "access.venue"

    on_duty_id = fields.Many2one(
        "res.users", string="On Duty", compute="_compute_on_duty"
    )
    am_on_duty = fields.Boolean(compute="_compute_on_duty")

    @api.depends_context("uid")
    def _compute_on_duty(self):
        current = self._current_duty()
        users = {duty.venue_id.id: duty.user_id for duty in current}
        for venue in self:
            venue.on_duty_id = users.get(venue._origin.id)
            venue.am_on_duty = venue.on_duty_id == self.env.user

    def _current_duty(self):
        domain = [("venue_id", "in", self.ids), ("stop", "=", False)]
        return self.env["access.duty"].sudo().search(domain)

    def action_go_on_duty(self):
        """Take over the duty at these venues; who had it until now goes off."""
        self._check_may_be_on_duty()
        now = fields.Datetime.now()
        for venue in self.filtered(lambda venue: not venue.am_on_duty):
            venue._end_duty(now)
            self.env["access.duty"].sudo().create(
                {"venue_id": venue.id, "user_id": self.env.uid, "start": now}
            )
        self.invalidate_recordset(["on_duty_id", "am_on_duty"])

    def action_go_off_duty(self):
        self._check_may_be_on_duty()
        self.filtered("am_on_duty")._end_duty(fields.Datetime.now())
        self.invalidate_recordset(["on_duty_id", "am_on_duty"])

    def action_view_duty(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_duty_action"
        )
        return action | {"domain": [("venue_id", "in", self.ids)]}

    def _end_duty(self, now):
        # Whoever does this at the same moment waits here, fails to serialize and is
        # tried anew by Odoo: then they see the duty that began before theirs.
        self.env.execute_query(
            SQL(
                "UPDATE access_venue SET write_date = write_date"
                " WHERE id = ANY(%s) RETURNING id",
                self.ids,
            )
        )
        current = self._current_duty()
        current.stop = now
        current.flush_recordset()  # before the next one: there is one at a time

    def _check_may_be_on_duty(self):
        self.check_access("read")
        if not self.env.user.has_group("access_base.group_reception"):
            raise AccessError(self.env._("Only reception and operators are on duty."))
