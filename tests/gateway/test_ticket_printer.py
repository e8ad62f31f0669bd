"""The printer driver against a simulated printer, over TCP and on a serial line."""

import asyncio
import io
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from escpos.constants import GS

from access_gateway.drivers import DeviceError, Ticket, Uncertain
from access_gateway.drivers.ticket_printer import TicketPrinter, render
from access_gateway.rules import Device
from access_gateway.simulators.ticket_printer import SimulatedPrinter, Slip

from .driving import attached, driven
from .world import eventually

TICKET = Ticket("PARKERING", ("Ind 07:30", "Tak"), "T0012345678", "https://x.example/t")
SLIP = Slip(["PARKERING"], ["Ind 07:30", "Tak"], "T0012345678", "https://x.example/t")
LETTERS = "æøåÆØÅ łódź żąęśćń äöüßÄÖÜ €"


def printer_on(directory, transport="serial", **given):
    return attached(SimulatedPrinter, directory, transport, **given)


@asynccontextmanager
async def running(printer, **settings):
    settings = {"timeout_ms": 100, "print_ms": 300, "check_ms": 20, **settings}
    device = Device("8", "ticket_printer", printer.address, settings)
    async with driven(TicketPrinter(device, print)) as driver:
        yield driver


@asynccontextmanager
async def up(directory, transport="tcp", **settings):
    async with printer_on(directory, transport) as printer:
        async with running(printer, **settings) as driver:
            await eventually(lambda: driver.online)
            yield printer, driver


@pytest.mark.parametrize("transport", ["tcp", "serial"])
async def test_a_ticket_is_printed_and_cut_off(tmp_path, transport):
    async with up(tmp_path, transport) as (printer, driver):
        await driver.print(TICKET)
        assert printer.slips == [SLIP]
        assert driver.problem is None


async def test_who_looks_for_it_reads_its_name(tmp_path):
    async with up(tmp_path) as (printer, driver):
        driver.device = replace(driver.device, name="Printer at the till")
        await driver.identify()
        assert printer.slips[0].lines == ["Printer at the till"]


async def test_the_letters_of_danish_polish_and_german_come_right(tmp_path):
    async with up(tmp_path) as (printer, driver):
        await driver.print(Ticket("Łódź", (LETTERS,)))
        assert printer.slips == [Slip(["Łódź"], [LETTERS])]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("cp1250", "łódź"), ("cp1252", "blåbær"), ("cp1251", "билет"), ("cp866", "билет")],
)
async def test_a_code_page_may_be_fixed(tmp_path, encoding, text):
    async with up(tmp_path, encoding=encoding) as (printer, driver):
        await driver.print(Ticket(text, (text + "字",)))
        assert printer.slips == [Slip([text], [text + "?"])]


async def test_tickets_come_in_the_order_of_asking(tmp_path):
    async with up(tmp_path) as (printer, driver):
        await asyncio.gather(*[driver.print(Ticket(str(n))) for n in range(10)])
        assert [slip.title for slip in printer.slips] == [[str(n)] for n in range(10)]


async def test_a_text_gives_the_printer_no_commands(tmp_path):
    async with up(tmp_path) as (printer, driver):
        await driver.print(Ticket("A\x1dV\x00B", ("\x1b@{\n",), "{A{B"))
        assert printer.slips == [Slip(["A V B"], [" @{ "], "{A{B")]


async def test_what_the_printer_is_stands_in_its_facts(tmp_path):
    async with up(tmp_path) as (_printer, driver):
        assert driver.facts == {
            "model": "TM-SIM",
            "firmware": "1.04 ESC/POS",
            "serial": "X0001",
            "paper": "enough",
        }


async def test_a_roll_near_its_end_is_told_and_still_printed_on(tmp_path):
    async with up(tmp_path) as (printer, driver):
        printer.low_paper = True
        await eventually(lambda: driver.facts["paper"] == "low")
        await driver.print(TICKET)
        assert printer.slips == [SLIP]


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("out_of_paper", "out of paper"), ("cover_open", "cover is open")],
)
async def test_nothing_is_sent_to_a_printer_that_cannot_print(tmp_path, trouble, words):
    async with up(tmp_path) as (printer, driver):
        setattr(printer, trouble, True)
        await eventually(lambda: words in (driver.problem or ""))
        with pytest.raises(DeviceError, match=f"not printed: .*{words}") as raised:
            await driver.print(TICKET)
        assert not isinstance(raised.value, Uncertain)
        printer.resume()
        await eventually(lambda: driver.problem is None)
        assert printer.slips == [] and driver.online


