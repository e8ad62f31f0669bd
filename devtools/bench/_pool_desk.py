"""A pool with a cash desk, a bar and a family, in process, for `./dev bench pool`."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from access_policy import PassageEvent, link
from access_policy.event import utc_text

VENUE = "Bench pool"
FAMILY = 6
STAYED = timedelta(minutes=90)


class PoolDesk:
    """Everything is made once; a later process finds it."""

    def __init__(self, env: Any):
        self._root = env
        self.env = env(user=env.ref("base.user_admin"))
        self._numbers = itertools.count(1)
        if not self._one("access.venue", VENUE):
            self._set_up()
            self._live_through_one()
        self._find()

    def _one(self, model: str, name: str) -> Any:
        found = self.env[model].sudo().with_context(active_test=False)
        return found.search([(found._rec_name, "=", name)], limit=1)

    def forget(self) -> None:
        """Undo what was done, and begin as a request does."""
        self.env.cr.rollback()
        self.env.invalidate_all()

    # -- what is there ------------------------------------------------------

    def _set_up(self) -> None:
        env = self.env
        if not env.company.chart_template:
            env["account.chart.template"].try_loading("generic_coa", env.company)
        venue = env["access.venue"].create(
            {"name": VENUE, "tz": "Europe/Warsaw", "band_credit_limit": 50}
        )
        zones = {
            name: env["access.zone"].create({"name": name, "venue_id": venue.id})
            for name in ("Bench water", "Bench sauna")
        }
        water, sauna = zones.values()
        for name, origin, to in (
            ("Bench in", False, water),
            ("Bench sauna in", water, sauna),
            ("Bench sauna out", sauna, water),
        ):
            values = {"zone_from_id": origin and origin.id, "zone_to_id": to.id}
            env["access.point"].create({"name": name, "venue_id": venue.id, **values})
        values = {"name": "Bench out", "venue_id": venue.id, "zone_from_id": water.id}
        env["access.point"].create({**values, "exit_control": "ticket"})
        kind = env["access.customer.kind"].create({"name": "Bench", "code": "bench"})
        self._prices(venue, sauna, kind, zones)
        for name in ("Bench desk", "Bench bar"):
            journal = env["account.journal"].create(
                {"name": name, "type": "cash", "code": f"B{name[-4:].upper()}"}
            )
            method = env["pos.payment.method"].create(
                {"name": name, "journal_id": journal.id}
            )
            config = env["pos.config"].create(
                {"name": name, "payment_method_ids": [(6, 0, method.ids)]}
            )
            config.open_ui()
        env["access.wristband"].create(
            [
                {"number": f"BENCH-{n}", "value": f"04BE{n:06X}5E80"}
                for n in range(4 * FAMILY)
            ]
        )
        env["access.journal"].sudo().create({"name": "Bench gateway"})
        env["access.journal"].sudo().create({"name": "Bench past"})
        env.cr.commit()

    def _goods(self, name: str, amount: float, **values: Any) -> Any:
        return self.env["product.product"].create(
            {
                "name": name,
                "list_price": amount,
                "type": "service",
                "available_in_pos": True,
                "taxes_id": [(5, 0, 0)],
                **values,
            }
        )

    def _prices(self, venue: Any, sauna: Any, kind: Any, zones: Any) -> None:
        time, extra = self._goods("Bench time", 0), self._goods("Bench extra", 0)
        self._goods("Bench beer", 5)
        steps = [
            {"price": 25, "product_id": time.id},
            {
                "after": 60,
                "every": 1,
                "price": 0.6,
                "product_id": time.id,
                "case_ids": [(0, 0, {"price": 0.9, "zone_ids": [(6, 0, sauna.ids)]})],
            },
        ]
        entry = {"price": 15, "product_id": extra.id}
        clocks = [
            {"name": "Pool", "step_ids": [(0, 0, step) for step in steps]},
            {
                "name": "Sauna",
                "zone_ids": [(6, 0, sauna.ids)],
                "step_ids": [(0, 0, entry)],
            },
        ]
        tariff = self.env["access.tariff"].create(
            {
                "name": "Bench",
                "venue_id": venue.id,
                "clock_ids": [(0, 0, clock) for clock in clocks],
            }
        )
        pool = tariff.clock_ids.filtered(lambda clock: clock.name == "Pool")
        cover = self.env["access.tariff.cover"].create(
            {
                "name": "60 minutes",
                "minutes": 60,
                "tariff_id": tariff.id,
                "clock_ids": [(6, 0, pool.ids)],
            }
        )
        line = {"kind_id": kind.id, "count": FAMILY, "cover_id": cover.id}
        admission = self.env["access.admission"].create(
            {
                "name": "Bench family",
                "tariff_id": tariff.id,
                "zone_ids": [(6, 0, [zone.id for zone in zones.values()])],
                "line_ids": [(0, 0, line)],
            }
        )
        family = self._goods("Bench family", 99)
        family.access_admission_id = admission

    def _find(self) -> None:
        self.desk, self.bar = (
            self._one("pos.config", f"Bench {name}") for name in ("desk", "bar")
        )
        self.products = {
            name: self._one("product.product", f"Bench {name}")
            for name in ("family", "beer")
        }
        self.bands = self.env["access.wristband"].search(
            [("number", "=like", "BENCH-%")], order="id"
        )
        self.journal = self._one("access.journal", "Bench gateway").sudo()

    # -- what happens ------------------------------------------------------

    def _sync(self, config: Any, lines: list[dict], state: str = "paid") -> Any:
        total = sum(line["qty"] * line["price_unit"] for line in lines)
        number = f"bench-{datetime.now().timestamp()}-{next(self._numbers)}"
        order = {
            "uuid": number,
            "name": number,
            "company_id": config.company_id.id,
            "session_id": config.current_session_id.id,
            "pricelist_id": config.pricelist_id.id,
            "amount_total": total,
            "amount_paid": total if state == "paid" else 0,
            "amount_tax": 0,
            "amount_return": 0,
            "date_order": self._now().strftime("%Y-%m-%d %H:%M:%S"),
            "access_token": number,
            "state": state,
            "lines": [(0, 0, self._line(line)) for line in lines],
            "payment_ids": [],
        }
        if state == "paid":
            method = config.payment_method_ids[:1].id
            order["payment_ids"] = [
                (0, 0, {"amount": total, "payment_method_id": method})
            ]
        return self.env["pos.order"].sync_from_ui([order])["pos.order"][0]

    def _line(self, line: dict) -> dict:
        amount = line["qty"] * line["price_unit"]
        number = f"bench-line-{datetime.now().timestamp()}-{next(self._numbers)}"
        values = {"name": number, "uuid": number, "tax_ids": []}
        values |= {"price_subtotal": amount, "price_subtotal_incl": amount}
        return {**values, **line}

    def _now(self) -> datetime:
        from odoo import fields

        return fields.Datetime.now()

    def sell(self, count: int, first: int = 2 * FAMILY) -> Any:
        """Sell a family's bands; give their stays."""
        admission = self.products["family"].product_tmpl_id.access_admission_id
        bands = self.bands[first : first + count]
        given = [
            {"id": band.id, "number": band.number, "line": admission.line_ids.id}
            for band in bands
        ]
        product = {"product_id": self.products["family"].id, "price_unit": 99}
        order = self._sync(self.desk, [{**product, "qty": 1, "access_bands": given}])
        lines = self.env["pos.order"].browse(order["id"]).sudo().lines
        return lines.access_stay_ids

    def family(self) -> Any:
        """Give a family that is over its time, with a tab each."""
        inside = self.bands[:FAMILY].sudo().stay_ids.filtered("is_open")
        if inside:
            return inside
        stays = self.sell(FAMILY, 0).sudo()
        self._move(stays, ("Bench in", 0), ("Bench sauna in", 50))
        self._move(stays, ("Bench sauna out", 70))
        for stay in stays:
            beer = {"product_id": self.products["beer"].id, "qty": 2, "price_unit": 5}
            order = self._sync(self.bar, [beer], "draft")
            value = stay.wristband_id.value
            self.bar.action_access_put_on_band(order["id"], value)
        return stays

    def _move(self, stays: Any, *passages: tuple[str, int]) -> None:
        """Let guests pass gates, so many minutes after they came."""
        begin = self._now() - STAYED
        stays.sudo().begun_at = min(begin, *stays.mapped("begun_at"))
        events = [
            self._event(stay, name, begin + timedelta(minutes=minute))
            for name, minute in passages
            for stay in stays
        ]
        self.take_in(self._chained(events))

    def _event(self, stay: Any, name: str, at: datetime) -> PassageEvent:
        from odoo.addons.access_base.models.access_use import as_utc

        point = self._one("access.point", name)
        is_exit = name == "Bench out"
        kind = "barcode" if is_exit else "wristband"
        stay = stay.sudo()
        credential = stay.credential_ids.filtered(lambda one: one.kind == kind)[-1:]
        person = self._root["access.person"].search(
            [("partner_id", "=", stay.guest_id.id)], limit=1
        )
        is_first = name == "Bench in"
        ticket = stay.ticket_ids.sorted("id")[-1 if is_exit else 0]
        return PassageEvent(
            utc_text(as_utc(at)),
            point.id,
            False,
            "passed",
            person=person.id,
            credential=credential.id,
            zone=point.zone_to_id.id or 0,
            day=at.date().isoformat() if is_first or is_exit else None,
            ticket=ticket.id if is_first or is_exit else None,
        )

    def _chained(self, events: list[PassageEvent]) -> list[tuple[str, str]]:
        sequence, digest = self.journal._head()
        rows = []
        for number, event in enumerate(events, sequence + 1):
            record = event.record(number)
            digest = link(digest, record)
            rows.append((record, digest))
        return rows

    def take_in(self, rows: list[tuple[str, str]]) -> None:
        self.env["access.event"].sudo()._ingest(self.journal, rows)

    def gate_events(self, count: int) -> list[tuple[str, str]]:
        """Give what the sauna's gates tell of guests who go in and out."""
        stays, now = self.family(), self._now()
        names = "Bench sauna in", "Bench sauna out"
        kinds = [self._event(stay, name, now) for stay in stays for name in names]
        events = [
            kinds[number % len(kinds)]._replace(
                time=utc_text((now + timedelta(seconds=number)).astimezone())
            )
            for number in range(count)
        ]
        return self._chained(events)

    def bill(self, stays: Any) -> list[dict]:
        return self.desk.action_access_bill(stays.ids, "bench bill")["lines"]

    def payment(self, stays: Any) -> Any:
        """Give what pays the family's bill, which was made before."""
        self.forget()
        lines = self.bill(stays)
        self.env.cr.commit()
        wanted = ("product_id", "qty", "price_unit")
        lines = [
            {
                **{name: line[name] for name in wanted},
                "access_charge_uuid": line["uuid"],
            }
            for line in lines
        ]
        return lambda: self._sync(self.desk, lines)

    def queries(self, work: Any) -> int:
        self.forget()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        count = self.env.cr.sql_log_count - before
        self.forget()
        return count

    # -- one stay that is over, to be copied -----------------------------

    def _live_through_one(self) -> None:
        self._find()
        stay = self.sell(1, 3 * FAMILY)
        self._move(stay, ("Bench in", 0))
        self.env.cr.commit()
        self.payment(stay)()
        self.env.flush_all()
        self._move(stay, ("Bench out", 89))
        self.env.cr.commit()

    @property
    def past(self) -> dict[str, Any]:
        """Give the rows of that stay, as ``_pool_past`` copies them."""
        band = self.bands[3 * FAMILY].sudo()
        stay = band.stay_ids.sorted("id")[:1].sudo()
        [person] = self._root["access.person"].search(
            [("partner_id", "=", stay.guest_id.id)]
        )
        cr = self.env.cr
        cr.execute(
            "SELECT id, credential_id, ticket_id FROM access_event"
            " WHERE credential_id = ANY(%s) ORDER BY id LIMIT 2",
            (stay.credential_ids.ids,),
        )
        events = cr.fetchall()
        cr.execute(
            "SELECT id, ticket_id FROM access_use"
            " WHERE ticket_id = ANY(%s) ORDER BY id",
            (stay.ticket_ids.ids,),
        )
        return {
            "stay": stay.id,
            "guest": stay.guest_id.id,
            "person": person.id,
            "credentials": stay.credential_ids.ids,
            "tickets": stay.ticket_ids.ids,
            "charges": stay.charge_ids.ids,
            "events": events,
            "uses": cr.fetchall(),
            "journal": self._one("access.journal", "Bench past").id,
        }
