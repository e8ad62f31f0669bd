from odoo import api, fields, models
from odoo.exceptions import UserError


class AccessTariffClock(models.Model):
    """Counts minutes in its zones and hours; its lines say what they cost."""

    _name = "access.tariff.clock"
    _inherit = ["access.tariff.named", "access.tariff.condition"]
    _description = "Clock of a Price List"

    except_zone_ids = fields.Many2many(
        "access.zone",
        "access_tariff_clock_except_zone_rel",
        string="But Not in",
        ondelete="restrict",
        check_company=True,
        domain="[('venue_id', '=', venue_id)]",
        help="In these zones and those inside them the clock stands.",
    )
    restarts = fields.Selection(
        [
            ("stay", "Once per stay"),
            ("entry", "Anew with each entry"),
            ("day", "Anew each opening day"),
            ("24h", "Anew each 24 hours"),
        ],
        string="Begins",
        required=True,
        default="stay",
    )
    step_ids = fields.One2many(
        "access.tariff.step", "clock_id", string="Prices", copy=True
    )
    steps_summary = fields.Char(string="Costs", compute="_compute_steps_summary")

    _name_of_its_own = models.Constraint(
        "UNIQUE (tariff_id, name)", "Two clocks of a price list have one name."
    )

    @api.depends("step_ids.display_name")
    @api.depends_context("lang")
    def _compute_steps_summary(self):
        for clock in self:
            words = clock.step_ids.mapped("display_name")
            clock.steps_summary = "; ".join(words) or self.env._("nothing")

    @api.depends("except_zone_ids.name")
    def _compute_condition_words(self):
        result = super()._compute_condition_words()
        for clock in self.filtered("except_zone_ids"):
            names = "/".join(clock.except_zone_ids.mapped("name"))
            words = self.env._("not %(zones)s", zones=names)
            clock.condition_words = f"{clock.condition_words} {words}".strip()
        return result

    @api.ondelete(at_uninstall=False)
    def _check_not_summed_up(self):
        """Without their last clock, adjustments and covers would be for all of them."""
        for clock in self:
            tariff = clock.tariff_id
            for part in [*tariff.adjustment_ids, *tariff.cover_ids]:
                if clock in part.clock_ids:
                    raise UserError(
                        self.env._(
                            "%(part)s is about the clock %(clock)s: take it out there "
                            "first.",
                            part=part.name,
                            clock=clock.name,
                        )
                    )

    def _zones(self):
        zones = super()._zones()
        if not self.except_zone_ids:
            return zones
        zones = self._all_zones() if zones is None else zones
        return zones - self._with_inner(self.except_zone_ids)

    def _entry_zones(self):
        """Give where a stay on this clock may begin, its own zones first."""
        zones = self._zones()
        zones = self._all_zones() if zones is None else zones
        return (self.zone_ids & zones) | zones

    def _all_zones(self):
        return self.env["access.zone"].search([("venue_id", "=", self.venue_id.id)])

    def _clock_document(self):
        return {
            "name": self.name,
            "where": self._where_document(),
            "restarts": self.restarts,
            "steps": [
                step._step_document()
                for step in self.step_ids.sorted(lambda one: (one.after, one.id))
            ],
        }
