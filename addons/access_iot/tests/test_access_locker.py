from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.access_base.access_policy import PassageEvent, link

from access_gateway.words import WORDS

from ..models.access_shown_words import words
from .common import GatewayCommon
from .gateway_side import GatewaySide


class TestAccessLocker(GatewayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = cls._lockers()
        cls.board, cls.bank = cls.first.device_id, cls.first.bank_id
        cls.point, cls.terminal = cls.bank.point_id, cls.bank.terminal_ids.device_id
        cls.operator = cls._user("operator")

    def _online(self):
        self._pair()
        self.gateway._report(0, {}, [])

    # -- what the gateway gets ---------------------------------------------------

    def test_bank_and_its_point_belong_to_the_gateway_of_the_terminals(self):
        self.assertEqual(self.point.gateway_id, self.gateway)
        self.assertIn(self.point, self.gateway.point_ids)

    def test_gateway_gets_bank_lockers_and_words(self):
        wired = self.gateway._wired()
        place = {"row": 1, "position": 2}
        expected = {
            "terminals": {str(self.terminal.id): place},
            "open_ms": 5000,
            "free_after_s": 0,
        }
        self.assertEqual(wired["banks"], {str(self.point.id): expected})
        self.assertEqual(
            wired["lockers"][str(self.second.id)],
            {
                "bank": self.point.id,
                "number": "A2",
                "row": 1,
                "position": 2,
                "device": str(self.board.id),
                "output": 1,
                "input": 1,
                "inside": None,
                "out_of_order": False,
            },
        )
        self.assertEqual(wired["words"]["locker_row_full"], "Row full")

    def test_words_are_those_that_the_gateway_knows(self):
        """Also with the places where it puts the number."""
        self.assertEqual(words(self.env), WORDS)

    def test_locker_without_contacts_has_no_inputs(self):
        self.first.has_input = False
        self.assertIsNone(self.first._document()["input"])

    def test_change_of_a_locker_goes_to_the_gateway(self):
        """As a difference, which the gateway's own code takes."""
        self._pair()
        box = GatewaySide(self.gateway)
        box.poll()
        self._forget_changes()
        self.first.out_of_order = True
        self.assertEqual(box.poll(), "difference")
        self.assertTrue(box.rules.lockers[self.first.id].out_of_order)

    # -- who has which -----------------------------------------------------------

    def _tell(self, gateway, *told):
        """Have a gateway tell events by reason, credential and note."""
        sequence, digest = gateway.journal_id._end()
        rows = []
        for number, (reason, credential, note) in enumerate(told, sequence + 1):
            record = PassageEvent(
                "2026-11-21T07:30:00.000Z",
                self.point.id,
                False,
                reason,
                credential=credential,
                note=note,
            ).record(number)
            digest = link(digest, record)
            rows.append((record, digest))
        self.env["access.event"]._ingest(gateway.journal_id, rows)

    def test_who_has_which_locker_follows_from_the_log(self):
        one, other, third = (self._card(value=f"04A1B2C3D4E5{n}") for n in (81, 82, 83))
        self._tell(
            self.gateway,
            ("locker_assigned", one.id, "A1"),
            ("locker_assigned", other.id, "A2"),
            ("locker_opened", one.id, "A1"),
            ("locker_freed", other.id, "A2, found empty"),
            ("locker_assigned", third.id, "A1, band lost"),
        )
        given = {str(self.first.id): [third.id, None]}
        self.assertEqual(self.bank._given(), given)
        told = self.gateway._lockers_given([self.point.id])
        self.assertEqual(told, {str(self.point.id): given})

    def test_what_another_gateway_gave_before_stays_given(self):
        annex = self.env["access.gateway"].create({"name": "Annex"})
        self._tell(annex, ("locker_assigned", 11, "A1"))
        self._tell(self.gateway, ("locker_assigned", 12, "A2"))
        self.assertEqual(len(self.bank._given()), 2)

    def test_gateway_hears_of_its_own_banks_only(self):
        self._tell(self.gateway, ("locker_assigned", 11, "A1"))
        annex = self.env["access.gateway"].create({"name": "Annex"})
        self.assertEqual(annex._lockers_given([self.point.id]), {})

    def test_locker_keeps_its_number_while_somebody_has_it(self):
        self._tell(self.gateway, ("locker_assigned", 11, "A1"))
        with self.assertRaisesRegex(UserError, "free it first"):
            self.first.number = "B1"
        self.first.write({"number": "A1", "out_of_order": True})
        self._tell(self.gateway, ("locker_freed", 11, "A1"))
        self.first.number = "B1"

    def test_locker_and_bank_stay_while_somebody_has_it(self):
        """At the gateway one made anew on the same bolt would be free."""
        self._tell(self.gateway, ("locker_assigned", 11, "A1"))
        elsewhere = self.point.copy({"name": "Lockers B"})
        for lose in (
            self.first.unlink,
            self.bank.unlink,
            lambda: self.bank.write({"point_id": elsewhere.id}),
        ):
            with self.assertRaisesRegex(UserError, "free it first"):
                lose()
        self.bank.point_id = self.point
        self.second.unlink()
        self._tell(self.gateway, ("locker_freed", 11, "A1"))
        self.bank.unlink()

    @mute_logger("odoo.sql_db")
    def test_number_of_a_locker_has_no_comma(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.second.number = "A, 2"
            self.env.flush_all()

    # -- what is refused ---------------------------------------------------------

    @mute_logger("odoo.sql_db")
    def test_two_lockers_do_not_share_a_bolt(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.second.output = 0
            self.env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_reader_is_one_terminal_only(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.bank.terminal_ids.copy()

    def test_reader_of_a_door_is_no_terminal(self):
        with self.assertRaisesRegex(ValidationError, "Turnstile|already"):
            self.bank.terminal_ids.device_id = self.reader

    def test_door_has_no_lockers(self):
        with self.assertRaisesRegex(ValidationError, "no locker bank"):
            self.env["access.locker.bank"].create({"point_id": self.turnstile.id})

    def test_lockers_are_at_the_gateway_of_their_terminals(self):
        annex = self.env["access.gateway"].create({"name": "Annex"})
        board = self._device("Other board", "locker_board", annex)
        with self.assertRaisesRegex(ValidationError, "different gateways"):
            self.first.device_id = board

    def test_board_in_use_is_not_archived(self):
        with self.assertRaisesRegex(ValidationError, "Lockers A needs"):
            self.board.active = False

    # -- orders of staff ---------------------------------------------------------

    def _dialog(self, action):
        locker = self.first.with_user(self.operator)
        opened = getattr(locker, action)()
        return Form(
            locker.env[opened["res_model"]].with_context(**opened["context"]),
            "access_iot.access_locker_order_view_form",
        )

    def _giving(self, band):
        form = self._dialog("action_hand_over")
        form.credential_id = band
        return form

    def _order(self, action, reason="Band lost", to=None):
        form = self._dialog(action)
        form.note = reason
        if to:
            form.credential_id = to
        form.save().action_order()
        return self.env["access.command"].search([])

    def test_operator_opens_a_locker_with_a_reason(self):
        self._online()
        command = self._order("action_open")
        document = command._document()
        told = {name: document[name] for name in ("kind", "locker", "note", "user")}
        expected = {
            "kind": "open_locker",
            "locker": self.first.id,
            "note": "Band lost",
            "user": command.user_id.id,
        }
        self.assertEqual(told, expected)
        self.assertEqual(self.gateway._waiting_commands(), command)

    def test_the_answer_names_the_locker(self):
        self._online()
        command = self._order("action_open")
        sent = patch.object(self.registry["res.users"], "_bus_send", autospec=True)
        with sent as send:
            command._end(True, None)
        [_user, _kind, told] = send.call_args.args
        self.assertEqual(told["title"], "Open Locker: Lockers A A1")

    def test_operator_frees_a_locker(self):
        self._online()
        self.assertEqual(self._order("action_free").kind, "free_locker")

    def test_operator_gives_a_locker_to_a_band(self):
        self._online()
        band = self._card(kind="wristband")
        document = self._order("action_hand_over", to=band)._document()
        told = {name: document[name] for name in ("kind", "credential", "person")}
        person = self.anna.access_person_ids
        expected = {
            "kind": "hand_over_locker",
            "credential": band.id,
            "person": person.id,
        }
        self.assertEqual(told, expected)

    def test_locker_is_given_to_somebody(self):
        self._online()
        with self.assertRaises(AssertionError):
            self._order("action_hand_over")

    def test_locker_is_not_given_to_a_band_that_opens_nothing(self):
        self._online()
        band = self._card(kind="wristband")
        band.action_report_lost()
        with self.assertRaisesRegex(UserError, "opens nothing"):
            self._order("action_hand_over", to=band)

    def test_who_gives_a_locker_is_warned_of_what_the_rules_say(self):
        band = self._card(kind="wristband")
        self._right()
        self.point.zone_to_id = self.gym
        self.assertFalse(self._giving(band).warning)
        self.anna.access_suspended = True
        self.assertIn("Anna", self._giving(band).warning)
        self.assertIn("suspended", self._giving(band).warning)

    def test_who_opens_a_locker_is_warned_of_nothing(self):
        order = self.env["access.locker.order"]
        order = order.create({"locker_id": self.first.id, "note": "Band lost"})
        self.assertFalse(order.warning)

    def test_order_needs_a_reason(self):
        self._online()
        with self.assertRaises(AssertionError):
            self._order("action_open", reason=False)

    def test_reception_opens_no_locker(self):
        self._online()
        with self.assertRaisesRegex(AccessError, "Only operators"):
            self.first.with_user(self._user("reception")).action_open()

    def test_locker_of_a_gateway_that_is_offline_is_not_opened(self):
        with self.assertRaisesRegex(UserError, "offline"):
            self._order("action_open")

    def test_plan_shows_the_lockers_of_one_bank(self):
        action = self.bank.action_open_plan()
        self.assertEqual(
            self.env["access.locker"].search(action["domain"]), self.bank.locker_ids
        )
