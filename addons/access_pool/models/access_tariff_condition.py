from odoo import api, fields, models
from odoo.tools import format_duration

# Of who is archived: a price for them must not become one for everybody.
ALL = {"active_test": False}


class AccessTariffCondition(models.AbstractModel):
    """For whom, where and when something of a price list holds; empty is any."""

    _name = "access.tariff.condition"
    _description = "Condition in a Price List"

    kind_ids = fields.Many2many(
        "access.customer.kind",
        string="For",
        ondelete="restrict",
        check_company=True,
        context=ALL,
        help="Empty: all customers.",
    )
    ticket_type_ids = fields.Many2many(
        "access.ticket.type",
        string="With Ticket",
        ondelete="restrict",
        check_company=True,
        context=ALL,
        help="Empty: with any ticket, and without one.",
    )
    zone_ids = fields.Many2many(
        "access.zone",
        string="In",
        ondelete="restrict",
        check_company=True,
        domain="[('venue_id', '=', venue_id)]",
        help="With the zones inside them. Empty: everywhere.",
    )
    day_kind_ids = fields.Many2many(
        "access.day.kind",
        string="On",
        ondelete="restrict",
        check_company=True,
        context=ALL,
        help="Empty: every day.",
    )
    hour_from = fields.Float(string="From")
    hour_to = fields.Float(
        string="To",
        default=24.0,
        help="By the clock of the venue. Hours that end before they begin end on the "
        "next day.",
    )
    condition_words = fields.Char(string="When", compute="_compute_condition_words")

    _hours_of_a_day = models.Constraint(
        "CHECK (round(hour_from * 60) BETWEEN 0 AND 1439"
        " AND round(hour_to * 60) BETWEEN 0 AND 1440)",
        "Hours of a price list lie between 00:00 and 24:00.",
    )
    _hours_last = models.Constraint(
        "CHECK (round(hour_from * 60) <> round(hour_to * 60))",
        "Hours begin and end at the same minute. The whole day is 00:00 to 24:00.",
    )

    @api.depends(
        "kind_ids.name",
        "ticket_type_ids.name",
        "zone_ids.name",
        "day_kind_ids.name",
        "hour_from",
        "hour_to",
    )
    @api.depends_context("lang")
    def _compute_condition_words(self):
        for one in self:
            words = [
                "/".join(records.mapped("name"))
                for records in (
                    one.kind_ids,
                    one.ticket_type_ids,
                    one.zone_ids,
                    one.day_kind_ids,
                )
                if records
            ]
            if one._minutes():
                hours = one.hour_from, one.hour_to
                words.append("–".join(map(format_duration, hours)))
            one.condition_words = " ".join(words)

    def _where_document(self):
        found = {}
        if self.kind_ids:
            found["kinds"] = sorted(self.kind_ids.mapped("code"))
        if self.ticket_type_ids:
            found["tickets"] = [str(one) for one in sorted(self.ticket_type_ids.ids)]
        zones = self._zones()
        if zones is not None:
            found["zones"] = sorted(zones.ids)
        if self.day_kind_ids:
            found["days"] = sorted(self.day_kind_ids._days())
        if minutes := self._minutes():
            found["hours"] = [minutes]
        return found

    def _zones(self):
        """Give its zones with those inside them; ``None`` is everywhere."""
        return self._with_inner(self.zone_ids) if self.zone_ids else None

    def _with_inner(self, zones):
        return zones.search([("id", "child_of", zones.ids)])

    def _minutes(self):
        """Give the minutes of the day, or nothing where it is the whole day."""
        minutes = [round(hour * 60) for hour in (self.hour_from, self.hour_to)]
        return [] if minutes == [0, 24 * 60] else minutes
