from odoo import api, fields, models
from odoo.exceptions import ValidationError

HOLIDAY = "holiday"
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


class AccessDayKind(models.Model):
    """Days that have a price of their own, such as "Weekend and holidays".

    In documents each weekday is a kind and holidays are one, so that these may overlap.
    """

    _name = "access.day.kind"
    _description = "Kind of Days"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    monday = fields.Boolean()
    tuesday = fields.Boolean()
    wednesday = fields.Boolean()
    thursday = fields.Boolean()
    friday = fields.Boolean()
    saturday = fields.Boolean()
    sunday = fields.Boolean()
    holiday = fields.Boolean(
        string="Public Holidays",
        help="Of the venue. A holiday is none of the weekdays: a Monday off is for "
        "kinds of days with holidays alone.",
    )

    days_words = fields.Char(string="Days", compute="_compute_days_words")

    _name_unique = models.Constraint(
        "UNIQUE (company_id, name)", "There are days of this name already."
    )

    @api.depends(*WEEKDAYS, HOLIDAY)
    @api.depends_context("lang")
    def _compute_days_words(self):
        for kind in self:
            days = [name for name in (*WEEKDAYS, HOLIDAY) if kind[name]]
            labels = kind.fields_get(days, ["string"])
            kind.days_words = ", ".join(labels[name]["string"] for name in days)

    @api.constrains(*WEEKDAYS, HOLIDAY)
    def _check_any_day(self):
        for kind in self:
            if not kind._days():
                raise ValidationError(
                    self.env._("%(kind)s: choose a day at least.", kind=kind.name)
                )

    def _days(self):
        """Name its days as documents do."""
        return {name for name in (HOLIDAY, *WEEKDAYS) if any(self.mapped(name))}

    def _calendar_document(self, holidays):
        """Give the kinds of days of a document; the first that has a day counts."""
        return [
            {"name": HOLIDAY, "dates": [day.isoformat() for day in holidays]},
            *({"name": name, "weekdays": [n]} for n, name in enumerate(WEEKDAYS)),
        ]
