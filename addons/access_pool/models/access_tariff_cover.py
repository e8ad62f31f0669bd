from odoo import api, fields, models


class AccessTariffCover(models.Model):
    """What pays for time: a ticket, a package, a stamp, the price of a family."""

    _name = "access.tariff.cover"
    _inherit = ["access.tariff.named", "access.tariff.priced"]
    _description = "Ticket or Package of a Price List"

    type = fields.Selection(
        [
            ("nothing", "Ticket or stamp"),
            ("minutes", "Package of minutes"),
            ("entries", "Package of entries"),
            ("group", "Family or group"),
        ],
        required=True,
        default="nothing",
    )
    clock_ids = fields.Many2many(
        "access.tariff.clock",
        string="Pays for",
        ondelete="restrict",
        domain="[('tariff_id', '=', tariff_id)]",
        help="The clocks whose time it pays for. Empty: all.",
    )
    minutes = fields.Integer(
        string="First Minutes", help="It pays for so many minutes. 0: for all."
    )
    unit = fields.Integer(
        string="Taken by",
        default=1,
        help="From a package so many minutes at a time are taken.",
    )
    place_ids = fields.One2many(
        "access.tariff.place", "cover_id", string="Persons", copy=True
    )
    case_ids = fields.One2many(
        "access.tariff.case", "cover_id", string="Other Prices", copy=True
    )

    _name_of_its_own = models.Constraint(
        "UNIQUE (tariff_id, name)",
        "Two tickets, packages or groups of a price list have one name.",
    )
    _minutes_not_negative = models.Constraint(
        "CHECK (coalesce(minutes, 0) >= 0)", "Minutes cannot be negative."
    )
    _unit_at_least_one = models.Constraint(
        "CHECK (unit > 0)", "A package is taken by a minute at least."
    )
    _price_not_negative = models.Constraint(
        "CHECK (price >= 0)", "A price cannot be negative."
    )

    def _cover_document(self):
        clocks = self.clock_ids or self.tariff_id.clock_ids
        document = {
            "name": self.name,
            "clocks": sorted(clocks.mapped("name")),
            "minutes": self.minutes or None,
        }
        if self.type == "group":
            return document | {
                "places": [place._place_document() for place in self.place_ids],
                "price": self._price_document(),
                "product": self._product_document(),
            }
        if self.type == "minutes":
            document["minutes"] = None
        return document | {"counts": self.type, "unit": self.unit}


class AccessTariffPlace(models.Model):
    """How many persons of some kinds a family or group takes."""

    _name = "access.tariff.place"
    _inherit = "access.tariff.part"
    _description = "Places in a Group"
    _order = "sequence, id"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    cover_id = fields.Many2one(
        "access.tariff.cover", required=True, index=True, ondelete="cascade"
    )
    tariff_id = fields.Many2one(
        related="cover_id.tariff_id", store=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    kind_ids = fields.Many2many(
        "access.customer.kind",
        string="Who",
        ondelete="restrict",
        check_company=True,
        context={"active_test": False},
        help="Empty: anybody.",
    )
    least = fields.Integer(string="At Least")
    most = fields.Integer(string="At Most", required=True, default=1)

    _least_and_most = models.Constraint(
        "CHECK (coalesce(least, 0) BETWEEN 0 AND most)",
        "At least so many persons cannot be more than at most so many.",
    )

    @api.depends("kind_ids.name", "least", "most")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for place in self:
            who = "/".join(place.kind_ids.mapped("name")) or self.env._("anybody")
            place.display_name = f"{place.least}–{place.most} {who}"

    def _place_document(self):
        kinds = sorted(self.kind_ids.mapped("code"))
        document = {"least": self.least, "most": self.most}
        return document | {"kinds": kinds} if kinds else document
