from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .lock import lock


class AccessPoolCard(models.Model):
    """What staff see of a card and do with it: issue it, block it, correct it."""

    _inherit = "access.pool.card"

    partner_image = fields.Image(related="partner_id.image_128")
    is_in_debt = fields.Boolean(search="_search_is_in_debt")

    def _search_is_in_debt(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        moves = self.env["access.pool.card.move"]
        counted = [("card_id.admission_id.draws", "!=", "days")]
        owing = moves._read_group(
            counted, ["card_id"], having=[("quantity:sum", "<", 0)]
        )
        return [("id", "in", [card.id for (card,) in owing])]

    def _wants_photo(self):
        """Tell whether the holder's face is shown where the card is read."""
        kinds = self.admission_id.line_ids.kind_id
        return bool(self.partner_id.image_128 and kinds.filtered("wants_photo"))

    def _correct(self, quantity, reason):
        """Add what a manager says, or take it off, for a reason that is kept."""
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group("access_base.group_manager"):
            raise AccessError(self.env._("Only managers may correct a card."))
        if not quantity:
            raise UserError(self.env._("Say how much to add or to take off."))
        lock(self)
        self._move(quantity, reason=reason)

    # -- buttons ------------------------------------------------------

    def action_correct_balance(self):
        """Open the dialog in which a manager says how much, and why."""
        self.ensure_one()
        self.env["access.pool.card.correction"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct the Balance"),
            "res_model": "access.pool.card.correction",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_card_id": self.id},
        }

    def action_block(self):
        self.write({"is_blocked": True})

    def action_unblock(self):
        self.write({"is_blocked": False})

    def action_view_stays(self):
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_pool.access_stay_action"
        )
        return action | {"domain": [("card_id", "in", self.ids)], "context": {}}

    def action_issue(self):
        """Open the dialog that issues the card itself to its holder."""
        self.ensure_one()
        self.check_access("write")
        form = self.env.ref("access_base.access_credential_view_form_issue")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Issue Card %(number)s", number=self.number),
            "res_model": "access.credential",
            "views": [(form.id, "form")],
            "target": "new",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                "default_kind": "card",
                "default_access_pool_card_ids": [Command.link(self.id)],
            },
        }


class AccessCredential(models.Model):
    _inherit = "access.credential"

    access_pool_card_ids = fields.One2many(
        "access.pool.card", "credential_id", string="Season Card"
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Let what replaces a lost card be that season card from now on."""
        credentials = super().create(vals_list)
        for credential in credentials.filtered("replaces_id"):
            cards = credential.replaces_id.sudo().access_pool_card_ids
            cards.credential_id = credential
        return credentials
