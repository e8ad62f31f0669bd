from odoo import api, fields, models

# What a printer can print and a reader can read from paper.
PRINTED = ("barcode", "qr")


class AccessTicketPrint(models.TransientModel):
    """Asks on which printer a ticket is printed, and with which code."""

    _name = "access.ticket.print"
    _description = "Print a Ticket"
    _check_company_auto = True

    ticket_id = fields.Many2one("access.ticket", required=True, readonly=True)
    company_id = fields.Many2one(related="ticket_id.company_id")
    partner_id = fields.Many2one(related="ticket_id.partner_id")
    printer_id = fields.Many2one(
        "access.device",
        compute="_compute_printer_id",
        compute_sudo=False,
        precompute=True,
        store=True,
        readonly=False,
        required=True,
        check_company=True,
        domain="[('is_printer', '=', True), ('company_id', '=', company_id)]",
    )
    credential_id = fields.Many2one(
        "access.credential",
        string="Code",
        compute="_compute_credential_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain=f"[('partner_id', '=', partner_id), ('kind', 'in', {PRINTED}),"
        " ('state', '=', 'active')]",
        help="The holder's barcode or QR code, by which readers know the slip.",
    )

    @api.depends("ticket_id")
    def _compute_printer_id(self):
        """The only one there is, else the one that the user printed on last."""
        for dialog in self:
            printers = self.env["access.device"].search(
                [
                    ("is_printer", "=", True),
                    ("company_id", "=", dialog.ticket_id.company_id.id),
                ]
            )
            mine = [("kind", "=", "print"), ("user_id", "=", self.env.uid)]
            if len(printers) > 1:
                mine.append(("device_id", "in", printers.ids))
                printers = self.env["access.command"].search(mine, limit=1).device_id
            dialog.printer_id = printers

    @api.depends("ticket_id")
    def _compute_credential_id(self):
        for dialog in self:
            held = dialog.ticket_id.partner_id.access_credential_ids.filtered(
                lambda one: one.kind in PRINTED
                and one.state == "active"
                and one.validity != "expired"
            )
            dialog.credential_id = held[:1]

    def action_print(self):
        self.ensure_one()
        self.ticket_id.check_access("write")
        self.ticket_id._check_not_over()
        self.printer_id._print(self.ticket_id._slip(self.credential_id))
        return self.printer_id._sent()
