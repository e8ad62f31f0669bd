from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.access_base.models.access_snapshot import Snapshot

from . import waker
from .access_gateway_policy import WHOLE_EVERY


class AccessPolicyChange(models.Model):
    _inherit = "access.policy.change"

    def _mark(self, *args, **kwargs):
        result = super()._mark(*args, **kwargs)
        waker.pressing.after_commit(self.env.cr, waker.RULES)
        return result

    def _first_since(self, snapshot):
        """Give when the first change was made that a snapshot did not see, or none."""
        unseen = Snapshot.read(snapshot).unseen("transaction_number")
        query = SQL("SELECT min(date) FROM access_policy_change WHERE %s", unseen)
        [(first,)] = self.env.execute_query(query)
        return first

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
