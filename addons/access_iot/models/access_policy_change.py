from odoo import models


class AccessPolicyChange(models.Model):
    _inherit = "access.policy.change"

    def _kept_snapshots(self):
        gateways = self.env["access.gateway"].sudo().with_context(active_test=False)
        return super()._kept_snapshots() + gateways.search([]).mapped("policy_snapshot")
