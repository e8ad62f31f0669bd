"""The demo venue by its front panel, in Chromium: a person, a door, and the ERP."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from devtools import panel_plan, wall
from devtools import venue as demo
from devtools.chromium import Page
from devtools.erp import Erp

from . import real_odoo

# A machine that has never run it prepares its databases first.
pytestmark = pytest.mark.timeout(900)

DATABASE = "front_panel"
STAFF = "Zofia Mazur"
BAND = f".chip.card[aria-label^='{STAFF}']"
PATIENCE = 30.0


@dataclass
class Venue:
    page: Page
    erp: Erp

    def point(self, name: str) -> str:
        """Give the selector of a point's card."""
        return f"[data-point='{self.erp.by_xml_id(f'access_base.point_{name}')}']"

    def take(self, chip: str) -> None:
        """Take something in the hand, unless it is there already."""
        if not self.page.ask(f'!!document.querySelector("{chip}[aria-pressed=true]")'):
            self.page.click(chip)

    def state(self, point: str, state: str) -> None:
        self.page.wait_for(
            f'document.querySelector("{point}").dataset.state=="{state}"'
        )

    def event(self, reason: str, *more: list[Any]) -> dict[str, Any]:
        """Wait for an event in the ERP, as staff see it."""
        domain = [("reason", "=", reason), *more]
        names = ("partner_id", "granted", "note", "point_id")
        return eventually(lambda: self.erp.read("access.event", domain, *names))[0]


def eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def venue() -> Iterator[Venue]:
    with real_odoo.running(DATABASE, demo=True) as (odoo, programs):
        erp = Erp(odoo.url, odoo.database, odoo.login, odoo.password)
        plan = panel_plan.of_gateway(erp, erp.by_xml_id(demo.GATEWAY), odoo.url)
        folder = wall.folder_of(DATABASE)
        with wall.Wall(folder, plan=plan) as devices, Page() as page:
            demo.start_gateway(programs, odoo, demo.pair(erp, odoo))
            eventually(lambda: _all_online(erp))
            page.open(devices.panel)
            page.wait_for("document.querySelectorAll('.point').length > 5")
            yield Venue(page, erp)
            assert page.complaints == []


def _all_online(erp: Erp) -> bool:
    devices = erp.read("access.device", [], "state")
    return all(device["state"] == "online" for device in devices)


def test_card_held_to_a_reader_opens_the_bolt_and_stands_in_the_log(venue):
    turnstile = venue.point("gym_turnstile")
    venue.take(BAND)
    venue.page.click(f"{turnstile} .reader")
    venue.state(turnstile, "released")
    venue.page.wait_for(f'!!document.querySelector("{turnstile} .attempts .yes")')
    event = venue.event("right", ("partner_id.name", "=", STAFF))
    assert event["granted"]
    assert event["point_id"][1].endswith("Gym Turnstile")


def test_unknown_card_opens_nothing(venue):
    turnstile = venue.point("gym_turnstile")
    venue.take(".chip[aria-label^='A stranger']")
    venue.page.click(f"{turnstile} .reader")
    venue.page.wait_for(
        f"document.querySelector(\"{turnstile} .attempts li\").className == 'no'"
    )
    assert not venue.event("credential_unknown")["granted"]


def test_who_walks_through_a_gate_is_counted_and_it_shuts_behind(venue):
    gate = venue.point("pool_gate")
    venue.take(BAND)
    venue.page.click(f"{gate} .reader")
    venue.state(gate, "released")
    venue.page.click(f"{gate} .actions .main")
    assert venue.event("passed")["partner_id"][1] == STAFF
    venue.state(gate, "shut")


def test_keys_of_the_keyboard_do_what_a_click_does(venue):
    """Chosen and held with Enter alone; Escape puts the card away."""
    door = venue.point("sauna_door")
    page = venue.page
    page.press("Escape")
    for selector in (BAND, f"{door} .reader"):
        page.ask(f'document.querySelector("{selector}").focus()')
        page.press("Enter")
    venue.state(door, "released")
    page.wait_for(
        f"document.querySelector(\"{door} .screen\").textContent == 'Welcome'"
    )
    page.wait_for(f"document.querySelector(\"{door} .reader\").dataset.lamp == 'green'")
    page.press("Escape")
    assert page.ask("document.querySelector('.chip[aria-pressed=true]') === null")


