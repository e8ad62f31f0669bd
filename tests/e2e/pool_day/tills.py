"""Cashiers at their tills: each a user of its own, by the calls that a till makes."""

import asyncio
import itertools
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from uuid import uuid4

from devtools.erp import Erp
from devtools.steps import UserError

from .shared_clock import text_of
from .venue import CASHIERS, PASSWORD, Venue

# How often a till sends again what the ERP did not answer, each half second.
ATTEMPTS = 120


class Till:
    """One till: a thread at a time works at it. Amounts are cents."""

    def __init__(self, venue: Venue, name: str, now: Callable[[], Any]):
        odoo = venue.odoo
        self.name, self._venue, self._now = name, venue, now
        self._erp = Erp(odoo.url, odoo.database, name, PASSWORD)
        self._config = venue.tills[name]
        self._is_taken = asyncio.Lock()
        self._numbers = itertools.count(1)
        self.taken = 0
        self.calls = 0
        self.repeated = 0
        self._open()

    def change_session(self) -> None:
        """Count the cash and close; begin anew."""
        cash = (self.taken - self._begin) / 100
        for method, *args in (
            ("post_closing_cash_details", cash),
            ("update_closing_control_state_session", ""),
            ("close_session_from_ui", []),
        ):
            answer = self._call("pos.session", method, [self._session], *args)
            assert not answer or answer["successful"], f"{self.name}: {answer}"
        self._open()

    def _open(self) -> None:
        self.ask("open_ui")
        domain = [("id", "=", self._config)]
        names = ("current_session_id", "pricelist_id", "payment_method_ids")
        [found] = self._venue.staff.read("pos.config", domain, *names)
        self._session = found["current_session_id"][0]
        self._pricelist = found["pricelist_id"] and found["pricelist_id"][0]
        [self._method] = found["payment_method_ids"]
        self._begin = self.taken

    async def work(self, task: Callable[..., Any], *args: Any) -> Any:
        """Do something here, beside what happens at other tills."""
        async with self._is_taken:
            return await asyncio.to_thread(task, *args)

    def ask(self, method: str, *args: Any, **values: Any) -> Any:
        """Call a method of the till's config."""
        return self._call("pos.config", method, [self._config], *args, **values)

    def _call(self, *args: Any, **values: Any) -> Any:
        """Call the ERP, and again while it does not answer."""
        self.calls += 1
        for attempt in itertools.count(1):
            try:
                return self._erp.call(*args, **values)
            except (OSError, HTTPException):
                if attempt == ATTEMPTS:
                    raise
                self.repeated += 1
                time.sleep(0.5)

    def try_(self, method: str, *args: Any, **values: Any) -> tuple[Any, str | None]:
        """Call it; give the answer, or the words in which it is refused."""
        try:
            return self.ask(method, *args, **values), None
        except UserError as error:
            return None, str(error)

    # -- orders ------------------------------------------------------

    def sell(self, product: str, cents: int, uuid: str | None = None, **values: Any):
        """Sell one of something for cash; give the order."""
        partner = values.pop("partner_id", False)
        line = self._line(
            self._venue.prices.products[product], 1, cents / 100, **values
        )
        return self._pay([line], uuid or str(uuid4()), partner_id=partner)

    def refund(self, product: str, cents: int, line: int) -> None:
        """Give money back for what was sold by a line."""
        known = self._venue.prices.products[product]
        back = self._line(known, -1, cents / 100, refunded_orderline_id=line)
        self._pay([back], str(uuid4()), is_refund=True)

    def pay(self, lines: list[dict[str, Any]], uuid: str) -> dict[str, Any]:
        """Pay the lines of a bill."""
        made = [
            self._line(
                line["product_id"],
                line["qty"],
                line["price_unit"],
                access_charge_uuid=line["uuid"],
            )
            for line in lines
        ]
        return self._pay(made, uuid)

    def put_on_band(self, wares: list[tuple[str, int]], band: str) -> str | None:
        """Put something on a band; give why it was refused."""
        products = self._venue.prices.products
        lines = [self._line(products[name], 1, cents / 100) for name, cents in wares]
        order = self._sync(lines, str(uuid4()), "draft")
        _answer, refusal = self.try_("action_access_put_on_band", order["id"], band)
        if refusal:
            self._call("pos.order", "action_pos_order_cancel", [order["id"]])
        return refusal

    def _line(self, product: int, count: float, each: float, **values: Any) -> dict:
        amount = round(count * each, 2)
        return {
            "name": f"{self.name} {next(self._numbers)}",
            "product_id": product,
            "qty": count,
            "price_unit": each,
            "price_subtotal": amount,
            "price_subtotal_incl": amount,
            "tax_ids": [],
            "uuid": str(uuid4()),
            **values,
        }

    def _pay(self, lines: list[dict], uuid: str, **values: Any) -> dict[str, Any]:
        total = round(sum(line["price_subtotal_incl"] for line in lines), 2)
        payment = {
            "amount": total,
            "payment_method_id": self._method,
            "name": text_of(self._now()),
        }
        order = self._sync(lines, uuid, "paid", payment_ids=[(0, 0, payment)], **values)
        self.taken += round(100 * total)
        return order

    def _sync(self, lines: list[dict], uuid: str, state: str, **values: Any) -> dict:
        total = round(sum(line["price_subtotal_incl"] for line in lines), 2)
        order = {
            "uuid": uuid,
            "name": f"{self.name}/{next(self._numbers)}",
            "company_id": self._venue.company,
            "session_id": self._session,
            "pricelist_id": self._pricelist,
            "amount_total": total,
            "amount_paid": total if state == "paid" else 0,
            "amount_tax": 0,
            "amount_return": 0,
            "date_order": text_of(self._now()),
            "access_token": str(uuid4()),
            "state": state,
            "lines": [(0, 0, line) for line in lines],
            "payment_ids": [],
            **values,
        }
        answer = self._call("pos.order", "sync_from_ui", [order])
        [found] = [one for one in answer["pos.order"] if one["uuid"] == uuid]
        return found


class Tills:
    """All tills of the day, by what is done at them."""

    def __init__(self, venue: Venue, now: Callable[[], Any]):
        self.all = {name: Till(venue, name, now) for name in CASHIERS}
        self._turns = {
            kind: itertools.cycle([one for one in CASHIERS if CASHIERS[one] == kind])
            for kind in set(CASHIERS.values())
        }

    def next(self, kind: str) -> Till:
        return self.all[next(self._turns[kind])]

    @property
    def taken(self) -> int:
        return sum(till.taken for till in self.all.values())
