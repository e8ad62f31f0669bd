from odoo.http import route

from odoo.addons.access_base.controllers.portal import HOME, READ, AccessPortal


class PoolPortal(AccessPortal):
    """A member's season cards, and the bands that are out against them."""

    @route(f"{HOME}/cards", **READ)
    def my_access_cards(self, **_kw):
        portal, partner = self._access_of_member()
        cards = portal._pool_cards(partner)
        return self._page("cards", module="access_pool", pool_cards=cards)

    def _page(self, name, **values):
        portal, partner = self._access_of_member()
        values["has_pool_cards"] = bool(portal._pool_cards(partner))
        return super()._page(name, **values)
