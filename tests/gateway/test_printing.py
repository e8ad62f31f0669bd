"""Slips of paper that the ERP orders: printed once, in time, or told as not."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from access_gateway.messages import Ticket
from access_gateway.simulators.ticket_printer import SimulatedPrinter, Slip

from .gateway_process import GatewayProcess
from .world import eventually, policy, venue

TICKET = {
    "title": "Anna Nowak",
    "lines": ["Gym, 10 entries"],
    "barcode": "T0012345678",
    "qr": None,
}
SLIP = Slip(["Anna Nowak"], ["Gym, 10 entries"], "T0012345678")
FAST = {"timeout_ms": 200, "print_ms": 500, "check_ms": 20}
# A process starts slowly on a machine with other work.
PATIENCE = 60.0


@asynccontextmanager
async def printing(directory):
    """A venue with a printer; its gateway does not run yet."""
    async with SimulatedPrinter() as printer:
        known = {
            "driver": "ticket_printer",
            "address": printer.address,
            "settings": FAST,
        }
        devices = {**policy()["devices"], "8": known}
        async with venue(directory, devices=devices) as place:
            yield place, printer


@asynccontextmanager
async def up(directory):
    async with printing(directory) as (place, printer), place.gateway_running():
        await place.up()
        yield place, printer


async def outcome(place, key="a", **changes):
    """Order a slip, and give what came of it."""
    order = {"kind": "print", "device": "8", "ticket": TICKET, **changes}
    place.erp.command(key, **order)
    await place.erp.until(lambda: key in place.erp.results)
    told = place.erp.results[key]
    return told["ok"], told["message"]


async def test_a_slip_is_printed(tmp_path):
    async with up(tmp_path) as (place, printer):
        assert await outcome(place) == (True, None)
        assert printer.slips == [SLIP]


async def test_each_copy_is_cut_off(tmp_path):
    async with up(tmp_path) as (place, printer):
        await outcome(place, ticket={**TICKET, "copies": 3})
        assert printer.slips == [SLIP] * 3


async def test_an_order_that_comes_twice_is_printed_once(tmp_path):
    async with up(tmp_path) as (place, printer):
        await outcome(place)
        del place.erp.results["a"]
        await place.erp.until(lambda: "a" in place.erp.results)
        assert place.erp.results["a"]["ok"] is True
        assert printer.slips == [SLIP]


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("out_of_paper", "not printed: out of paper"), ("silent", "no answer")],
)
async def test_a_printer_that_cannot_print_is_told_in_words(tmp_path, trouble, words):
    async with up(tmp_path) as (place, printer):
        setattr(printer, trouble, True)
        await eventually(lambda: place.driver("8").problem)
        ok, message = await outcome(place)
        assert ok is False and words in message


async def test_a_slip_that_may_be_on_paper_is_told_as_perhaps(tmp_path):
    async with up(tmp_path) as (place, printer):
        printer.breaks_after = 40
        ok, message = await outcome(place)
        assert ok is None and "may have been printed in part" in message


async def test_a_slip_whose_turn_comes_too_late_is_not_printed(tmp_path):
    async with up(tmp_path) as (place, printer):
        ends = place.erp.now() + timedelta(seconds=0.3)
        async with place.driver("8")._turn:
            place.erp.command(
                "a",
                kind="print",
                device="8",
                ticket=TICKET,
                expires_at=ends.isoformat(),
            )
            await eventually(lambda: place.gateway.orders._running)
            await asyncio.sleep(0.4)
        await place.erp.until(lambda: "a" in place.erp.results)
        assert place.erp.results["a"]["message"] == "too late"
        assert printer.slips == []


@pytest.mark.parametrize(
    "ticket",
    [None, {}, {"title": 1}, {**TICKET, "copies": 11}, {**TICKET, "lines": ["x"] * 99}],
)
async def test_what_is_no_slip_is_refused(tmp_path, ticket):
    async with up(tmp_path) as (place, printer):
        ok, message = await outcome(place, ticket=ticket)
        assert ok is False and "malformed" in message
        assert printer.slips == []


async def test_what_stands_on_a_slip_is_in_no_log(tmp_path, caplog):
    caplog.set_level("DEBUG", "access_gateway")
    async with up(tmp_path) as (place, printer):
        await outcome(place)
        printer.breaks_after = 40
        await outcome(place, "b")
        await outcome(place, "c", ticket={**TICKET, "copies": 99})
    assert "Anna" not in caplog.text and TICKET["barcode"] not in caplog.text


def test_a_slip_shows_nothing_of_itself():
    assert "Anna" not in repr(Ticket.from_document(TICKET))
    assert TICKET["barcode"] not in repr(Ticket.from_document(TICKET))


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_gateway_that_dies_in_it_prints_no_second_one(
    tmp_path, python_path, when
):
    """What it did not tell any more it tells at its next start, though it is late."""
    async with printing(tmp_path) as (place, printer):
        place.state_dir.mkdir(mode=0o700)
        place.erp.identity().save(place.state_dir)
        with GatewayProcess(place.state_dir, tmp_path, python_path) as gateway:
            gateway.start(FAULT_DIE=f"TicketPrinter._until_printed:{when}:1")
            await place.erp.until(lambda: _is_online(place.erp.status), PATIENCE)
            place.erp.command("a", kind="print", device="8", ticket=TICKET)
            await eventually(lambda: not gateway.is_running, PATIENCE)
            place.erp.commands.clear()  # it has expired meanwhile
            gateway.start()
            await place.erp.until(lambda: "a" in place.erp.results, PATIENCE)
            told = place.erp.results["a"]
            assert told["ok"] is None and "may have been done" in told["message"]
            assert len(printer.slips) <= 1


def _is_online(status):
    return (status.get("devices") or {}).get("8", {}).get("online")
