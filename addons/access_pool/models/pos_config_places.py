from odoo import fields, models

from .pos_config import for_cashiers


class PosConfig(models.Model):
    _inherit = "pos.config"

    access_venue_id = fields.Many2one(
        "access.venue",
        string="Venue",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="Whose free places the till shows, and whose day end has its takings. "
        "Empty: of any venue that has no till of its own.",
    )

    @for_cashiers
    def action_access_places(self):
        """Tell how full the zones are, and when the next one may come in."""
        zones = self.env["access.zone"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("venue_id", "=?", self.access_venue_id.id),
                ("capacity", ">", 0),
            ]
        )
        return [self._access_place(**place) for place in zones._places()]

    def _access_place(self, zone, inside, next_free_minutes):
        # Who goes to a zone also needs a place in those around it.
        leads_there = ["|"] + [
            ("zone_ids", operator, zone.id) for operator in ("child_of", "parent_of")
        ]
        return {
            "id": zone.id,
            "zone": zone.name,
            "inside": inside,
            "capacity": zone.capacity,
            "next_free_minutes": next_free_minutes,
            "admission_ids": self.env["access.admission"].search(leads_there).ids,
        }
