from odoo import api, fields, models
from odoo.exceptions import UserError


class PosOrder(models.Model):
    """An order by which a guest pays on their own; no till shows its draft."""

    _inherit = "pos.order"

    access_paying_stay_id = fields.Many2one(
        "access.stay",
        string="Paid by the Guest of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    access_stay_pages = fields.Json(
        compute="_compute_access_stay_pages",
        compute_sudo=True,
        groups="point_of_sale.group_pos_user",
        help="What a receipt has a QR code of, where guests may pay by themselves.",
    )

    @api.depends("lines.access_stay_ids.state", "state")
    def _compute_access_stay_pages(self):
        for order in self:
            stays = order.lines.access_stay_ids.filtered("is_open")
            order.access_stay_pages = [
                {"band": stay.band_number, "url": stay._page_url()}
                for stay in stays
                if stay.venue_id.self_service_config_id
            ]

    def _access_is_asked(self, amount=None):
        """Tell whether this draft still is the bill of its stay, of that amount."""
        if self.state != "draft" or self.payment_ids:
            return False
        charges = self._access_charges()
        is_whole = all(one.state == "open" for one in charges)
        is_fresh = all(one.date > charges._claim_since() for one in charges)
        is_same = amount is None or not self.currency_id.compare_amounts(
            sum(charges.mapped("amount")), amount
        )
        return is_whole and is_same and (is_fresh or amount is None)

    def _access_check_asked(self):
        """Refuse to begin the payment of a bill that is another one by now."""
        for order in self:
            if not order._access_is_asked() or order.access_paying_stay_id._is_paying():
                raise UserError(
                    self.env._("Your bill has changed. Go back to see what is owed.")
                )

    def _access_give_up(self):
        """Cancel drafts; money that comes for them all the same is noted."""
        drafts = self.filtered(lambda one: one.state == "draft" and not one.payment_ids)
        drafts.write({"state": "cancel"})

    def _access_revive(self):
        """Take up again what was given up: it was paid meanwhile."""
        for order in self:
            config = order.config_id
            session = config.current_session_id or self.env["pos.session"].create(
                {"config_id": config.id, "user_id": order.session_id.user_id.id}
            )
            order.write({"state": "draft", "session_id": session.id})


class PosSession(models.Model):
    """What guests have not paid yet does not keep a till from being closed."""

    _inherit = "pos.session"

    def _access_give_up_paying(self):
        orders = self.order_ids.filtered("access_paying_stay_id")
        charges = orders._access_charges()
        charges.filtered(lambda one: one.state == "open")._give_up()
        orders._access_give_up()

    def _cannot_close_session(self, bank_payment_method_diffs=None):
        self._access_give_up_paying()
        return super()._cannot_close_session(bank_payment_method_diffs)

    def action_pos_session_closing_control(self, *args, **values):
        self._access_give_up_paying()
        return super().action_pos_session_closing_control(*args, **values)


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _access_takes_online(self):
        """Tell whether there is a provider to pay by."""
        method = self._get_cashier_online_payment_method()
        return bool(
            method
            and method._get_online_payment_providers(self.id, error_if_invalid=False)
        )


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        ids = {vals["pos_order_id"] for vals in vals_list if vals.get("pos_order_id")}
        orders = self.env["pos.order"].sudo().browse(ids)
        orders.filtered("access_paying_stay_id")._access_check_asked()
        return super().create(vals_list)

    def _process_pos_online_payment(self):
        paid = self.filtered(
            lambda one: one.state in ("authorized", "done")
            and one.pos_order_id.access_paying_stay_id
            and not one.payment_id.pos_order_id
        )
        orders = paid.pos_order_id.sudo()
        orders.filtered(lambda one: one.state == "cancel")._access_revive()
        return super()._process_pos_online_payment()
