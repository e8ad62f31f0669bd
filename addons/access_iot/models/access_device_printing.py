from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

# Others may be printing at this moment; who waits longer for paper has gone.
PRINTED_WITHIN = timedelta(seconds=60)


class AccessDevice(models.Model):
    _inherit = "access.device"

    def action_print_test(self):
        """Print a slip by which one sees that letters and codes come out right."""
        self.check_access("write")
        for printer in self:
            printer._print(
                {
                    "title": printer.name,
                    "lines": [
                        self.env._("Test ticket: it opens nothing."),
                        "Æ Ø Å æ ø å  Ą Ł Ż ą ł ż  Ä Ö Ü ß  €",
                    ],
                    "barcode": "TEST",
                    "qr": "TEST",
                }
            )
        return self._sent()

    def _print(self, ticket):
        """Have a printer print a slip once, now or not at all; give the command.

        Its state says later what came of it. Who calls it sees to it that the user may.

        :param ticket: ``title``, ``lines``, ``barcode`` (as CODE128), ``qr`` and
            ``copies``; all but the title may be left out
        """
        self.ensure_one()
        if not (self.is_printer and self.active):
            raise UserError(self.env._("%(device)s prints nothing.", device=self.name))
        ends = fields.Datetime.now() + PRINTED_WITHIN
        return self._give_order("print", ticket=ticket, expires_at=ends)
