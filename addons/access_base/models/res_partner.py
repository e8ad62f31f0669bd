from odoo import api, fields, models
from odoo.exceptions import AccessError

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

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            partner._check_may_give_access(vals, self.env["res.partner.category"])
        return partners

    def write(self, vals):
        if _POLICY_FIELDS.isdisjoint(vals):
            return super().write(vals)
        tags = {partner: partner.category_id for partner in self}
        result = super().write(vals)
        self.env["access.policy.change"].sudo()._mark()
        for partner in self:
            partner._check_may_give_access(vals, tags[partner])
        return result

    def _check_may_give_access(self, vals, tags_before):
        """Refuse those who may edit contacts, but not who passes which door."""
        if self.env.su:
            return
        user = self.env.user
        if vals.get("access_right_ids") and not user.has_group(
            "access_base.group_operator"
        ):
            raise AccessError(self.env._("Only operators may give rights."))
        if user.has_group("access_base.group_reception"):
            return
        if vals.get("access_suspended") is not None:
            raise AccessError(
                self.env._("Only reception may suspend a person or end it.")
            )
        changed = (tags_before | self.category_id) - (tags_before & self.category_id)
        if changed and self.env["access.right"].sudo().search_count(
            [("category_ids", "in", changed.ids)], limit=1
        ):
            raise AccessError(
                self.env._("This tag gives rights to pass: ask reception to change it.")
            )

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
        if "partner_ids" not in vals:
            return super().write(vals)
        # As if the contacts had been changed, with the same checks.
        tags = {partner: partner.category_id for partner in self.partner_ids}
        result = super().write(vals)
        self.env["access.policy.change"].sudo()._mark()
        self.env.flush_all()
        for partner in self.partner_ids | self.env["res.partner"].union(*tags):
            before = tags.get(partner, partner.category_id - self)
            partner._check_may_give_access({}, before)
        return result

    def unlink(self):
        self.env["access.policy.change"].sudo()._mark()
        return super().unlink()


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        # It moves credentials and rights below the ORM.
        self.env["access.policy.change"].sudo()._mark()
        return super()._merge(partner_ids, dst_partner, extra_checks)
