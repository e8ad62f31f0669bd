from werkzeug.exceptions import NotFound

from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.access_base.controllers.portal import ACT, HOME, READ, AccessPortal


class PoolPortal(AccessPortal):
    """A member's season cards, how they are topped up, and the bands that are out."""

    @route(f"{HOME}/cards", **READ)
    def my_access_cards(self, **_kw):
        return self._cards_page()

    @route(f"{HOME}/cards/<int:card_id>/pay", **ACT)
    def access_card_pay(self, card_id, product_id="", **_kw):
        portal, partner = self._access_of_member()
        cards = portal._pool_cards(partner)
        card = cards.filtered(lambda one: one.id == card_id)
        if not card:
            raise NotFound()
        try:
            with request.env.cr.savepoint():
                address = card.with_company(card.company_id)._pay_online(product_id)
        except UserError as error:
            return self._cards_page(error_card=card, error=str(error))
        return request.redirect(address)

    def _cards_page(self, **values):
        portal, partner = self._access_of_member()
        cards = portal._pool_cards(partner)
        values = {"error_card": cards.browse(), "error": "", **values}
        return self._page("cards", module="access_pool", pool_cards=cards, **values)

    def _page(self, name, **values):
        portal, partner = self._access_of_member()
        values["has_pool_cards"] = bool(portal._pool_cards(partner))
        return super()._page(name, **values)
