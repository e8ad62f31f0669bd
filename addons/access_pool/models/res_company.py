from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    access_exit_ticket_type_id = fields.Many2one(
        "access.ticket.type",
        string="Exit Ticket",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="What opens gates where one leaves only with an exit ticket.",
    )

    def _access_exit_ticket_type(self):
        """Give the type of exit tickets; make it with the first one."""
        self.ensure_one()
        company = self.sudo()
        if not company.access_exit_ticket_type_id:
            company.access_exit_ticket_type_id = self.env["access.ticket.type"].create(
                {
                    # A venue may have a type of its own that it calls "Exit".
                    "name": self.env._(
                        "Exit: %(name)s (%(id)s)", name=self.name, id=self.id
                    ),
                    "company_id": self.id,
                    "entries": 1,
                    "sequence": 100,
                }
            )
        return company.access_exit_ticket_type_id
