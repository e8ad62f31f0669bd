from odoo.http import request, route

from odoo.addons.pos_online_payment.controllers.payment_portal import PaymentPortal


class PoolPaymentPortal(PaymentPortal):
    """Who paid a bill that is another one by now comes back to their own page."""

    @route()
    def pos_order_pay_confirmation(self, pos_order_id, exit_route=None, **values):
        order = request.env["pos.order"].sudo().browse(pos_order_id).exists()
        if exit_route and order.access_is_online and order.state == "cancel":
            return request.redirect(exit_route)
        return super().pos_order_pay_confirmation(
            pos_order_id, exit_route=exit_route, **values
        )
