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
        sold = {zone: self._access_sold(zone) for zone in zones}
        places = zones.filtered(sold.get)._places()
        return [self._access_place(**one, sold=sold[one["zone"]]) for one in places]

    def _access_sold(self, zone):
        """Give what is sold to go to a zone; it takes a place in those around, too."""
        leads_there = fields.Domain("zone_ids", "child_of", zone.id)
        leads_there |= fields.Domain("zone_ids", "parent_of", zone.id)
        return self.env["access.admission"].search(leads_there)

    def _access_place(self, zone, inside, next_free_minutes, sold):
        return {
            "id": zone.id,
            "zone": zone.name,
            "inside": inside,
            "capacity": zone.capacity,
            "next_free_minutes": next_free_minutes,
            "admission_ids": sold.ids,
        }
