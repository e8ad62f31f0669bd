"""The demo venue around Odoo: its gateway, and what the gateway is wired to."""

import os
import re
import shutil
from pathlib import Path

from . import environment, paths, wall
from .erp import Erp
from .odoo_server import Odoo
from .processes import Process, Processes, free_port, prints
from .steps import run

PANEL_PORT = 8070
GATEWAY = "access_iot.gateway_main"
EXIT_OUTPUT = 6
COMMAND = environment.PYTHON.with_name("access-gateway")


def start(processes: Processes, odoo: Odoo) -> dict[str, str]:
    """Start the gateway, its simulated devices, and people who hold cards to them.

    :return: addresses to open, by title
    """
    erp = Erp(odoo.url, odoo.database, odoo.login, odoo.password)
    wire_pool_exit(erp)
    port = free_port(PANEL_PORT)
    crowd = processes.start(
        "crowd",
        [str(environment.PYTHON), "-m", "devtools.crowd"],
        prints("^(ready|aside) "),
        env=odoo.variables(gateway=GATEWAY, panel_port=port),
    )
    start_gateway(processes, odoo, pair(erp, odoo))
    events = erp.by_xml_id("access_base.access_event_action")
    return {
        "Watch the doors": f"{odoo.url}/odoo/action-{events}",
        "Front panel of the simulated devices": panel(
            crowd.log.read_text(), f"http://127.0.0.1:{port}"
        ),
    }


def wire_pool_exit(erp: Erp) -> None:
    """Give the pool's exit gate a scanner: its add-on does not know of devices."""
    exit_gate = erp.by_xml_id("access_pool.point_pool_exit")
    [known] = erp.read("access.point", [("id", "=", exit_gate)], "reader_id")
    if known["reader_id"]:
        return
    [driver] = erp.read("access.driver", [("code", "=", "serial_reader")], "id")
    [relays] = erp.read("access.device", [("address", "=", "relays")], "id")
    values = {
        "name": "Scanner, pool exit",
        "gateway_id": erp.by_xml_id(GATEWAY),
        "driver_id": driver["id"],
        "address": "scanner-pool-exit",
        "settings": [{"name": "kind", "type": "selection", "value": "barcode"}],
    }
    [scanner] = erp.call("access.device", "create", [values])
    wires = {"reader_id": scanner, "lock_id": relays["id"], "lock_output": EXIT_OUTPUT}
    erp.call("access.point", "write", [exit_gate], {**wires, "opens_on_fire": True})


def panel(said: str, url: str) -> str:
    """Tell where the front panel is, or why it is not and what to do."""
    aside = re.search("^aside (.*)", said, re.MULTILINE)
    if aside is None:
        return url
    return (
        f"not started. {aside[1]}\n  No simulated device is there until you archive it"
        f" under Access > Configuration > Devices; a moment later the panel is at {url}"
    )


def pair(erp: Erp, odoo: Odoo) -> Path:
    """Pair the gateway of the demo venue as a person does; give its folder."""
    folder = _folder(odoo)
    gateway = erp.by_xml_id(GATEWAY)
    action = erp.call("access.gateway", "action_new_pairing_code", [gateway])
    code = action["context"]["default_code"]
    run([COMMAND, "--state-dir", folder, "pair", odoo.url, code], "pair")
    return folder


def _folder(odoo: Odoo) -> Path:
    """The folder of the gateway of this database; those of earlier ones are removed."""
    query = f"SELECT oid FROM pg_database WHERE datname = '{odoo.database}'"
    [number] = odoo.postgres.query(query)
    folder = paths.STATE / "gateway" / odoo.database / number
    if folder.parent.is_dir():
        for other in set(folder.parent.iterdir()) - {folder}:
            shutil.rmtree(other)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


def start_gateway(processes: Processes, odoo: Odoo, folder: Path) -> Process:
    """Start the gateway program and return when it has its rules."""
    lines = wall.folder_of(odoo.database)
    command = [COMMAND, "--state-dir", folder, "run", "--serial-dir", lines]
    return processes.start(
        "gateway",
        [str(part) for part in command],
        prints("policy .* in force"),
        env={**os.environ, **environment.variables()},
        is_service=True,
    )
