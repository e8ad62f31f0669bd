"""The pool as staff set it up in the ERP: zones, gates, lockers, prices, tills."""

from typing import Any

from devtools.erp import Erp
from devtools.odoo_server import Odoo

from .bills import LIMIT
from .prices import Prices

# By name: from where to where, and how many gates of the kind there are.
GATES = {
    "entry": (None, "pool", 3),
    "sauna in": ("pool", "sauna", 2),
    "sauna out": ("sauna", "pool", 2),
    "exit": ("pool", None, 2),
}
ROOM = "group room"
ROWS, BOARDS_PER_ROW, LOCKS = 4, 2, 16
BANDS = 320
EXIT_MINUTES = 15
CASHIERS = {"desk 1": "desk", "desk 2": "desk", "bar 1": "bar", "bar 2": "bar"}
RELEASE_S = 5.0
PASSWORD = "of this test"


class Venue:
    """Numbers of the records, by what the actors call them."""

    def __init__(self, odoo: Odoo):
        self.odoo = odoo
        self.staff = Erp(odoo.url, odoo.database, odoo.login, odoo.password)
        self.points: dict[str, int] = {}
        self.zones: dict[str, int] = {}

    def make(self, model: str, **values: Any) -> int:
        return self.staff.call(model, "create", [values])[0]

    def set_up(self) -> None:
        [company] = self.staff.read("res.company", [], "name")
        self.company = company["id"]
        template = "account.chart.template", "try_loading"
        self.staff.call(*template, [], "generic_coa", self.company)
        self._set_up_zones()
        self._set_up_doors()
        self._set_up_lockers()
        self.prices = Prices(self)
        self._set_up_tills()
        self._set_up_bands()

    # -- the house ------------------------------------------------------

    @property
    def room(self) -> int:
        return self.points[ROOM]

    def _set_up_zones(self) -> None:
        values = {"band_credit_limit": LIMIT / 100, "exit_minutes": EXIT_MINUTES}
        self.venue = self.make(
            "access.venue", name="Pool", tz="Europe/Warsaw", **values
        )
        wet = self.make("access.zone", name="Wet", venue_id=self.venue)
        for name in ("pool", "sauna"):
            values = {"venue_id": self.venue, "parent_id": wet}
            self.zones[name] = self.make("access.zone", name=name, **values)
        values = {"venue_id": self.venue, "parent_id": wet}
        self.zones[ROOM] = self.make("access.zone", name=ROOM, **values)
        self.wet = wet

    def _device(self, driver: str, address: str, **settings: Any) -> int:
        [kind] = self.staff.read("access.driver", [("code", "=", driver)], "code")
        known = {"driver_id": kind["id"], "gateway_id": self.gateway}
        name = f"{address} {settings.get('board', '')}"
        device = self.make("access.device", name=name, address=address, **known)
        self.staff.call("access.device", "write", [device], {"settings": settings})
        return device

    def _set_up_doors(self) -> None:
        self.gateway = self.make("access.gateway", name="Pool")
        self.relays = self._device(
            "modbus_relay", "relays", unit=1, inputs=16, scan_ms=50
        )
        number = 0
        for name, (inner, outer, count) in GATES.items():
            for one in range(count):
                self._gate(f"{name} {one + 1}", inner, outer, number)
                number += 1
        self._gate(ROOM, "pool", ROOM, number, release_mode="toggle")

    def _gate(
        self, name: str, origin: str | None, to: str | None, number: int, **values: Any
    ) -> None:
        is_exit = name.startswith("exit")
        kind = "barcode" if is_exit else "card"
        reader = self._device("serial_reader", name.replace(" ", "-"), kind=kind)
        self.points[name] = point = self.make(
            "access.point",
            name=name,
            venue_id=self.venue,
            kind="door" if name == ROOM else "gate",
            zone_from_id=self.zones.get(origin, False),
            zone_to_id=self.zones.get(to, False),
            exit_control="ticket" if is_exit else "free",
            reader_id=reader,
            lock_id=self.relays,
            lock_output=number,
            release_seconds=RELEASE_S,
            **values,
        )
        sense = {"sense": "passage", "number": number, "point_id": point}
        self.make("access.input", device_id=self.relays, **sense)

    def _set_up_lockers(self) -> None:
        values = {"venue_id": self.venue, "zone_to_id": self.zones["pool"]}
        self.points["lockers"] = self.make(
            "access.point", name="Lockers", kind="locker_bank", **values
        )
        bank = {"point_id": self.points["lockers"], "free_after_seconds": 1}
        self.bank = self.make("access.locker.bank", **bank)
        boards = [
            self._device(
                "locker_board", "lockers", board=board, locks=LOCKS, inside=True
            )
            for board in range(ROWS * BOARDS_PER_ROW)
        ]
        for row in range(ROWS):
            terminal = self._device("serial_reader", f"terminal-{row}", kind="card")
            place = {"row": row + 1, "position": LOCKS, "device_id": terminal}
            self.make("access.locker.terminal", bank_id=self.bank, **place)
        lockers = [
            {
                "bank_id": self.bank,
                "number": str(number_of(row, one)),
                "row": row + 1,
                "position": one + 1,
                "device_id": boards[BOARDS_PER_ROW * row + one // LOCKS],
                "output": one % LOCKS,
                "input": one % LOCKS,
                "has_inside": True,
                "inside": LOCKS + one % LOCKS,
            }
            for row in range(ROWS)
            for one in range(BOARDS_PER_ROW * LOCKS)
        ]
        self.staff.call("access.locker", "create", lockers)

    # -- tills ------------------------------------------------------

    def _set_up_tills(self) -> None:
        roles = {
            role: self.staff.by_xml_id(f"point_of_sale.group_pos_{role}")
            for role in ("user", "manager")
        }
        self.tills: dict[str, int] = {}
        for place, name in enumerate(CASHIERS):
            group = roles["manager" if name == "desk 1" else "user"]
            groups = [(6, 0, [self.staff.by_xml_id("base.group_user"), group])]
            login = {"login": name, "password": PASSWORD, "group_ids": groups}
            self.make("res.users", name=name, **login)
            journal = self.make(
                "account.journal", name=name, type="cash", code=f"TILL{place}"
            )
            method = self.make("pos.payment.method", name=name, journal_id=journal)
            methods = [(6, 0, [method])]
            self.tills[name] = self.make(
                "pos.config", name=name, payment_method_ids=methods
            )

    def _set_up_bands(self) -> None:
        bands = [
            {"number": f"B-{number:03}", "value": f"04A1{number:06X}5E80"}
            for number in range(BANDS)
        ]
        made = self.staff.call("access.wristband", "create", bands)
        self.bands = {
            key: (band["number"], band["value"])
            for key, band in zip(made, bands, strict=True)
        }


def number_of(row: int, locker: int) -> int:
    """Give what stands on the door of a locker."""
    return 100 * (row + 1) + locker
