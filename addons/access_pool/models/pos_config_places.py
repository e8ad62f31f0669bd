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
        return [
            {
                "zone": place["zone"].name,
                "inside": place["inside"],
                "capacity": place["zone"].capacity,
                "next_free_minutes": place["next_free_minutes"],
            }
            for place in zones._places()
        ]
