from odoo import fields, models
from odoo.tools import SQL


class AccessKey(models.Model):
    """The secrets of a company: what hides PINs, what signs rotating codes.

    In a table of their own to which nobody has access, so that no read or export of a
    company can carry them. ``_of`` is the only way to them.
    """

    _name = "access.key"
    _description = "Secret Key"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    kind = fields.Selection(
        [("pin", "PINs"), ("qr", "Rotating QR Codes")], required=True
    )
    value = fields.Char(required=True, groups=fields.NO_ACCESS)

    _once = models.Constraint(
        "UNIQUE (company_id, kind)", "A company has one key of each kind."
    )

    def _of(self, company, kind, make):
        """Give the key of a company; ``make`` it on first use.

        Below the ORM, which would keep it in memory and tell it in errors.
        """
        company.ensure_one()
        self._run(
            "SELECT value FROM access_key WHERE company_id = %s AND kind = %s",
            *(company.id, kind),
        )
        if found := self.env.cr.fetchone():
            return found[0]
        # Whoever makes it at the same moment fails to serialize and is tried anew.
        self._run(
            "INSERT INTO access_key (company_id, kind, value) VALUES (%s, %s, %s)"
            " ON CONFLICT (company_id, kind) DO NOTHING RETURNING value",
            *(company.id, kind, make()),
        )
        return self.env.cr.fetchone()[0]

    def _run(self, query, *values):
        self.env.cr.execute(SQL(query, *values), log_exceptions=False)
