from odoo import api, models
from odoo.exceptions import AccessError, UserError


class ResPartnerCategory(models.Model):
    _inherit = "res.partner.category"

    def write(self, vals):
        if "partner_ids" not in vals:
            return super().write(vals)
        every = self.with_context(active_test=False)  # archived contacts come back
        before = every.partner_ids
        result = super().write(vals)
        after = every.partner_ids
        if changed := (before - after) | (after - before):
            self.env["access.policy.change"].sudo()._mark(partners=changed.ids)
            self._check_may_change_holders()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_rights(self):
        if right := self._rights(limit=1):
            raise UserError(
                self.env._(
                    "This tag says who has the right %(right)s: "
                    "take it out there first.",
                    right=right.name,
                )
            )

    def _check_may_change_holders(self):
        """Refuse to give or take a tag that gives rights, but to reception."""
        is_reception = self.env.user.has_group("access_base.group_reception")
        if not (self.env.su or is_reception) and self._rights(limit=1):
            raise AccessError(
                self.env._("This tag gives rights to pass: ask reception to change it.")
            )

    def _rights(self, limit):
        rights = self.env["access.right"].sudo().with_context(active_test=False)
        return rights.search([("category_ids", "in", self.ids)], limit=limit)
