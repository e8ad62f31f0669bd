from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .access_in_use import check_not_in_use

# Others could tell by a search who has any.
_STAFF = "access_base.group_user"

_POLICY_FIELDS = {
    "active",
    "category_id",
    "access_suspended",
    "access_identity",
    "access_is_guest",
    "access_right_ids",
}


class _Access(NamedTuple):
    """What of a contact decides which doors it passes."""

    rights: frozenset = frozenset()
    suspended: bool = False
    identity: str = "none"
    tags: frozenset = frozenset()
    active: bool = True
    is_guest: bool = False


class ResPartner(models.Model):
    _inherit = "res.partner"

    access_suspended = fields.Boolean(
        string="Suspended",
        tracking=True,
        help="A suspended person is refused everywhere, whatever rights say.",
    )
    access_identity = fields.Selection(
        [
            ("none", "Not asked for"),
            ("pending", "To be checked"),
            ("passed", "Checked"),
        ],
        string="Identity",
        default="none",
        tracking=True,
        copy=False,
        help="Whose identity is to be checked is refused everywhere until then.",
    )
    access_credential_ids = fields.One2many(
        "access.credential", "partner_id", string="Credentials", groups=_STAFF
    )
    access_person_ids = fields.One2many("access.person", "partner_id", groups=_STAFF)
    access_right_ids = fields.Many2many(
        "access.right", string="Personal Rights", copy=False, groups=_STAFF
    )
    access_ticket_ids = fields.One2many(
        "access.ticket", "partner_id", string="All Tickets", groups=_STAFF
    )
    access_ticket_count = fields.Integer(
        string="Tickets", compute="_compute_access_ticket_count", groups=_STAFF
    )
    access_event_count = fields.Integer(
        string="Passages", compute="_compute_access_event_count", groups=_STAFF
    )

    def _compute_access_event_count(self):
        for partner in self:
            partner.access_event_count = self.env["access.event"].search_count(
                [("person_id", "in", partner.access_person_ids.ids)]
            )

    def _compute_access_ticket_count(self):
        for partner in self:
            tickets = partner.access_ticket_ids
            partner.access_ticket_count = len(
                tickets.filtered(lambda ticket: ticket.state in ("valid", "not_yet"))
            )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._check_access_changes(dict.fromkeys(partners, _Access()))
        return partners

    def write(self, vals):
        if "tz" in vals and self.env["res.company"].sudo().search_count(
            [("partner_id", "in", self.ids)], limit=1
        ):
            # By its days plans end.
            self.env["access.policy.change"].sudo()._mark()
        if _POLICY_FIELDS.isdisjoint(vals):
            return super().write(vals)
        before = {partner: partner._access() for partner in self}
        result = super().write(vals)
        self.env["access.policy.change"].sudo()._mark(partners=self.ids)
        self._check_access_changes(before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_access_use(self):
        check_not_in_use(
            self, self.env._("Take it back and archive the contact instead.")
        )

    def unlink(self):
        # Its number in the log stays; whose it was is not known any more afterwards.
        persons = self.sudo().access_person_ids
        self.env["access.policy.change"].sudo()._mark(persons=persons.ids)
        return super().unlink()

    def _access(self):
        # An archived tag gives its rights as well, an archived right will again.
        partner = self.sudo().with_context(active_test=False)
        return _Access(
            frozenset(partner.access_right_ids.ids),
            partner.access_suspended,
            partner.access_identity or "none",
            frozenset(partner.category_id.ids),
            partner.active,
            partner.access_is_guest,
        )

    def _is_known_to_access(self):
        """Tell whether it says anything of who passes which door, or who passed."""
        access = self._access()._replace(tags=frozenset(), active=True)
        tags = self.sudo().with_context(active_test=False).category_id
        named = self.sudo().access_person_ids or self.sudo().access_ticket_ids
        return bool(access != _Access() or named or tags._rights(limit=1))

    def _check_access_changes(self, before):
        """Refuse those who may edit contacts, but not who passes which door."""
        is_operator = self.env.user.has_group("access_base.group_operator")
        if self.env.su or is_operator:
            return
        is_reception = self.env.user.has_group("access_base.group_reception")
        for partner in self:
            old, new = before[partner], partner._access()
            if old.is_guest != new.is_guest:
                # Else an archived contact would open doors again.
                raise AccessError(self.env._("Guests are made by what sells stays."))
            if old.rights != new.rights:
                raise AccessError(self.env._("Only operators may give or take rights."))
            if not is_reception:
                partner._check_no_change(old, new)

    def _check_no_change(self, old, new):
        if old.suspended != new.suspended:
            raise AccessError(
                self.env._("Only reception may suspend a person or end it.")
            )
        if old.identity != new.identity:
            raise AccessError(
                self.env._("Only reception may ask for an identity check or pass it.")
            )
        if old.active != new.active and self.sudo().access_credential_ids:
            raise AccessError(
                self.env._("This person holds credentials: ask reception to do it.")
            )
        tags = self.env["res.partner.category"].browse(old.tags ^ new.tags)
        tags._check_may_change_holders()

    def action_access_identity_checked(self):
        """Note that reception has seen who this is; the chatter says who and when."""
        self.write({"access_identity": "passed"})

    def action_view_access_tickets(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_ticket_action"
        )
        return action | {
            "domain": [("partner_id", "in", self.ids)],
            "context": {"default_partner_id": self[:1].id},
        }

    def action_view_access_events(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_event_action"
        )
        return action | {"domain": [("person_id", "in", self.access_person_ids.ids)]}

    def _ensure_access_person(self):
        """Give every contact a name in the log, if it has none yet."""
        missing = self.filtered(lambda partner: not partner.sudo().access_person_ids)
        self.env["access.person"].sudo().create(
            [{"partner_id": partner.id} for partner in missing]
        )
