from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# More readers than these do not ask the ERP in one moment.
AT_ONCE = 100


class AccessZone(models.Model):
    _name = "access.zone"
    _inherit = "access.venue.part"
    _description = "Zone"
    _parent_store = True
    _parent_name = "parent_id"
    _order = "complete_name"
    _rec_name = "complete_name"
    _rec_names_search = ["complete_name"]

    name = fields.Char(required=True)
    complete_name = fields.Char(
        compute="_compute_complete_name", recursive=True, store=True
    )
    venue_id = fields.Many2one(
        "access.venue",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["access.venue"].search([], limit=1),
    )
    company_id = fields.Many2one(related="venue_id.company_id", store=True, index=True)
    parent_id = fields.Many2one(
        "access.zone",
        string="Inside",
        index=True,
        ondelete="restrict",
        domain="[('venue_id', '=', venue_id)]",
        help="The zone around this one. A right for it includes this zone.",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("access.zone", "parent_id", string="Zones Inside")
    capacity = fields.Integer(help="How many persons may be inside; 0 is no limit.")
    antipassback = fields.Selection(
        [
            ("off", "Off"),
            ("logged", "Let in, with a warning in the log"),
            ("refused", "Refused until they have left"),
            ("timed", "Refused for some minutes"),
        ],
        string="Entering Twice",
        required=True,
        default="off",
        help="What happens to a person who comes in again without having left, as with "
        "a card that was handed back (anti-passback). Staff can forgive it.",
    )
    antipassback_minutes = fields.Integer(
        string="Refused for",
        default=15,
        help="For how many minutes after a person was last seen inside, on the way in "
        "or at a door between zones inside, the same person is not let in again.",
    )
    max_stay = fields.Float(
        string="Longest Stay",
        help="Nobody counts as inside any longer than this many hours; 0 is no end.",
    )
    entry_point_ids = fields.One2many(
        "access.point", "zone_to_id", string="Points Leading In"
    )

    _capacity_positive = models.Constraint(
        "CHECK (capacity >= 0)", "The capacity of a zone cannot be negative."
    )

    _antipassback_minutes = models.Constraint(
        "CHECK (antipassback <> 'timed' OR antipassback_minutes > 0)",
        "Say for how many minutes entering again is refused.",
    )
    _max_stay_positive = models.Constraint(
        "CHECK (max_stay >= 0)", "The longest stay in a zone cannot be negative."
    )

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for zone in self:
            names = [zone.parent_id.complete_name, zone.name]
            zone.complete_name = " / ".join(filter(None, names))

    @api.depends("name", "complete_name")
    @api.depends_context("hierarchical_naming")
    def _compute_display_name(self):
        whole = self.env.context.get("hierarchical_naming", True)
        for zone in self:
            zone.display_name = zone.complete_name if whole else zone.name

    @api.constrains("parent_id", "venue_id")
    def _check_parent(self):
        for zone in self:
            if zone.parent_id and zone.parent_id.venue_id != zone.venue_id:
                raise ValidationError(
                    self.env._(
                        "Zone %(zone)s lies in a zone of another venue.",
                        zone=zone.name,
                    )
                )

    def _take_places(self, policy, state, point):
        """Let whoever enters at this moment decide anew, where few places are left.

        As ``access.ticket._use`` does for those who use the same ticket. While there
        is room for all who can come at once, nobody waits for anybody.
        """
        scarce = [
            key
            for key in policy.ways[point].enters
            if key in policy.zones
            and policy.zones[key].capacity
            and policy.zones[key].capacity - state.count_within(policy, key) < AT_ONCE
        ]
        if scarce:
            self.env.execute_query(
                SQL(
                    "UPDATE access_zone SET write_date = write_date"
                    " WHERE id = ANY(%s) RETURNING id",
                    scarce,
                )
            )

    def _policy_entry(self):
        """Give the zone as the policy has it."""
        self.ensure_one()
        return {
            "parent": self.parent_id.id or None,
            "capacity": self.capacity,
            "antipassback": self.antipassback,
            "antipassback_minutes": self.antipassback_minutes,
            "max_stay": round(self.max_stay * 60),
        }

    def _policy_fields(self):
        return super()._policy_fields() | {
            "parent_id",
            "venue_id",
            "capacity",
            "antipassback",
            "antipassback_minutes",
            "max_stay",
        }
