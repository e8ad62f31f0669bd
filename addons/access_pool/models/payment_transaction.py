from odoo import api, models

from .lock import lock


class PaymentTransaction(models.Model):
    """What a provider tells of a payment on a phone is noted once, or given back."""

    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        ids = {vals["pos_order_id"] for vals in vals_list if vals.get("pos_order_id")}
        orders = self.env["pos.order"].sudo().browse(ids)
        orders.filtered("access_is_online")._access_check_asked()
        return super().create(vals_list)

    def _process_pos_online_payment(self):
        new = self.filtered(
            lambda one: one.state in ("authorized", "done")
            and one.pos_order_id.sudo().access_is_online
            and not one.payment_id.pos_order_id
        )
        for transaction in new:
            order = transaction.pos_order_id.sudo()
            lock(order)
            if order._access_is_paid_otherwise():
                transaction._access_give_back()
                continue
            if order.state == "cancel":
                order._access_revive()
            super(PaymentTransaction, transaction)._process_pos_online_payment()
        return super(PaymentTransaction, self - new)._process_pos_online_payment()

    def _access_give_back(self):
        """Give money back of a bill that was paid already, by its provider or by staff.

        Two pages for one bill may be open, and what is begun at a provider cannot be
        called off there.
        """
        self.ensure_one()
        begun = self.child_transaction_ids
        if self.state == "authorized":
            if not begun:
                self._void()
            return
        if not self.payment_id:
            self.with_company(self.company_id)._create_payment()
        is_on = self.provider_id.state != "disabled"
        if not begun and is_on and self.payment_id.amount_available_for_refund:
            begun = self._refund()
        has_failed = all(one.state in ("cancel", "error") for one in begun)
        if has_failed and not self.payment_id.activity_ids:
            self._access_ask_to_give_back()

    def _access_ask_to_give_back(self):
        order = self.pos_order_id.sudo()
        self.payment_id.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._(
                "%(order)s was paid twice: give this back", order=order.name
            ),
            user_id=order.session_id.user_id.id,
        )
