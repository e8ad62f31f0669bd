from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.access_base.access_policy import GENESIS, PassageEvent, link
from odoo.addons.access_base.access_policy.event import utc_text
from odoo.addons.access_base.tests.common import utc

from .common import GatewayCommon


class TestAccessDevice(GatewayCommon):
    def test_reader_and_relay_are_at_one_gateway(self):
        other = self.env["access.gateway"].create({"name": "Annex"})
        relays = self._device("Far relays", "modbus_relay", gateway=other)
        with self.assertRaisesRegex(ValidationError, "different gateways"):
            self.turnstile.lock_id = relays

    def test_device_of_a_point_is_not_moved_away(self):
        other = self.env["access.gateway"].create({"name": "Annex"})
        with self.assertRaisesRegex(ValidationError, "different gateways"):
            self.relays.gateway_id = other

    def test_interlocked_points_are_at_one_gateway(self):
        annex = self.env["access.gateway"].create({"name": "Annex"})
        far = self._device("Far reader", "serial_reader", gateway=annex)
        inner = self._point("Inner door", interlock_point_ids=self.turnstile.ids)
        with self.assertRaisesRegex(ValidationError, "the same gateway"):
            inner.reader_id = far
        inner.reader_id = near = self._device("Near reader", "serial_reader")
        with self.assertRaisesRegex(ValidationError, "the same gateway"):
            near.gateway_id = annex
        outer = self._point("Outer door", reader_id=far.id)
        with self.assertRaisesRegex(ValidationError, "the same gateway"):
            outer.interlock_point_ids = self.turnstile

    def test_device_of_a_point_is_not_archived(self):
        with self.assertRaisesRegex(ValidationError, "choose another one"):
            self.relays.action_archive()

    @mute_logger("odoo.sql_db")
    def test_reader_is_at_one_point(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._point("Other", reader_id=self.reader.id)

    def test_a_device_begins_with_the_settings_of_its_kind(self):
        settings = self.relays._document()["settings"]
        self.assertEqual((settings["unit"], settings["baudrate"]), (1, "19200"))

    def test_another_kind_begins_with_its_own_settings(self):
        form = Form(self.env["access.device"])
        form.name, form.gateway_id, form.address = "Board", self.gateway, "board"
        form.driver_id = self.env["access.driver"]._of("modbus_relay")
        self.assertEqual(form.save()._document()["settings"]["baudrate"], "19200")

    def test_a_setting_goes_to_the_gateway(self):
        self.relays.settings = {"unit": 7}
        self.assertEqual(self.relays._document()["settings"]["unit"], 7)

    def test_a_setting_that_cannot_be_is_refused(self):
        for unit in (0, 248, -1):
            words = f"Unit Number: {unit} is not from 1 to 247"
            with self.assertRaisesRegex(ValidationError, words):
                self.relays.settings = {"unit": unit}

    def test_a_number_is_one(self):
        with self.assertRaisesRegex(ValidationError, "is no whole number"):
            self.relays.settings = {"unit": "seven"}

    def test_a_whole_number_has_no_fraction(self):
        with self.assertRaisesRegex(ValidationError, "7.5 is no whole number"):
            self.relays.settings = {"unit": 7.5}

    def test_a_serial_number_has_four_bytes(self):
        controller = self._device("Controller", "uhppote_controller")
        controller.settings = {"serial": 0xFFFFFFFF}
        self.env.flush_all()
        controller.invalidate_recordset()
        told = controller._document()["settings"]
        self.assertEqual(told["serial"], 0xFFFFFFFF)

    def test_a_time_zone_is_chosen_among_those_there_are(self):
        controller = self._device("Controller", "uhppote_controller")
        controller.settings = {"time_zone": "America/Lima"}
        told = controller._document()["settings"]
        self.assertEqual(told["time_zone"], "America/Lima")
        with self.assertRaisesRegex(ValidationError, "Time Zone: Lima is no choice"):
            controller.settings = {"time_zone": "Lima"}

    def test_a_time_zone_that_is_no_choice_any_more_is_told_of(self):
        controller = self._device("Controller", "uhppote_controller")
        self.assertFalse(controller.settings_flaw)
        definition = controller.driver_id.settings_definition
        for one in definition:
            if one["name"] == "time_zone":
                one["selection"] = [["Europe/Warsaw", "Europe/Warsaw"]]
        controller.driver_id.settings_definition = definition
        self.assertEqual(controller.settings_flaw, "Time Zone: UTC is no choice.")

    def test_a_new_controller_begins_with_the_time_zone_of_its_venue(self):
        self.venue.tz = "America/Lima"
        self.venue.copy({"name": "First", "tz": "Asia/Tokyo", "sequence": 1})
        form = self._new("uhppote_controller")
        form.gateway_id = self.gateway
        controller = form.save()
        told = controller._document()["settings"]
        self.assertEqual((told["time_zone"], told["check_ms"]), ("America/Lima", 1000))

    def test_the_time_zone_that_was_chosen_stays(self):
        controller = self._device("Controller", "uhppote_controller")
        controller.settings = {"time_zone": "Asia/Tokyo"}
        with Form(controller) as form:
            form.gateway_id = self.env["access.gateway"].create({"name": "Annex"})
        told = controller._document()["settings"]
        self.assertEqual(told["time_zone"], "Asia/Tokyo")

    def _new(self, driver):
        """Give the form of a new device, of a gateway that is not chosen yet."""
        form = Form(self.env["access.device"])
        form.name, form.address = driver, driver
        form.driver_id = self.env["access.driver"]._of(driver)
        return form

    def test_a_setting_shows_the_help_of_its_driver(self):
        panel = self._device("Panel", "alarm_panel")
        [shown] = panel.read(["settings"])
        helps = {one["name"]: one.get("help") for one in shown["settings"]}
        self.assertEqual(helps["account"], "As the panel sends it.")

    def test_a_setting_that_is_empty_is_left_to_the_driver(self):
        self.relays.settings = {"unit": False}
        self.assertNotIn("unit", self.relays._document()["settings"])

    def test_a_setting_of_before_there_were_bounds_keeps_nobody_from_the_rest(self):
        self.relays.driver_id.bounds = False
        self.relays.settings = {"unit": 300}
        self.env["access.driver"]._load_shipped()
        self.relays.name = "Relays, cellar"
        with self.assertRaises(ValidationError):
            self.relays.settings = {"unit": 301}

    def test_what_a_device_says_of_itself_is_shown(self):
        self._report(firmware="1.2", battery=18, tamper=True)
        shown = (self.reader.firmware, self.reader.battery, self.reader.tamper)
        self.assertEqual(shown, ("1.2", 18, True))
        self.assertTrue(self.reader.has_battery)

    def test_a_device_that_is_there_was_seen_with_its_gateway(self):
        self.assertFalse(self.reader.last_seen)
        self._report()
        self.assertTrue(self.reader.last_seen)
        self.assertEqual(self.reader.last_seen, self.gateway.last_seen)

    def test_a_device_that_is_gone_was_seen_last_when_it_went(self):
        self._report()
        self.gateway._report(0, {"devices": {}}, [])
        went = self.reader.last_seen
        self.assertTrue(went)
        self.gateway.last_seen += timedelta(hours=1)
        self.assertEqual(self.reader.last_seen, went)

    def test_cards_that_do_not_fit_are_told_of(self):
        kept = {"cards": 1, "cards_known": 3, "cards_at": "2026-11-22"}
        self.relays.write(kept)
        self.assertIn("not kept: 2", self.relays.cards_flaw)
        self.relays.cards = 3
        self.assertFalse(self.relays.cards_flaw)

    def test_an_order_waits_for_the_gateway(self):
        self.gateway.write({"last_seen": fields.Datetime.now()})
        self._pair()
        self._report()
        self.reader.action_test()
        command = self.gateway._waiting_commands()
        document = command._document()
        self.assertEqual(document["kind"], "test")
        self.assertEqual(document["device"], str(self.reader.id))

    def test_who_gave_an_order_is_told_what_came_of_it(self):
        user = self._user("manager")
        self._pair()
        self._report()
        self.reader.with_user(user).action_test()
        command = self.gateway._waiting_commands()
        result = {"command": command.identifier, "ok": True, "message": "answers"}
        sent = patch.object(self.registry["res.users"], "_bus_send", autospec=True)
        with sent as send:
            for _poll in range(2):
                self.gateway._report(0, {}, [result])
        self.assertEqual((command.state, command.message), ("done", "answers"))
        self.assertEqual(command.about, "Reader")
        told = {"type": "success", "title": "Test: Reader", "message": "answers"}
        send.assert_called_once_with(user, "simple_notification", told)

    def test_nobody_is_told_to_wait_for_a_gateway_that_is_away(self):
        with self.assertRaisesRegex(UserError, "offline"):
            self.reader.action_test()

    def test_a_new_unit_keeps_the_settings_and_forgets_the_old_one(self):
        self._report(firmware="1.2", serial="S1")
        self.reader.settings = {"kind": "barcode"}
        wizard = self.env["access.device.replacement"].create(
            {"device_id": self.reader.id, "address": "new"}
        )
        wizard.action_replace()
        self.assertEqual(self.reader.address, "new")
        self.assertEqual(self.reader._document()["settings"]["kind"], "barcode")
        self.assertFalse(self.reader.firmware)
        self.assertIn("S1", self.reader.message_ids[0].body)

    def test_the_secret_of_a_new_unit_is_kept_for_the_gateway_alone(self):
        values = {"device_id": self.reader.id, "address": "new", "secret": "sesame"}
        wizard = self.env["access.device.replacement"].create(values)
        self.env.flush_all()
        self.assertFalse(wizard.secret)
        with self.assertRaises(AccessError):
            wizard.with_user(self._user("manager")).read(["secret_value"])
        wizard.action_replace()
        self.assertEqual(self.reader.sudo().secret_value, "sesame")
        self.assertFalse(wizard.sudo().secret_value)

    def test_an_input_goes_to_the_gateway(self):
        self._input(number=3, sense="contact", point_id=self.turnstile.id)
        self.assertEqual(
            self.gateway._wired()["inputs"],
            [
                {
                    "device": str(self.relays.id),
                    "input": 3,
                    "sense": "contact",
                    "point": self.turnstile.id,
                    "inverted": False,
                }
            ],
        )

    def test_an_input_is_at_the_gateway_of_its_point(self):
        other = self.env["access.gateway"].create({"name": "Annex"})
        far = self._device("Far", "modbus_relay", gateway=other)
        with self.assertRaisesRegex(ValidationError, "another gateway"):
            self._input(point_id=self.turnstile.id, device_id=far.id)

    @mute_logger("odoo.sql_db")
    def test_only_a_fire_is_of_no_point(self):
        self._input(sense="fire")
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._input(sense="exit_button")

    def _input(self, **values):
        values = {"device_id": self.relays.id, **values}
        return self.env["access.input"].create(values)

    def _report(self, **facts):
        told = {"online": True, "problem": None, "facts": facts}
        self.gateway._report(0, {"devices": {str(self.reader.id): told}}, [])


class TestFoundDevices(GatewayCommon):
    def test_what_was_found_is_offered(self):
        self._find({"address": "usb-1", "words": "FTDI"})
        offer = self.gateway.offer_ids
        self.assertEqual((offer.address, offer.words), ("usb-1", "FTDI"))
        self.assertEqual(offer.action_add()["context"]["default_address"], "usb-1")

    def test_what_is_set_up_is_not_offered(self):
        self._find({"address": self.reader.address})
        self.assertFalse(self.gateway.offer_ids)

    def test_what_is_gone_is_not_offered_any_more(self):
        self._find({"address": "usb-1"})
        self._find({"address": "usb-2"})
        self.assertEqual(self.gateway.offer_ids.mapped("address"), ["usb-2"])

    def test_who_did_not_look_leaves_the_offers(self):
        self._find({"address": "usb-1"})
        self.gateway._report(0, {}, [])
        self.assertTrue(self.gateway.offer_ids)

    def _find(self, *found):
        offer = {"driver": "serial_reader", "words": ""}
        self.gateway._report(0, {"found": [{**offer, **one} for one in found]}, [])


class TestSilence(GatewayCommon):
    def setUp(self):
        super().setUp()
        self._pair()
        self.gateway.alert_user_id = self.env.ref("base.user_admin")
        self.gateway.last_seen = fields.Datetime.now()
        self.gateway.paired_at -= timedelta(days=1)

    def test_a_silent_gateway_is_told_of_once(self):
        self.gateway.last_seen -= timedelta(minutes=6)
        for _minute in range(2):
            self.gateway._tell_of_silence()
        self.assertEqual(self._told(), ["Gateway is silent"])

    def test_a_gateway_that_was_paired_just_now_is_not_silent(self):
        self.gateway.paired_at, self.gateway.last_seen = fields.Datetime.now(), False
        self.gateway._tell_of_silence()
        self.assertEqual(self._told(), [])
        self.gateway.paired_at -= timedelta(minutes=6)
        self.gateway._tell_of_silence()
        self.assertEqual(self._told(), ["Gateway is silent"])

    def test_a_second_silence_is_told_of_again(self):
        for ago in (6, 0, 6):
            self.gateway.last_seen = fields.Datetime.now() - timedelta(minutes=ago)
            self.gateway._tell_of_silence()
        self.assertEqual(self._told().count("Gateway is silent"), 1)

    def test_who_was_told_of_a_silence_is_told_of_its_end(self):
        self.reader.online = self.relays.online = True
        for ago in (6, 0):
            self.gateway.last_seen = fields.Datetime.now() - timedelta(minutes=ago)
            self.gateway._tell_of_silence()
        self.assertEqual(self._told(), [])

    def test_a_silent_device_is_told_of(self):
        self.reader.write({"online": False, "gone_at": "2020-01-01"})
        self.relays.online = True
        self.gateway._tell_of_silence()
        self.assertEqual(self._told(), ["Device is silent"])
        self.assertIn("Reader", self.gateway.activity_ids.note)

    def test_what_a_device_says_is_no_html_of_an_alert(self):
        self.reader.write({"online": True, "tamper": True, "problem": "<b>open</b>"})
        self.gateway._tell_of_silence()
        self.assertIn("&lt;b&gt;open", str(self.gateway.activity_ids.mapped("note")))

    def test_tampering_is_told_of(self):
        self.reader.write({"online": True, "tamper": True})
        self.relays.online = True
        self.gateway._tell_of_silence()
        self.assertEqual(self._told(), ["Device was tampered with"])

    def test_a_gateway_that_is_not_paired_is_not_silent(self):
        self.env["access.gateway"].create({"name": "New"})
        self.reader.online = self.relays.online = True
        self.gateway._tell_of_silence()
        self.assertEqual(self._told(), [])

    def test_an_alarm_of_no_point_is_told_of(self):
        journal = self.gateway.journal_id
        record = PassageEvent(
            utc_text(utc("2026-11-21 07:30")), 0, False, "alarm", note="smoke, hall"
        ).record(1)
        self.env["access.event"]._ingest(journal, [(record, link(GENESIS, record))])
        self.assertEqual(self._told(), ["Alarm"])
        self.assertIn("smoke, hall", self.gateway.activity_ids.note)

    def _told(self):
        gateways = self.env["access.gateway"].search([])
        return gateways.activity_ids.mapped("summary")
