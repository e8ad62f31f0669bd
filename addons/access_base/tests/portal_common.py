from odoo.tests import new_test_user

from .common import AccessCommon


class PortalCommon(AccessCommon):
    """Anna, who holds a card and a right, and Bob, who has nothing; both may log in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.country_id = cls.env.ref("base.pl")
        cls.bob = cls.env["res.partner"].create({"name": "Bob Lis"})
        cls.member = cls._portal_user("anna", cls.anna)
        cls.stranger = cls._portal_user("bob", cls.bob)
        cls.right = cls._right()
        cls.card = cls._card()

    @classmethod
    def _portal_user(cls, login, partner):
        return new_test_user(
            cls.env,
            login,
            groups="base.group_portal",
            password=f"{login}-password",
            partner_id=partner.id,
        )

    @classmethod
    def _key(cls, kind, value=False, partner=None, **values):
        return cls._card(partner, value, kind=kind, venue_id=cls.venue.id, **values)

    @classmethod
    def _portal(cls, user=None):
        """Give what the controller calls, and for whom."""
        user = user or cls.member
        portal = cls.env(user=user)["access.portal"].sudo()
        return portal, portal.env.user.partner_id
