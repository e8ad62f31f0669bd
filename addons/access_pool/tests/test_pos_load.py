from odoo.tests import new_test_user, tagged

from .desk_common import DeskCommon


@tagged("post_install", "-at_install")
class TestPosLoad(DeskCommon):
    def test_a_cashier_gets_what_tills_sell(self):
        cashier = new_test_user(
            self.env, "cashier", "base.group_user,point_of_sale.group_pos_user"
        )
        session = self.desk.current_session_id.with_user(cashier)
        names = ["access.customer.kind", "access.admission", "access.admission.line"]
        loaded = session.load_data(names)
        admissions = [one["id"] for one in loaded["access.admission"]]
        self.assertIn(self.adult_ticket.id, admissions)
        self.assertTrue(loaded["access.admission.line"])
        self.assertTrue(loaded["access.customer.kind"])

    def test_what_is_on_a_band_is_no_order_of_a_till(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        order = self._put_on(stay)
        domain = {"pos.order": [("state", "=", "draft")]}
        known = {"pos.order": order.ids}
        read = self.bar.read_config_open_orders(domain, known)
        self.assertEqual(read["dynamic_records"]["pos.order"], [])
        self.assertEqual(read["deleted_record_ids"]["pos.order"], order.ids)
        again = order.read_pos_orders([("id", "=", order.id)])
        self.assertFalse(again["pos.order"])
