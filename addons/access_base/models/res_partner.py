from odoo import fields, models

_POLICY_FIELDS = {"active", "category_id", "access_suspended", "access_right_ids"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    access_suspended = fields.Boolean(
        string="Suspended",
        tracking=True,
        help="A suspended person is refused everywhere, whatever rights say.",
    )
    access_credential_ids = fields.One2many(
        "access.credential", "partner_id", string="Credentials"
    )
    access_person_ids = fields.One2many("access.person", "partner_id")
    access_right_ids = fields.Many2many(
        "access.right", string="Personal Rights", copy=False
    )
    access_event_count = fields.Integer(
        string="Passages", compute="_compute_access_event_count"
    )

    def _compute_access_event_count(self):
        for partner in self:
            partner.access_event_count = self.env["access.event"].search_count(
                [("person_id", "in", partner.access_person_ids.ids)]
            )

    def write(self, vals):
        if not _POLICY_FIELDS.isdisjoint(vals):
            self.env["access.policy.change"].sudo()._mark()
        return super().write(vals)

    def action_view_access_events(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_event_action"
        )
        return action | {"domain": [("person_id", "in", self.access_person_ids.ids)]}

    def _ensure_access_person(self):
        """Give every contact a name in the log, if it has none yet."""
        missing = self.filtered(lambda partner: not partner.sudo().access_person_ids)
        self.env["access.person"].sudo().create(
            [{"partner_id": partner.id} for partner in missing]
        )


class ResPartnerCategory(models.Model):
    _inherit = "res.partner.category"

    def write(self, vals):
        if "partner_ids" in vals:
            self.env["access.policy.change"].sudo()._mark()
        return super().write(vals)

    def unlink(self):
        self.env["access.policy.change"].sudo()._mark()
        return super().unlink()


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        # It moves credentials and rights below the ORM.
        self.env["access.policy.change"].sudo()._mark()
        return super()._merge(partner_ids, dst_partner, extra_checks)
