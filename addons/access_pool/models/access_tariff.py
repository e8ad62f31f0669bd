import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tools import format_amount

from odoo.addons.access_base.access_tariff import (
    Code,
    DocumentError,
    Misfit,
    tariff_from_document,
)
from odoo.addons.access_base.access_tariff.document import FORMAT

from .access_tariff_part import WHOLE


class AccessTariff(models.Model):
    """A price list of a venue. ``access_tariff`` calculates with its document."""

    _name = "access.tariff"
    _inherit = ["access.tariff.part", "mail.thread"]
    _description = "Price List"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    venue_id = fields.Many2one(
        "access.venue",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["access.venue"].search([], limit=1),
    )
    company_id = fields.Many2one(related="venue_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    note = fields.Text(string="Notes")

    clock_ids = fields.One2many(
        "access.tariff.clock", "tariff_id", string="Clocks", copy=True
    )
    cover_ids = fields.One2many(
        "access.tariff.cover", "tariff_id", string="Tickets and Packages"
    )
    adjustment_ids = fields.One2many(
        "access.tariff.adjustment", "tariff_id", string="Discounts and Limits"
    )

    day_starts = fields.Float(
        string="Day Begins",
        help="When the opening day begins: until then the night belongs to the day "
        "before.",
    )
    exit_grace = fields.Integer(
        string="Time to Leave",
        default=15,
        help="For so many minutes after payment nothing more is due.",
    )
    rounding = fields.Monetary(
        string="Round Totals to",
        help="Totals are rounded to multiples of it. 0: they are not.",
    )
    rounding_product_id = fields.Many2one(
        "product.product",
        string="Rounding Sold as",
        ondelete="restrict",
        check_company=True,
    )
    lost = fields.Selection(
        [
            ("nothing", "Nothing"),
            ("fee", "A fee"),
            ("limit", "The credit limit of the band"),
        ],
        string="Costs",
        required=True,
        default="nothing",
    )
    lost_price = fields.Monetary(string="Fee")
    lost_case_ids = fields.One2many(
        "access.tariff.case", "lost_tariff_id", string="Other Fees", copy=True
    )
    lost_instead = fields.Boolean(
        string="Instead of the Time",
        help="The time is not charged, as it is known by the lost band alone.",
    )
    lost_product_id = fields.Many2one(
        "product.product",
        string="Lost Band Sold as",
        ondelete="restrict",
        check_company=True,
    )

    version_ids = fields.One2many(
        "access.tariff.version", "tariff_id", string="Versions"
    )
    version_count = fields.Integer(compute="_compute_version_count")

    _name_of_its_own = models.Constraint(
        "UNIQUE (venue_id, name)", "The venue has a price list of this name already."
    )
    _day_starts_in_a_day = models.Constraint(
        "CHECK (round(coalesce(day_starts, 0) * 60) BETWEEN 0 AND 1439)",
        "The opening day begins between 00:00 and 23:59.",
    )
    _not_negative = models.Constraint(
        "CHECK (least(exit_grace, rounding, lost_price) >= 0)",
        "Minutes and amounts cannot be negative.",
    )

    @api.depends("version_ids")
    def _compute_version_count(self):
        counts = dict(
            self.env["access.tariff.version"]._read_group(
                [("tariff_id", "in", self.ids)], ["tariff_id"], ["__count"]
            )
        )
        for tariff in self:
            tariff.version_count = counts.get(tariff, 0)

    def copy_data(self, default=None):
        """Name the copy apart."""
        return [
            vals | {"name": self.env._("%(name)s (copy)", name=tariff.name)}
            if "name" not in (default or {})
            else vals
            for tariff, vals in zip(self, super().copy_data(default), strict=True)
        ]

    def copy(self, default=None):
        """Copy what is about clocks once there are the clocks of the copy."""
        copies = super().copy(default)
        for tariff, new in zip(self, copies, strict=True):
            old_clocks = tariff._sorted("clock_ids")
            clocks = dict(zip(old_clocks, new._sorted("clock_ids"), strict=True))
            for part in [*tariff.cover_ids, *tariff.adjustment_ids]:
                ids = [clocks[clock].id for clock in part.clock_ids]
                part.copy({"tariff_id": new.id, "clock_ids": [Command.set(ids)]})
        return copies

    def unlink(self):
        """Begin with what is about clocks, which holds these."""
        tariffs = self.with_context(**{WHOLE: True})
        tariffs.adjustment_ids.unlink()
        tariffs.cover_ids.unlink()
        return super().unlink()

    def action_ask(self):
        """Open the question what a stay costs."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Does It Cost?"),
            "res_model": "access.tariff.question",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_tariff_id": self[:1].id},
        }

    def action_view_versions(self):
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Versions"),
            "res_model": "access.tariff.version",
            "view_mode": "list,form",
            "domain": [("tariff_id", "in", self.ids)],
        }

    def _use(self):
        """Give the version of the list as it is now, for a stay that begins."""
        self.ensure_one()
        tariff = self.sudo()
        document = json.dumps(tariff._document(), sort_keys=True, separators=(",", ":"))
        digest = sha256(document.encode()).hexdigest()
        return tariff.version_ids._ensure(tariff, document, digest)

    # -- document ------------------------------------------------------

    def _document(self):
        """Give the list as ``tariff_from_document`` reads it."""
        self.ensure_one()
        covers = self._sorted("cover_ids")
        groups = covers.filtered(lambda cover: cover.type == "group")
        covers -= groups
        return {
            "format": FORMAT,
            "rounding": self._units(self.rounding, self.currency_id) or 1,
            "exit_grace": self.exit_grace,
            "calendar": self._calendar_document(),
            "clocks": [clock._clock_document() for clock in self._sorted("clock_ids")],
            "covers": [cover._cover_document() for cover in covers],
            "groups": [group._cover_document() for group in groups],
            "adjustments": [
                one._adjustment_document() for one in self._sorted("adjustment_ids")
            ],
            "lost": self._lost_document(),
        }

    def _sorted(self, parts):
        return self[parts].sorted(lambda one: (one.sequence, one.id))

    def _calendar_document(self):
        return {
            "timezone": self.venue_id.tz,
            "day_starts": round(self.day_starts * 60),
            "kinds": self._day_kinds_document() if self._asks_for_days() else [],
        }

    def _asks_for_days(self):
        parts = [self.clock_ids, self.adjustment_ids]
        cases = self.env["access.tariff.case"].search([("tariff_id", "=", self.id)])
        return any(part.day_kind_ids for part in [*parts, cases])

    def _day_kinds_document(self):
        """Tell the days with the holidays of three years around today."""
        self.env["calendar.public.holiday.line"].flush_model()
        year = fields.Date.context_today(self).year
        days = self.venue_id._holidays(date(year - 1, 1, 1), date(year + 1, 12, 31))
        holidays = days.get(self.venue_id.id, ())
        return self.env["access.day.kind"]._calendar_document(holidays)

    def _lost_document(self):
        if self.lost == "nothing":
            return None
        cases, currency = self.lost_case_ids, self.currency_id
        price = cases._price_document(self.lost_price, currency)
        if not self.lost_product_id:
            raise ValidationError(
                self.env._("Choose the product that a lost band is sold as.")
            )
        return {
            "price": price if self.lost == "fee" else None,
            "instead": self.lost_instead,
            "product": str(self.lost_product_id.id),
        }

    def _product(self, key):
        """Give the product of a line of a bill by its key."""
        if key == "rounding":
            return self.rounding_product_id
        return self.env["product.product"].browse(int(key))

    # -- checks ------------------------------------------------------

    def _tariffs(self):
        return self

    def _check_document(self):
        """Refuse what cannot be calculated, in words that name the line."""
        for tariff in self:
            tariff._check_rounding()
            tariff._check_zones()
            try:
                tariff_from_document(tariff._document())
            except DocumentError as e:
                raise ValidationError(tariff._refusal_words(e)) from e

    def _check_rounding(self):
        if self.rounding and not self.rounding_product_id:
            raise ValidationError(
                self.env._("Choose the product that a rounding is sold as.")
            )

    def _check_zones(self):
        cases = self.env["access.tariff.case"].search([("tariff_id", "=", self.id)])
        zones = (
            self.clock_ids.zone_ids
            | self.clock_ids.except_zone_ids
            | self.adjustment_ids.zone_ids
            | cases.zone_ids
        )
        for zone in zones:
            if zone.venue_id != self.venue_id:
                raise ValidationError(
                    self.env._(
                        "%(zone)s is not a zone of %(venue)s.",
                        zone=zone.display_name,
                        venue=self.venue_id.name,
                    )
                )

    def _refusal_words(self, error):
        cause = error
        while cause and not isinstance(cause, Misfit):
            cause = cause.__cause__
        if cause and cause.code == "crossing":
            return self.env._(
                "%(later)s comes after %(earlier)s: it must be about all the clocks of "
                "that one or none of them, and for the same time or the whole stay.",
                later=cause.names[0],
                earlier=cause.names[1],
            )
        if cause and cause.code == "stands":
            return self.env._(
                "%(clock)s has a price for a zone in which this clock stands.",
                clock=cause.names[0],
            )
        return self.env._(
            "The price list %(tariff)s cannot be calculated: %(place)s",
            tariff=self.name,
            place=error,
        )

    @api.model
    def _line_words(self, line):
        """Say what a line of a bill is about."""
        words = {
            Code.ONCE: line.name,
            Code.TIME: self.env._(
                "%(clock)s: %(minutes)s min", clock=line.name, minutes=line.minutes
            ),
            Code.PERCENT: self.env._("Discount: %(name)s", name=line.name),
            Code.OFF: self.env._("Discount: %(name)s", name=line.name),
            Code.MOST: self.env._("At most: %(name)s", name=line.name),
            Code.LEAST: self.env._("At least: %(name)s", name=line.name),
            Code.LOST: self.env._("Lost band"),
            Code.ROUNDING: self.env._("Rounding"),
        }
        return words.get(line.code, line.name)

    # -- money ------------------------------------------------------

    @api.model
    def _units(self, amount, currency):
        """Count an amount in the currency's smallest unit, exactly."""
        # The shortest text of the float is what the database has.
        units = Decimal(repr(float(amount))).scaleb(currency.decimal_places)
        return int(units.to_integral_value(ROUND_HALF_UP))

    @api.model
    def _amount(self, units, currency):
        """Give the amount of so many of the smallest unit."""
        return float(Decimal(units).scaleb(-currency.decimal_places))

    @api.model
    def _money_words(self, amount, currency):
        return format_amount(self.env, amount or 0, currency) if currency else ""
