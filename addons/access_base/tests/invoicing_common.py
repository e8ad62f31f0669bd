from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import AccessCommon


@tagged("post_install", "-at_install")
class InvoicingCommon(AccessCommon, AccountTestInvoicingCommon):
    """With real invoices and payments, as the cashier books them."""

    @classmethod
    def get_default_groups(cls):
        groups = "access_base.group_manager", "sales_team.group_sale_manager"
        found = super().get_default_groups()
        return found.union(*(cls.env.ref(group) for group in groups))
