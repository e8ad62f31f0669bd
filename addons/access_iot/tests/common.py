import base64
import io
import zipfile

from odoo.addons.access_base.access_policy import GENESIS, PassageEvent, link
from odoo.addons.access_base.access_policy.event import sent_form, utc_text
from odoo.addons.access_base.tests.common import AccessCommon, utc

# As long as a signature is. Gateways judge it, not the ERP.
SIGNATURE = base64.b64encode(bytes(64)).decode()


def wheel(version, name="access-gateway"):
    """Give a wheel that has a name and a version."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            f"access_gateway-{version}.dist-info/METADATA",
            f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n",
        )
    return file.getvalue()


class GatewayCommon(AccessCommon):
    """A gateway with a reader and a relay at the turnstile of the gym."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = cls.env["access.gateway"].create({"name": "Control room"})
        cls.reader = cls._device("Reader", "serial_reader")
        cls.relays = cls._device("Relays", "modbus_relay")
        cls.turnstile.write({"reader_id": cls.reader.id, "lock_id": cls.relays.id})

    @classmethod
    def _device(cls, name, driver, gateway=None, **values):
        return cls.env["access.device"].create(
            {
                "name": name,
                "driver_id": cls.env["access.driver"]._of(driver).id,
                "gateway_id": (gateway or cls.gateway).id,
                "address": name.lower(),
                **values,
            }
        )

    def _routes(self):
        """Give method and path of every route that a gateway's token is good for."""
        modules = self.env.registry._init_modules
        rules = self.env["ir.http"]._generate_routing_rules(modules, {})
        return {
            (endpoint.routing["methods"][0], path)
            for path, endpoint in rules
            if endpoint.routing["auth"] == "access_gateway"
        }

    @classmethod
    def _lockers(cls):
        """Make a bank of two lockers in a row with a terminal; give the lockers."""
        board = cls._device("Locker board", "locker_board")
        terminal = cls._device("Terminal", "serial_reader")
        point = cls.env["access.point"].create(
            {
                "name": "Lockers A",
                "kind": "locker_bank",
                "venue_id": cls.turnstile.venue_id.id,
            }
        )
        bank = cls.env["access.locker.bank"].create({"point_id": point.id})
        cls.env["access.locker.terminal"].create(
            {"bank_id": bank.id, "device_id": terminal.id, "row": 1, "position": 2}
        )
        return cls.env["access.locker"].create(
            [
                {
                    "bank_id": bank.id,
                    "number": f"A{number}",
                    "position": number,
                    "device_id": board.id,
                    "output": number - 1,
                    "input": number - 1,
                }
                for number in (1, 2)
            ]
        )

    @classmethod
    def _code(cls, gateway=None):
        action = (gateway or cls.gateway).action_new_pairing_code()
        return action["context"]["default_code"]

    @classmethod
    def _pair(cls, gateway=None):
        """Pair as a box does, and give what it gets."""
        code = cls._code(gateway)
        return cls.env["access.gateway"]._pair(code, "box", "1.0")

    @classmethod
    def _release(cls, of="19.0.2.0.0", **values):
        """Upload a release of a version; what is in it matters to gateways alone."""
        file = {"wheel": base64.b64encode(wheel(of)), "signature": SIGNATURE}
        return cls.env["access.gateway.release"].create({**file, **values})

    def _forget_changes(self):
        """As if what was set up here had been committed long ago."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE access_policy_change SET transaction_number = '3'"
            " WHERE transaction_number = pg_current_xact_id_if_assigned()"
        )
        self.env.cr.precommit.data.pop("access.policy.change", None)

    def _journal(self, *passages, first=1, digest=GENESIS):
        """Chain passages as a gateway's journal does; each is a dict of changes."""
        events = []
        for sequence, changes in enumerate(passages, first):
            event = PassageEvent(
                time=utc_text(utc("2026-11-21 07:30")),
                point=self.turnstile.id,
                granted=False,
                reason="no_right",
                policy=1,
            )
            record = event._replace(**changes).record(sequence)
            digest = link(digest, record)
            events.append(sent_form(record, digest))
        return events
