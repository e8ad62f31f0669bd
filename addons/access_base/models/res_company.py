from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    access_rules_version = fields.Integer(
        readonly=True,
        help="Raised whenever venues, zones or time bands of the company change.",
    )
    access_staff_journal_id = fields.Many2one(
        "access.journal",
        readonly=True,
        copy=False,
        help="Of what staff record by hand.",
    )

    def _ensure_staff_journal(self):
        if not self.access_staff_journal_id:
            self.access_staff_journal_id = self.env["access.journal"].create(
                {"name": self.env._("Staff"), "company_id": self.id}
            )
        return self.access_staff_journal_id
