"""What the pool sells: its price list, tickets, season cards and goods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .bills import (
    BASE,
    FREE_UNTIL,
    GRACE,
    HOURS_UNIT,
    MINUTE,
    MOST,
    SAUNA_ENTRY,
    SAUNA_MINUTE,
)

if TYPE_CHECKING:
    from .venue import Venue

BEER, CHIPS = 1200, 950
# By name: minutes that the ticket pays for, price, and who gets a band.
TICKETS = {
    "adult": (60, 2900, [("adult", 1, False)]),
    "child": (60, 1900, [("child", 1, False)]),
    "at the exit": (0, 0, [("adult", 1, False)]),
    "family": (120, 8500, [("adult", 2, False), ("child", 2, False)]),
    "group": (120, 7000, [("adult", 1, True), ("child", 4, False)]),
}
# By name: what the price list knows it by, units, price, bands at once.
CARDS = {"entries": (10, 20000, 3), "hours": (600, 18000, 1)}
ENTRY_MINUTES = 120
# Who buys before midnight comes in after it: the opening day ends in the night.
DAY_STARTS = 4


class Prices:
    """``products`` and ``lines`` of admissions are numbers of records by name."""

    def __init__(self, venue: Venue):
        self._venue, self._make, self._read = venue, venue.make, venue.staff.read
        self.products: dict[str, int] = {}
        self.lines: dict[str, list[int]] = {}
        self._kinds = {
            code: self._make("access.customer.kind", name=code.title(), code=code)
            for code in BASE
        }
        self._tariff = self._make_tariff()
        self._limit_the_day()
        self._covers = self._make_covers()
        self._sell()

    def _goods(
        self, name: str, cents: int, kind: str = "service", **values: Any
    ) -> int:
        template = self._make(
            "product.template",
            name=name,
            list_price=cents / 100,
            type=kind,
            available_in_pos=True,
            taxes_id=[(5, 0, 0)],
            **values,
        )
        domain = [("product_tmpl_id", "=", template)]
        [product] = self._read("product.product", domain, "name")
        self.products[name] = product["id"]
        return product["id"]

    # -- the price list ------------------------------------------------------

    def _make_tariff(self) -> int:
        sauna = [(6, 0, [self._venue.zones["sauna"]])]
        pool_clock = {
            "name": "Pool",
            "zone_ids": [(6, 0, [self._venue.wet])],
            "step_ids": [(0, 0, step) for step in self._steps(sauna)],
        }
        entry = {
            "price": SAUNA_ENTRY / 100,
            "product_id": self._goods("time: sauna", 0),
        }
        sauna_clock = {"name": "Sauna", "zone_ids": sauna, "step_ids": [(0, 0, entry)]}
        return self._make(
            "access.tariff",
            name="Pool",
            venue_id=self._venue.venue,
            day_starts=DAY_STARTS,
            clock_ids=[(0, 0, pool_clock), (0, 0, sauna_clock)],
            lost="limit",
            lost_instead=True,
            lost_product_id=self._goods("time: lost band", 0),
            exit_grace=GRACE.seconds // 60,
        )

    def _steps(self, sauna: list[Any]) -> list[dict[str, Any]]:
        kinds = [(6, 0, [self._kinds["child"]])]
        child = {"price": BASE["child"] / 100, "kind_ids": kinds}
        return [
            {
                "price": BASE["adult"] / 100,
                "product_id": self._goods("time: entry", 0),
                "case_ids": [(0, 0, child)],
            },
            {
                "after": 60,
                "tolerance": FREE_UNTIL - 60,
                "every": 1,
                "price": MINUTE / 100,
                "product_id": self._goods("time: minute", 0),
                "case_ids": [(0, 0, {"price": SAUNA_MINUTE / 100, "zone_ids": sauna})],
            },
        ]

    def _limit_the_day(self) -> None:
        self._make(
            "access.tariff.adjustment",
            name="Day",
            tariff_id=self._tariff,
            effect="most",
            price=MOST / 100,
            product_id=self._goods("time: day", 0),
        )

    def _make_covers(self) -> dict[Any, int]:
        [pool] = self._read("access.tariff.clock", [("name", "=", "Pool")], "name")
        on_pool = {"tariff_id": self._tariff, "clock_ids": [(6, 0, [pool["id"]])]}
        covers: dict[Any, dict[str, Any]] = {
            60: {"minutes": 60},
            120: {"minutes": 120},
            "entries": {"type": "entries", "minutes": ENTRY_MINUTES},
            "hours": {"type": "minutes", "unit": HOURS_UNIT},
        }
        return {
            key: self._make("access.tariff.cover", name=str(key), **cover, **on_pool)
            for key, cover in covers.items()
        }

    # -- what is sold ------------------------------------------------------

    def _sell(self) -> None:
        for name, (minutes, cents, who) in TICKETS.items():
            lines = [
                {
                    "sequence": place,
                    "kind_id": self._kinds[kind],
                    "count": count,
                    "is_leader": is_leader,
                    "cover_id": self._covers.get(minutes, False),
                }
                for place, (kind, count, is_leader) in enumerate(who)
            ]
            self._goods(name, cents, access_admission_id=self._admission(name, lines))
        for name, (units, cents, most) in CARDS.items():
            card = {"type": "card", "units": units, "bands_most": most}
            card["cover_id"] = self._covers[name]
            lines = [{"kind_id": self._kinds["adult"], "count": 1}]
            admission = self._admission(name, lines, **card)
            self._goods(name, cents, access_admission_id=admission)
        self._goods("beer", BEER, "consu")
        self._goods("chips", CHIPS, "consu")

    def _admission(self, name: str, lines: list[dict[str, Any]], **values: Any) -> int:
        zones = self._venue.zones
        leader = [self._venue.room] if name == "group" else []
        admission = self._make(
            "access.admission",
            name=name,
            tariff_id=self._tariff,
            zone_ids=[(6, 0, [zones["pool"], zones["sauna"]])],
            line_ids=[(0, 0, line) for line in lines],
            leader_point_ids=[(6, 0, leader)],
            **values,
        )
        domain = [("admission_id", "=", admission)]
        found = self._read("access.admission.line", domain, "count")
        self.lines[name] = [one["id"] for one in found for _n in range(one["count"])]
        return admission
