import json
from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.access_base.access_policy import policy_from_document
from odoo.addons.access_base.access_policy.digest import (
    differences,
    entry_digests,
    policy_digests,
)

from .ir_http import GatewayError

# With more than these it is all wrong, and the whole is what helps.
MOST_TOLD = 100

# Where the entries of a section come from, by number; the others have no record.
_MODELS = {
    "venues": "access.venue",
    "bands": "access.band",
    "zones": "access.zone",
    "points": "access.point",
    "orders": "access.order",
    "rights": "access.right",
    "persons": "access.person",
    "devices": "access.device",
    "wiring": "access.point",
    "pin_keys": "access.venue",
}
_KEYS = ("pin_keys", "qr_key")


# pylint: disable=consider-merging-classes-inherited
class AccessGateway(models.Model):
    """Whether a gateway holds what it should, entry by entry.

    What it holds it tells as digests; they are held against those of the whole, which
    is compiled at this moment by the same code.
    """

    _inherit = "access.gateway"

    compared_at = fields.Datetime(readonly=True, copy=False)
    difference_count = fields.Integer(
        string="Differences",
        readonly=True,
        copy=False,
        help="In how much it holds other rules than it should.",
    )
    comparison = fields.Json(
        string="Differences Found", groups=fields.NO_ACCESS, copy=False
    )
    comparison_words = fields.Text(
        string="Comparison",
        compute="_compute_comparison_words",
        groups="access_base.group_manager,access_base.group_auditor",
    )

    @api.depends("comparison", "compared_at", "difference_count")
    @api.depends_context("lang", "uid")
    def _compute_comparison_words(self):
        for gateway in self:
            gateway.comparison_words = gateway._comparison_told()

    def _comparison_told(self):
        if not self.compared_at:
            return False
        if not self.difference_count:
            return self.env._(
                "Persons, credentials, rights, places, orders, devices, wiring and the "
                "keys of PINs and QR codes are just as they should be. When its rules "
                "end, and what happened elsewhere, is not compared."
            )
        lines = [
            self.env._("%(count)s differences.", count=self.difference_count),
            *(self._difference_told(*one) for one in self.sudo().comparison or ()),
        ]
        if self.difference_count > MOST_TOLD:
            lines.append(self.env._("… and more."))
        return "\n".join(lines)

    def _difference_told(self, section, key, found):
        what = self._entry_told(section, key)
        if found == "missing":
            return self.env._("%(what)s is not there", what=what)
        if found == "extra":
            return self.env._("%(what)s is there, but should not be", what=what)
        return self.env._("%(what)s is another one there", what=what)

    def _entry_told(self, section, key):
        titles = {
            "venues": self.env._("Venue"),
            "bands": self.env._("Time band"),
            "zones": self.env._("Zone"),
            "points": self.env._("Access point"),
            "orders": self.env._("Order"),
            "rights": self.env._("Right"),
            "persons": self.env._("Person"),
            "devices": self.env._("Device"),
            "wiring": self.env._("Wiring of"),
            "inputs": self.env._("Inputs of devices"),
            "pin_keys": self.env._("Key for PINs of"),
            "qr_key": self.env._("Key for QR codes"),
        }
        name = self._entry_name(section, key)
        return " ".join(filter(None, [titles.get(section, section), name]))

    def _entry_name(self, section, key):
        """Name an entry as who reads this may see it, else by its number."""
        model = _MODELS.get(section)
        if not (model and key.isdecimal() and len(key) < 10):
            return key
        record = self.env[model].with_context(active_test=False)
        record = record.search([("id", "=", int(key))])
        if model == "access.person":
            record = record.partner_id
        return record.display_name or key

    # -- orders of staff -----------------------------------------------------------

    def action_compare(self):
        """Have the gateway tell what it holds, and say what should be otherwise."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "online":
            raise UserError(self.env._("%(gateway)s is offline.", gateway=self.name))
        self.env["access.command"].sudo().create(
            {"kind": "compare", "gateway_id": self.id, "user_id": self.env.uid}
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("Sent to the gateway; its answer comes here."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_repair(self):
        """Have the gateway take the whole of the rules anew, and compare again."""
        self.ensure_one()
        self.check_access("write")
        self.sudo().write({"policy_snapshot": False, "policy_base_snapshot": False})
        return self.action_compare()

    # -- what the gateway tells ------------------------------------------------------

    def _compare(self, command_id, version, there):
        """Note in what a gateway's digests are other than they should be; how many."""
        command = self._command(command_id)
        if command.kind != "compare" or command.result:
            raise GatewayError(404, "command_unknown", "Nobody has asked for that.")
        if not self._is_newest(version):
            raise GatewayError(409, "rules_outdated", "There are newer rules.")
        here = self._digests(command.issued_at.replace(tzinfo=timezone.utc))
        found = differences(there, here)
        self.write(
            {
                "compared_at": fields.Datetime.now(),
                "difference_count": len(found),
                "comparison": found[:MOST_TOLD],
            }
        )
        return len(found)

    def _is_newest(self, version):
        """Tell whether rules of this version are all that there is to say now."""
        snapshot = (
            self._snapshot_of(version) if version == self.policy_version else None
        )
        if not snapshot:
            return False
        return self.env["access.policy.change"]._since(snapshot) is None

    def _digests(self, at):
        """Give what the gateway should hold at a moment."""
        document = json.loads(json.dumps(self._policy_document()))
        sections = (*self._wired(), *_KEYS)
        told = {name: entry_digests(document[name]) for name in sections}
        return policy_digests(policy_from_document(document), at) | told
