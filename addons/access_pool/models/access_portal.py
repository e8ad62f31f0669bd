from odoo import models


class AccessPortal(models.AbstractModel):
    _inherit = "access.portal"

    def _pool_cards(self, partner):
        """Give a member's season cards, those that still are good first."""
        company = self._company(partner)
        cards = self.env["access.pool.card"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        )
        return cards.sorted(
            lambda card: (card.is_blocked or card._has_ended(), -card.id)
        )