async def test_paper_that_runs_out_in_a_ticket_makes_it_uncertain(tmp_path):
    async with up(tmp_path) as (printer, driver):
        printer.breaks_after = 60
        with pytest.raises(Uncertain, match="out of paper"):
            await driver.print(TICKET)
        # What was left of it is not printed with the new roll: it was given up.
        await eventually(lambda: not printer._waiting)
        printer.resume()
        await eventually(lambda: driver.online and driver.problem is None)
        await driver.print(TICKET)
        assert printer.slips[-1] == SLIP
        assert all(slip.barcode is None for slip in printer.slips[:-1])


async def test_a_line_that_breaks_in_a_ticket_makes_it_uncertain(tmp_path):
    async with up(tmp_path) as (printer, driver):
        printer.breaks_after, printer.cuts_line = 60, True
        with pytest.raises(Uncertain):
            await driver.print(TICKET)
        printer.cuts_line = False
        await eventually(lambda: not driver.online)
        await eventually(lambda: driver.online)
        await driver.print(TICKET)
        torn, whole = printer.slips
        assert torn.barcode is None and whole == SLIP


async def test_a_printer_that_falls_silent_is_offline_and_comes_back(tmp_path):
    async with up(tmp_path) as (printer, driver):
        printer.silent = True
        await eventually(lambda: not driver.online)
        assert "no answer" in driver.problem
        with pytest.raises(DeviceError, match="offline|no answer"):
            await driver.print(TICKET)
        printer.silent = False
        await eventually(lambda: driver.online)
        await driver.print(TICKET)
        assert printer.slips == [SLIP]


async def test_garbage_is_no_status(tmp_path):
    async with up(tmp_path) as (printer, driver):
        printer.garbled = True
        await eventually(lambda: not driver.online)
        printer.garbled = False
        await eventually(lambda: driver.online)


async def test_a_printer_without_a_status_prints(tmp_path):
    async with printer_on(tmp_path, "tcp") as printer:
        printer.answers = False
        async with running(printer, status=False) as driver:
            await eventually(lambda: driver.online)
            await driver.print(TICKET)
            await eventually(lambda: printer.slips == [SLIP])


@pytest.mark.parametrize("transport", ["tcp", "serial"])
async def test_an_unplugged_printer_is_offline_and_comes_back(tmp_path, transport):
    async with up(tmp_path, transport) as (printer, driver):
        if transport == "tcp":
            await printer.stop()
        else:
            printer._line.unplug()
        await eventually(lambda: not driver.online)
        if transport == "tcp":
            await printer.start()
        else:
            printer._line.plug()
        await eventually(lambda: driver.online)
        await driver.print(TICKET)
        assert printer.slips == [SLIP]


async def test_a_host_that_refuses_is_named(tmp_path):
    async with printer_on(tmp_path, "tcp") as printer:
        await printer.stop()
        async with running(printer) as driver:
            await eventually(lambda: "cannot connect" in driver.problem)


def test_an_address_that_is_none_is_named():
    with pytest.raises(DeviceError, match="no address"):
        TicketPrinter(Device("8", "ticket_printer", "tcp://:x"), print)


@pytest.mark.parametrize("code", ["Ø1", "", "A\n", "1" * 60])
def test_a_barcode_that_cannot_be_is_refused(code):
    with pytest.raises(DeviceError, match="barcode"):
        render(Ticket("A", barcode=code))


def test_the_barcode_is_what_a_scanner_reads():
    """The widths of CODE128 are those that another library draws and a third reads."""
    barcode = pytest.importorskip("barcode")
    zxingcpp = pytest.importorskip("zxingcpp")
    image = pytest.importorskip("PIL.Image")
    stream = render(TICKET)
    at = stream.index(GS + b"kI")
    sent = stream[at + 4 : at + 4 + stream[at + 3]].decode()
    drawn = io.BytesIO()
    code = barcode.get("code128", sent[2:], writer=barcode.writer.ImageWriter())
    code.write(drawn, {"module_width": 0.3})
    (found,) = zxingcpp.read_barcodes(image.open(drawn).convert("L"))
    assert found.text == TICKET.barcode


async def test_the_line_is_free_after_the_driver_has_ended(tmp_path):
    async with printer_on(tmp_path, "tcp") as printer:
        async with running(printer) as driver:
            await eventually(lambda: driver.online)
        await eventually(lambda: not printer._connections)
