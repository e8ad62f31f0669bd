from odoo import api, fields, models


class AccessStay(models.Model):
    """What staff see of a guest, and the ways from there."""

    _inherit = "access.stay"

    owed_amount = fields.Monetary(
        string="Owed", compute="_compute_owed_amount", compute_sudo=True
    )
    tab_amount = fields.Monetary(
        string="On the Band Now", compute="_compute_tab_amount", compute_sudo=True
    )
    has_tab = fields.Boolean(
        string="Open Tab",
        compute="_compute_tab_amount",
        compute_sudo=True,
        search="_search_has_tab",
    )
    has_locker = fields.Boolean(
        string="Locker Locked", compute="_compute_has_locker", search="_search_locker"
    )
    is_inside = fields.Boolean(compute="_compute_is_inside", search="_search_is_inside")
    charge_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    tab_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    passage_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    party_count = fields.Integer(compute="_compute_counts", compute_sudo=True)

    @api.depends("state")
    def _compute_owed_amount(self):
        for stay, owed in zip(self, self._owed().values(), strict=True):
            due = sum(quantity * each for _line, quantity, each in owed.time)
            due += sum(stay._units(charge.amount) for charge in owed.corrections)
            stay.owed_amount = stay._amount(due) + stay.tab_amount

    @api.depends("tab_ids.state")
    def _compute_tab_amount(self):
        tabs = self._open_tab_lines().grouped("order_id")
        amounts = dict.fromkeys(self.ids, 0)
        for tab, lines in tabs.items():
            amounts[tab.access_stay_id.id] += sum(lines.mapped("price_subtotal_incl"))
        for stay in self:
            stay.tab_amount = amounts.get(stay.id, 0)
            stay.has_tab = bool(stay.tab_amount)

    def _search_has_tab(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        tabs = self.env["pos.order"].sudo()
        tabs = tabs._search([("access_stay_id", "!=", False), ("state", "=", "draft")])
        return [("id", "in", tabs.subselect("access_stay_id"))]

    @api.depends("state")
    def _compute_has_locker(self):
        locked = self._locked()
        for stay in self:
            stay.has_locker = bool(locked.get(stay.id))

    def _search_locker(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return [("id", "in", [*self.search([("is_open", "=", True)])._locked()])]

    @api.depends("state")
    def _compute_is_inside(self):
        for stay in self:
            stay.is_inside = bool(stay.zone_id)

    def _search_is_inside(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        # Who has paid is inside still, as long as an exit ticket is good.
        recent = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        stays = self.search(["|", ("is_open", "=", True), ("settled_at", ">", recent)])
        return [("id", "in", stays.filtered("zone_id").ids)]

    @api.depends("charge_ids", "tab_ids", "party_id")
    def _compute_counts(self):
        for stay in self:
            paid = stay.charge_ids.filtered(lambda charge: charge.state != "void")
            stay.charge_count = len(paid)
            stay.tab_count = len(stay.tab_ids)
            stay.passage_count = self.env["access.event"].search_count(
                stay._event_domain()
            )
            together = [("party_id", "=", stay.party_id.id)]
            stay.party_count = self.search_count(together) if stay.party_id else 0

    def _event_domain(self):
        return [
            ("person_id", "in", self.guest_id.sudo().access_person_ids.ids),
            ("credential_id", "in", self.sudo().credential_ids.ids),
        ]

    # -- buttons ------------------------------------------------------

    def action_view_passages(self):
        """Show what the log has of the bands and exit tickets of this stay."""
        action = self._action_of("access_base.access_event_action")
        return action | {"domain": self._event_domain(), "context": {}}

    def action_view_charges(self):
        action = self._action_of("access_pool.access_stay_charge_action")
        return action | {
            "domain": [("stay_id", "in", self.ids)],
            "context": {"search_default_not_void": 1},
        }

    def action_view_tab(self):
        """Show the orders that were put on the band; those of tills may see them."""
        action = self._action_of("point_of_sale.action_pos_pos_form")
        return action | {
            "domain": [("access_stay_id", "in", self.ids)],
            "context": {"create": False},
        }

    def action_view_party(self):
        action = self._action_of("access_pool.access_stay_action")
        together = [("party_id", "in", self.party_id.ids)]
        return action | {"domain": together, "context": {}}

    def _action_of(self, name):
        self.check_access("read")
        return self.env["ir.actions.act_window"]._for_xml_id(name)