def test_forced_door_is_told(venue):
    entrance = venue.point("main_entrance")
    venue.page.click(f"{entrance} .danger")
    venue.state(entrance, "forced")
    assert venue.event("door_forced")["point_id"][1].endswith("Main Entrance")
    venue.page.click(f"{entrance} .door")
    venue.event("door_shut")


def test_band_at_a_terminal_gets_the_nearest_locker_and_staff_open_it(venue):
    page = venue.page
    venue.take(BAND)
    page.click("[data-row='1'] .reader")
    page.wait_for("document.querySelector('[data-locker=A3]').dataset.open == 'true'")
    page.wait_for(
        "document.querySelector('[data-row=\"1\"] .screen').textContent == 'Locker A3'"
    )
    event = venue.event("locker_assigned")
    assert (event["partner_id"][1], event["note"]) == (STAFF, "A3")
    _push_shut(page)
    locker = venue.erp.by_xml_id("access_iot.locker_a_3")
    reason = {"locker_id": locker, "kind": "open_locker", "note": "Band lost"}
    [order] = venue.erp.call("access.locker.order", "create", [reason])
    venue.erp.call("access.locker.order", "action_order", [order])
    page.wait_for("document.querySelector('[data-locker=A3]').dataset.open == 'true'")
    told = venue.event("locker_opened", ("note", "=", "A3, Band lost"))
    assert told["partner_id"][1] == STAFF


def test_staff_give_a_free_locker_to_a_band(venue):
    [holder] = venue.erp.call("res.partner", "create", [{"name": "Guest"}])
    band = {"partner_id": holder, "kind": "wristband", "value": "04AABBCCDDEEFF"}
    [given] = venue.erp.call("access.credential", "create", [band])
    order = {
        "locker_id": venue.erp.by_xml_id("access_iot.locker_a_1"),
        "kind": "hand_over_locker",
        "credential_id": given,
        "note": "Cannot reach the upper row",
    }
    [order] = venue.erp.call("access.locker.order", "create", [order])
    venue.erp.call("access.locker.order", "action_order", [order])
    told = venue.event("locker_assigned", ("note", "=like", "A1, %"))
    assert told["partner_id"][1] == "Guest"


def _push_shut(page: Page) -> None:
    page.click("[data-locker=A3]")
    page.wait_for("document.querySelector('[data-locker=A3]').dataset.open == 'false'")


def test_fire_opens_the_doors_that_are_set_so(venue):
    page, entrance = venue.page, venue.point("main_entrance")
    turnstile = venue.point("gym_turnstile")
    venue.state(turnstile, "shut")
    page.click(".fire")
    venue.state(entrance, "released")
    venue.state(turnstile, "shut")
    assert venue.event("fire")
    page.click(".fire")
    venue.state(entrance, "shut")


def test_nothing_is_wider_than_the_screen(venue):
    for width in (1280, 820, 390):
        venue.page.resize(width, 900)
        wide = venue.page.ask("document.documentElement.scrollWidth")
        assert wide <= width, width
    venue.page.resize(1280, 900)


def test_ticket_comes_out_of_the_printer(venue):
    """With the holder's name and the code; the ERP keeps neither of them."""
    erp, page = venue.erp, venue.page
    [kind] = erp.call("access.ticket.type", "create", [{"name": "Sauna, 5 entries"}])
    [holder] = erp.call("res.partner", "create", [{"name": "Łucja Żak"}])
    code = {"partner_id": holder, "kind": "barcode", "value": "SAUNA-77"}
    erp.call("access.credential", "create", [code])
    sold = {"partner_id": holder, "type_id": kind}
    [ticket] = erp.call("access.ticket", "create", [sold])
    [dialog] = erp.call("access.ticket.print", "create", [{"ticket_id": ticket}])
    erp.call("access.ticket.print", "action_print", [dialog])
    page.wait_for("!!document.querySelector('.printer .slip')")
    slip = page.ask("document.querySelector('.printer .slip').textContent")
    for words in ("Łucja Żak", "Sauna, 5 entries", "SAUNA-77"):
        assert words in slip
    printed = [("kind", "=", "print")]
    eventually(lambda: erp.read("access.command", [*printed, ("result", "=", "done")]))
