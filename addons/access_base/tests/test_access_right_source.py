from odoo import fields, models
from odoo.fields import Command
from odoo.orm.model_classes import add_to_registry

from .common import AccessCommon


class Permit(models.Model):
    """What a real source looks like: it says which rights it gives now."""

    _name = "access.test.permit"
    _inherit = "access.right.source"
    _description = "Permit"
    _module = "access_base"

    name = fields.Char()
    active = fields.Boolean(default=True)
    partner_id = fields.Many2one("res.partner")
    zone_id = fields.Many2one("access.zone")

    def _right_fields(self):
        return super()._right_fields() | {"partner_id", "zone_id"}

    def _right_values(self):
        if not (self.active and self.zone_id):
            return {}
        return {
            "zone": {
                "name": self.name,
                "company_id": self.zone_id.company_id.id,
                "partner_ids": [Command.set(self.partner_id.ids)],
                "zone_ids": [Command.set(self.zone_id.ids)],
            }
        }


class TestAccessRightSource(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        add_to_registry(cls.registry, Permit)
        cls.registry._setup_models__(cls.env.cr, [])
        cls.registry.init_models(cls.env.cr, [Permit._name], {"module": "access_base"})
        cls.addClassCleanup(cls._forget_permit)
        cls._card()

    @classmethod
    def _forget_permit(cls):
        del cls.registry.models[Permit._name]
        cls.registry._setup_models__(cls.env.cr, [])

    def _permit(self, **values):
        return self.env[Permit._name].create(
            {
                "name": "Permit",
                "partner_id": self.anna.id,
                "zone_id": self.gym.id,
                **values,
            }
        )

    def test_source_gives_rights(self):
        permit = self._permit()
        self.assertEqual(self._decide(), "right")
        self.assertEqual(permit.right_ids.source_name, "Permit")

    def test_rights_follow_their_source(self):
        permit = self._permit()
        right = permit.right_ids
        permit.partner_id = self.env["res.partner"].create({"name": "Jan"})
        self.assertEqual(permit.right_ids, right)
        self.assertEqual(self._decide(), "no_right")

    def test_what_it_gives_no_longer_is_archived_and_comes_back(self):
        permit = self._permit()
        right = permit.right_ids
        permit.active = False
        self.assertFalse(right.active)
        self.assertEqual(self._decide(), "no_right")
        permit.active = True
        self.assertEqual(permit.right_ids, right)
        self.assertEqual(self._decide(), "right")

    def test_nothing_is_written_when_nothing_changed(self):
        permit = self._permit()
        self.assertFalse(self._marks(permit._sync_rights))

    def test_rights_end_with_their_source(self):
        right = self._permit().right_ids
        right._source().unlink()
        self.assertFalse(right.exists())
        self.assertEqual(self._decide(), "no_right")

    def test_rights_in_the_log_stay_readable(self):
        right = self._permit().right_ids
        self._passage(right=right.id)
        right._source().unlink()
        self.assertFalse(right.active)
        self.assertFalse(right.source_name)
