from datetime import timedelta

from odoo import api, fields, models

WINDOW = timedelta(minutes=1)
PER_ADDRESS = 5
IN_ALL = 30


class AccessPairingAttempt(models.Model):
    """A wrong pairing code, kept to slow down who guesses."""

    _name = "access.pairing.attempt"
    _description = "Wrong Pairing Code"
    _log_access = False

    date = fields.Datetime(
        required=True, index=True, default=lambda self: fields.Datetime.now()
    )
    address = fields.Char(required=True)

    def _too_many(self, address):
        """Tell whether an address, or all together, must wait."""
        recent = self.search([("date", ">", fields.Datetime.now() - WINDOW)])
        same = recent.filtered(lambda attempt: attempt.address == address)
        return len(same) >= PER_ADDRESS or len(recent) >= IN_ALL

    @api.autovacuum
    def _gc_attempts(self):
        self.search([("date", "<", fields.Datetime.now() - WINDOW)]).unlink()
