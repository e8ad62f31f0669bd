from odoo import models
from odoo.exceptions import AccessError, UserError


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        self._check_may_merge_access(self.env["res.partner"].browse(partner_ids))
        # It moves credentials and rights below the ORM.
        self.env["access.policy.change"].sudo()._mark(partners=partner_ids)
        for company in self.env["res.company"].sudo().search([]):
            company.access_facts_version += 1
        return super()._merge(partner_ids, dst_partner, extra_checks)

    def _check_may_merge_access(self, partners):
        """Refuse to join one's cards with another's rights, but to operators.

        With a guest's nobody joins theirs: the next one would be somebody else.
        """
        if any(partners.sudo().mapped("access_is_guest")):
            raise UserError(self.env._("A guest is not merged with other contacts."))
        if self.env.su or self.env.user.has_group("access_base.group_operator"):
            return
        if any(partner._is_known_to_access() for partner in partners):
            raise AccessError(
                self.env._(
                    "One of them has credentials, rights or passages, or is suspended: "
                    "ask an operator to merge."
                )
            )
