"""People of the demo venue who hold cards to readers, until it ends."""

import json
import os
import random
import time
from typing import Any

from .erp import Erp
from .wall import Wall

# Seconds between two of them.
PAUSE = (0.8, 4.0)
UNKNOWN = "DEADBEEF"


def main() -> None:
    known = json.loads(os.environ["ACCESS_DEV"])
    erp = Erp(known["url"], known["database"], known["login"], known["password"])
    devices = erp.read("access.device", [], "driver", "address")
    with Wall(_of(devices, "serial_reader"), _of(devices, "modbus_relay")) as wall:
        print("ready", flush=True)
        readers, cards = _of(devices, "serial_reader"), _cards(erp)
        while True:
            wall.hold(random.choice(readers), random.choice(cards))
            time.sleep(random.uniform(*PAUSE))


def _of(devices: list[dict[str, Any]], driver: str) -> list[str]:
    return [found["address"] for found in devices if found["driver"] == driver]


def _cards(erp: Erp) -> list[str]:
    domain = [("kind", "in", ["card", "wristband"])]
    issued = erp.read("access.credential", domain, "value")
    return [*(card["value"].replace(" ", "") for card in issued), UNKNOWN]


if __name__ == "__main__":
    main()
