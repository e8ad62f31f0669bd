from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import JsonRpcException, mute_logger

from odoo.addons.account.models.account_payment_method import AccountPaymentMethod
from odoo.addons.pos_online_payment.tests.online_payment_common import (
    OnlinePaymentCommon,
)

from .guest_common import GuestCommon


class OnlineCommon(GuestCommon, OnlinePaymentCommon):
    """People pay on their own phone, over HTTP, by the dummy provider of Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        known = AccountPaymentMethod._get_payment_method_information

        def information(self):
            return known(self) | {"none": {"mode": "multi", "type": ("bank",)}}

        with patch.object(
            AccountPaymentMethod, "_get_payment_method_information", information
        ):
            cls.env["account.payment.method"].sudo().create(
                {"name": "Dummy", "code": "none", "payment_type": "inbound"}
            )
        cls.provider.write(
            {
                "company_id": cls.env.company.id,
                "journal_id": cls.company_data["default_journal_bank"].id,
            }
        )
        online = cls.env["pos.payment.method"].create(
            {
                "name": "Online",
                "is_online_payment": True,
                "online_payment_provider_ids": [Command.set(cls.provider.ids)],
            }
        )
        cls.phones = cls.env["pos.config"].create(
            {"name": "Phones", "payment_method_ids": [Command.set(online.ids)]}
        )
        cls.phones.open_ui()
        cls.phones.current_session_id.set_opening_control(0, None)
        cls.venue.self_service_config_id = cls.phones

    def setUp(self):
        self.enable_post_process_patcher = False
        super().setUp()

    def _transaction(self, order, **changed):
        """Begin to pay on Odoo's page; the provider has not answered yet."""
        values = {
            "amount": order.amount_total,
            "access_token": order.access_token,
            "provider_id": self.provider.id,
            "payment_method_id": self.payment_method_id,
            "token_id": None,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": "/",
            **changed,
        }
        with mute_logger("odoo.addons.payment.models.payment_transaction"):
            url = self._build_url(f"/pos/pay/transaction/{order.id}")
            reference = self.make_jsonrpc_request(url, values)["reference"]
        return self._get_tx(reference)

    def _paid(self, transaction):
        """Let the provider tell that the money is there."""
        with mute_logger("odoo.addons.payment.models.payment_transaction"):
            transaction._set_done()
            transaction._post_process()
        self.env.invalidate_all()

    def _refused(self, act, *args, **values):
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException) as caught:
            act(*args, **values)
        return str(caught.exception)

    def _told_again(self, transaction):
        """Let the provider tell the same again, and the guest load the page anew."""
        self._paid(transaction)
        transaction._process_pos_online_payment()

    def _refunds(self, transaction):
        """Let the provider be one that gives money back."""
        method = transaction.payment_method_id
        (method.primary_payment_method_id or method).support_refund = "partial"
        self.provider.support_refund = "partial"
