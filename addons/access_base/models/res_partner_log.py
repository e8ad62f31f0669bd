from datetime import datetime, timedelta, timezone

from odoo import fields, models
from odoo.fields import Domain

LAST_PASSAGES = 10


class ResPartner(models.Model):
    """A contact at a glance: what they may, what they used up, where they are."""

    _inherit = "res.partner"

    access_held_right_ids = fields.Many2many(
        "access.right",
        string="Rights They Have",
        compute="_compute_access_held_right_ids",
        groups="access_base.group_user",
        help="Of their own, of their tags, plans and tickets, and of everyone.",
    )
    access_good_ticket_ids = fields.Many2many(
        "access.ticket",
        string="Tickets They Have",
        compute="_compute_access_good_ticket_ids",
        groups="access_base.group_user",
    )
    access_whereabouts = fields.Char(
        string="Where Now",
        compute="_compute_access_whereabouts",
        groups="access_base.group_user",
    )
    access_limit_ids = fields.Many2many(
        "access.limit.report",
        string="Entries This Month",
        compute="_compute_access_limit_ids",
        groups="access_base.group_user",
    )
    access_last_event_ids = fields.Many2many(
        "access.event",
        string="Last Passages",
        compute="_compute_access_last_event_ids",
        groups="access_base.group_user",
    )

    def _compute_access_held_right_ids(self):
        everyones = Domain("everyone", "=", True)
        for partner in self:
            held = Domain("id", "in", partner._access_granted_right_ids())
            rights = self.env["access.right"].search(held | everyones)
            partner.access_held_right_ids = rights

    def _access_granted_right_ids(self):
        """Give the rights of the rules themselves that have begun and not ended.

        Grace counts as far as any venue gives it.
        """
        self.env.flush_all()
        persons = self.access_person_ids.sorted("id")[:1]
        rules = self.env["access.policy"].sudo()
        now = fields.Datetime.now()
        rights = []
        for company in self.env.companies:
            venues = self.env["access.venue"].sudo()
            venues = venues.search([("company_id", "=", company.id)])
            grace = timedelta(days=max(venues.mapped("grace_days"), default=0))
            for _person, entry in rules._person_entries(company, persons.ids):
                for grant in entry["rights"]:
                    period = grant if isinstance(grant, dict) else {"right": grant}
                    if _is_held(period, now, grace):
                        rights.append(period["right"])
        return rights

    def _compute_access_good_ticket_ids(self):
        for partner in self:
            partner.access_good_ticket_ids = partner.access_ticket_ids.filtered(
                lambda ticket: ticket.state in ("valid", "not_yet")
            )

    def _compute_access_whereabouts(self):
        for partner in self:
            presence = self.env["access.presence"].search(
                [("person_id", "in", partner.access_person_ids.ids)], limit=1
            )
            partner.access_whereabouts = presence._words()

    def _compute_access_limit_ids(self):
        month = fields.Date.context_today(self).replace(day=1)
        reports = self.env["access.limit.report"].search(
            [("month", "=", month), ("partner_id", "in", self.ids)]
        )
        for partner in self:
            partner.access_limit_ids = reports.filtered(
                lambda report, partner=partner: report.partner_id == partner
            )

    def _compute_access_last_event_ids(self):
        for partner in self:
            partner.access_last_event_ids = self.env["access.event"].search(
                [("person_id", "in", partner.access_person_ids.ids)],
                limit=LAST_PASSAGES,
            )

    def action_correct_presence(self):
        """Open the dialog that says where this person really is."""
        return self._access_dialog(
            "access.presence.correction", self.env._("Correct Presence")
        )

    def action_record_entry(self):
        """Open the dialog that records an entry which no reader saw."""
        return self._access_dialog("access.manual.entry", self.env._("Record Entry"))

    def _access_dialog(self, model, name):
        self.ensure_one()
        dialog = self.env[model].create({"partner_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "res_id": dialog.id,
            "views": [(False, "form")],
            "target": "new",
        }


def _is_held(period, now, grace):
    """Tell whether a grant holds at a time, as the ORM has it."""
    at = now.replace(tzinfo=timezone.utc)
    begin, end = period.get("valid_from"), period.get("valid_to")
    if begin and at < datetime.fromisoformat(begin):
        return False
    grace = grace if period.get("grace") else timedelta()
    return not end or at - grace < datetime.fromisoformat(end)
