"""The simulated devices of the demo venue, and people who hold cards to its readers."""

import json
import os
import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import panel_plan
from .erp import Erp
from .wall import StandsAside, Wall, folder_of

# Seconds between two of them.
PAUSE = (0.8, 4.0)
REGULARS = 0.75
# Of those who are let in; the others change their minds.
PASS = 0.9
ANY_HOUR = "access_base.credential_anna_card"
# Until it is looked again whether a device that may be real is gone.
AGAIN_S = 5.0


def main() -> None:
    known = json.loads(os.environ["ACCESS_DEV"])
    erp = Erp(known["url"], known["database"], known["login"], known["password"])
    gateway = erp.by_xml_id(known["gateway"])

    def plan_now() -> dict[str, Any]:
        return panel_plan.of_gateway(erp, gateway, known["url"])

    folder, port = folder_of(known["database"]), known["panel_port"]
    with ExitStack() as stack:
        wall, plan = put_up(stack, folder, port, plan_now)
        print(f"ready {wall.panel}", flush=True)
        readers = _card_readers(plan["devices"])
        crowd = Crowd(wall, readers, _cards(erp), first=_number(erp, ANY_HOUR))
        while True:
            if wall.wants_visitors and readers:
                crowd.next_person()
            time.sleep(random.uniform(*PAUSE))


def put_up(
    stack: ExitStack, folder: Path, port: int, plan_now: Callable[[], dict[str, Any]]
) -> tuple[Wall, dict[str, Any]]:
    """Put up the simulated devices, as soon as none of the venue may be real."""
    said = ""
    while True:
        plan = plan_now()
        try:
            wall = Wall(folder, plan=plan, port=port, visitors=True)
            return stack.enter_context(wall), plan
        except StandsAside as error:
            if str(error) != said:
                said = str(error)
                print(f"aside {said}", flush=True)
            time.sleep(AGAIN_S)


class Crowd:
    """Mostly members who go where they may; some others try their luck."""

    def __init__(self, wall: Wall, readers: list[str], cards: list[str], first: str):
        self._wall = wall
        self._pairs = [(reader, card) for reader in readers for card in cards]
        # Found out by trying; the first one is let in somewhere at any hour.
        self._members = {(reader, first) for reader in readers}

    def next_person(self) -> None:
        regular = self._members and random.random() < REGULARS
        pairs = sorted(self._members) if regular else self._pairs
        reader, card = random.choice(pairs)
        self._wall.hold(reader, card)
        if self._wall.opens(within=0.5):
            self._members.add((reader, card))
            if random.random() < PASS:
                self._wall.walk(reader)
        else:
            self._members.discard((reader, card))


def _card_readers(devices: list[dict[str, Any]]) -> list[str]:
    return [
        found["address"]
        for found in devices
        if found["driver"] == "serial_reader"
        and found["settings"].get("kind") != "barcode"
    ]


def _cards(erp: Erp) -> list[str]:
    domain = [("kind", "in", ["card", "wristband"])]
    issued = erp.read("access.credential", domain, "value")
    return [*(card["value"] for card in issued), panel_plan.UNKNOWN]


def _number(erp: Erp, xml_id: str) -> str:
    domain = [("id", "=", erp.by_xml_id(xml_id))]
    return erp.read("access.credential", domain, "value")[0]["value"]


if __name__ == "__main__":
    main()
