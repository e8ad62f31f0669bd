import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.access_base.access_policy import CredentialError
from odoo.addons.access_base.models.access_credential_number import DESK_READERS


class AccessWristbandRegistration(models.TransientModel):
    """Hold band after band to the desk reader: each gets the next number."""

    _name = "access.wristband.registration"
    _description = "Registration of Wristbands"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    kind_id = fields.Many2one(
        "access.customer.kind",
        string="For",
        help="Its colour says for whom it is. Empty: for anybody.",
    )
    next_number = fields.Char(
        required=True,
        default=lambda self: self._default_next_number(),
        help="What is printed on the next band.",
    )
    desk_scan = fields.Char(
        store=False, help="What a desk reader typed into the open form."
    )
    line_ids = fields.One2many(
        "access.wristband.registration.line", "registration_id", string="Bands"
    )

    @api.model
    def _default_next_number(self):
        bands = self.env["access.wristband"].with_context(active_test=False)
        ours = [("company_id", "=", self.env.company.id)]
        last = bands.search(ours, order="number desc", limit=1)
        return _after(last.number) if last else "A-001"

    @api.onchange("desk_scan")
    def _onchange_desk_scan(self):
        scan, self.desk_scan = self.desk_scan, False
        if not scan:
            return None
        try:
            value = DESK_READERS[self.company_id.access_desk_reader or "hex"].uid(scan)
        except CredentialError as error:
            return {"warning": self.env["access.credential"]._misread(error)}
        company = self.company_id._origin
        company.check_access("read")
        known = self.env["access.wristband"].sudo()._read(company, value)
        if known or value in self.line_ids.mapped("value"):
            return {"warning": self._known(known)}
        line = {"number": self.next_number, "value": value}
        self.line_ids = [Command.create(line)]
        self.next_number = _after(self.next_number)
        return None

    def _known(self, band):
        number = band.number or self.env._("in this list")
        return {
            "title": self.env._("Registered already"),
            "message": self.env._("This band is %(number)s.", number=number),
        }

    def action_register(self):
        """Make the bands, all or none."""
        self.ensure_one()
        if not self.line_ids:
            raise UserError(self.env._("Hold a band to the reader first."))
        bands = self.env["access.wristband"].create(
            [
                {
                    "number": line.number,
                    "value": line.value,
                    "kind_id": self.kind_id.id,
                    "company_id": self.company_id.id,
                }
                for line in self.line_ids
            ]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_pool.access_wristband_action"
        )
        return action | {"domain": [("id", "in", bands.ids)], "context": {}}


class AccessWristbandRegistrationLine(models.TransientModel):
    _name = "access.wristband.registration.line"
    _description = "Wristband to Be Registered"

    registration_id = fields.Many2one(
        "access.wristband.registration", required=True, index=True, ondelete="cascade"
    )
    number = fields.Char(required=True)
    value = fields.Char(string="Chip", required=True)


def _after(number):
    """Give the number after one, as long as it: A-009 is followed by A-010.

    >>> _after("A-009"), _after("99"), _after("Red")
    ('A-010', '100', 'Red-1')
    """
    digits = re.search(r"\d*$", number).group()
    if not digits:
        return f"{number}-1"
    return f"{number[: -len(digits)]}{int(digits) + 1:0{len(digits)}d}"
