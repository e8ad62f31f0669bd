"""A real Odoo renews the keys of the gateway program while it runs, and cuts it off."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devtools import environment
from devtools.erp import Erp
from devtools.odoo_server import Odoo

from . import real_odoo

# A machine that has never run it prepares its databases first.
pytestmark = pytest.mark.timeout(900)

DATABASE = "gateway_keys"
COMMAND = environment.PYTHON.with_name("access-gateway")


@pytest.fixture(scope="module")
def odoo() -> Iterator[Odoo]:
    with real_odoo.running(DATABASE) as (odoo, _programs):
        yield odoo


def until(holds: Callable[[], object], within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def test_keys_are_renewed_while_it_runs_and_a_cut_off_ends_all(odoo, tmp_path: Path):
    erp = Erp(odoo.url, odoo.database, odoo.login, odoo.password)
    [gateway] = erp.call("access.gateway", "create", [{"name": "Gateway"}])
    action = erp.call("access.gateway", "action_new_pairing_code", [gateway])
    command = [COMMAND, "--state-dir", tmp_path]
    code = action["context"]["default_code"]
    subprocess.run([*command, "pair", odoo.url, code], check=True)
    paired = json.loads((tmp_path / "identity.json").read_text())

    def shown(name: str) -> object:
        [found] = erp.read("access.gateway", [("id", "=", gateway)], name)
        return found[name]

    def identity() -> dict[str, object]:
        return json.loads((tmp_path / "identity.json").read_text())

    running = subprocess.Popen([*command, "run", "--poll", "0.2"])
    try:
        until(lambda: shown("policy_version_there"))
        before = shown("policy_version_there")
        erp.call("access.gateway", "action_renew_keys", [gateway])
        until(lambda: shown("policy_version_there") > before)
        until(lambda: identity()["next"] is None)
        assert not shown("are_keys_coming")
        for name in ("token", "seal_key", "policy_key"):
            assert identity()[name] != paired[name]
        assert identity()["journal"] == paired["journal"]
        erp.call("access.gateway", "action_cut_off", [gateway])
        status = tmp_path / "status.json"
        until(lambda: "cut off" in status.read_text())
    finally:
        running.terminate()
        running.wait(20)
