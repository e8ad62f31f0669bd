from odoo import fields, models

from . import waker
from .access_gateway_policy import WHOLE_EVERY


class AccessPolicyChange(models.Model):
    _inherit = "access.policy.change"

    def _mark(self, *args, **kwargs):
        result = super()._mark(*args, **kwargs)
        waker.pressing.after_commit(self.env.cr, waker.RULES)
        return result

    def _kept_snapshots(self):
        """Leave out those that no difference is based on any more."""
        gateways = self.env["access.gateway"].sudo().with_context(active_test=False)
        oldest = fields.Datetime.now() - WHOLE_EVERY
        compiled = gateways.search([("policy_whole_at", ">=", oldest)])
        return [
            *super()._kept_snapshots(),
            *compiled.mapped("policy_snapshot"),
            *compiled.mapped("policy_base_snapshot"),
        ]
