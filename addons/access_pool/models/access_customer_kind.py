from odoo import fields, models


class AccessCustomerKind(models.Model):
    """A kind of customers, such as "Child": prices and the colour of bands go by it."""

    _name = "access.customer.kind"
    _description = "Customer Kind"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="By this price lists know the kind. Stays that run keep it, so do not "
        "change it while the venue is open.",
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    type = fields.Selection(
        [("single", "Single"), ("group", "Group"), ("subscription", "Subscription")],
        required=True,
        default="single",
        help="How they come: with a ticket of their own, with a group, or with a card.",
    )
    band_color = fields.Char(
        string="Wristband", help="The colour of the wristbands of this kind."
    )
    wants_photo = fields.Boolean(
        string="Photo", help="Their photo shows at the till when their card is read."
    )

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "There is a customer kind of this code already."
    )
