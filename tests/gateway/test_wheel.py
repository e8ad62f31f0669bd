"""The program as it is installed: from its wheel, by itself, and updated by the ERP."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import files, requires
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from packaging.requirements import Requirement

from devtools import release

from .world import CARD, eventually, venue

# It builds wheels and makes environments.
pytestmark = pytest.mark.timeout(300)

NEWER = "19.0.9.0.0"
BROKEN = "19.0.8.0.0"


@pytest.fixture(scope="module")
def key():
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def wheels(key, tmp_path_factory):
    """The wheel that is installed, by the key that it trusts."""
    return release.build(tmp_path_factory.mktemp("wheels"), key)


@pytest.fixture(scope="module")
def program(wheels, tmp_path_factory):
    """The command, installed with nothing but what the wheel asks for.

    What it asks for is there already; what else is there stays out of sight.
    """
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=True)
    [site] = (folder / "lib").glob("python3*/site-packages")
    install = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*install, "install", *options, wheels], check=True)
    for name in needed():
        for path in files_of(name):
            if not (site / path.name).exists():
                (site / path.name).symlink_to(path)
    return folder / "bin" / "access-gateway"


def needed():
    """The packages that the wheel needs without any extra, and what they need."""
    names, found = ["access-gateway"], set()
    while names:
        for text in requires(names.pop()) or ():
            need = Requirement(text)
            wanted = need.marker is None or need.marker.evaluate({"extra": ""})
            if wanted and need.name not in found:
                found.add(need.name)
                names.append(need.name)
    return found


def files_of(name):
    """The top files and folders of an installed package."""
    tops = {Path(path).parts[0] for path in files(name) or ()} - {".."}
    site = Path(files(name)[0].locate()).parents[len(files(name)[0].parts) - 1]
    return [site / top for top in tops if (site / top).exists()]


def run(program, state, *arguments, **options):
    command = [program, "--state-dir", state, *arguments]
    return subprocess.run(command, capture_output=True, text=True, **options)


def test_there_is_no_odoo_and_no_driver_package(program):
    python = program.with_name("python")
    for module in ("odoo", "osdp", "zeep", "aiomqtt"):
        ended = subprocess.run([python, "-c", f"import {module}"], capture_output=True)
        assert ended.returncode, module
    inside = "import access_policy, access_gateway as a; print(a.__file__)"
    shown = subprocess.check_output([python, "-I", "-c", inside], text=True)
    assert Path(shown.strip()).is_relative_to(program.parents[1])


def test_help_and_drivers(program, tmp_path):
    assert "install-service" in run(program, tmp_path, "--help").stdout
    codes = {
        one["code"] for one in json.loads(run(program, tmp_path, "drivers").stdout)
    }
    assert {"serial_reader", "modbus_relay"} <= codes
    assert "osdp_reader" not in codes


def test_doctor_of_a_box_that_is_new(program, tmp_path):
    shown = run(program, tmp_path / "state", "doctor")
    assert shown.returncode == 1
    assert "TO DO identity: not paired yet" in shown.stdout
    assert "Traceback" not in shown.stderr


async def test_pairs_and_opens_a_door(program, tmp_path):
    async with venue(tmp_path) as place:
        paired = await asyncio.to_thread(
            run, program, place.state_dir, "pair", place.erp.url, "K7QM-4TXR"
        )
        assert paired.returncode == 0, paired.stderr
        async with Running(program, place) as running:
            await place.erp.until(lambda: is_up(place.erp), 30)
            place.reader.hold(CARD)
            await place.board.wait_for(0, True, within=30)
            await place.erp.until(lambda: place.erp.events)
            arguments = (program, place.state_dir, "doctor", "--serial-dir", tmp_path)
            shown = await asyncio.to_thread(run, *arguments)
            assert shown.returncode == 0, shown.stdout
            assert not listening(running.process.pid)
            assert "journal: whole up to event 1" in shown.stdout


def listening(pid):
    """Give the sockets at which a program waits for others (from /proc)."""
    lines = [
        line.split()
        for name in ("tcp", "tcp6", "udp", "udp6")
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
    ]
    # State 0A listens; 07 is a UDP socket without a peer.
    waiting = {f"socket:[{line[9]}]" for line in lines if line[3] in ("0A", "07")}
    opened = {os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir()}
    return waiting & opened


class Running:
    """The program under somebody who starts it again whenever it ends, as systemd."""

    def __init__(self, program, place):
        self._command = [program, "--state-dir", place.state_dir, "run"]
        self._command += ["--serial-dir", place.directory, "--poll", "0.05"]
        self.starts = 0

    async def __aenter__(self):
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_error):
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        self.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(self.process.wait(), 20)

    def kill(self):
        self.process.kill()

    async def _keep(self):
        while True:
            self.starts += 1
            self.process = await asyncio.create_subprocess_exec(*self._command)
            await asyncio.shield(self.process.wait())


def changed(wheel, folder, replacements, version):
    """Make a wheel of another version, with some of its files replaced."""
    path = Path(folder, f"access_gateway-{version}-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(path, "w") as new:
        current = wheel.name.split("-")[1]
        for info in old.infolist():
            name = info.filename.replace(f"-{current}.dist", f"-{version}.dist")
            data = replacements.get(info.filename, old.read(info))
            if info.filename.endswith(("METADATA", "access_gateway/__init__.py")):
                data = data.replace(current.encode(), version.encode())
            new.writestr(name, data)
    return path


def is_up(erp):
    devices = erp.status.get("devices", {})
    return devices and all(told["online"] for told in devices.values())


def offer(erp, wheel, key):
    """Offer a release as the ERP does."""
    signature = release.sign(wheel, key).read_text().strip()
    erp.wheel = wheel.read_bytes()
    erp.release = {
        "version": wheel.name.split("-")[1],
        "sha256": hashlib.sha256(erp.wheel).hexdigest(),
        "signature": signature,
    }


async def test_a_signed_release_is_installed_and_stays(program, wheels, key, tmp_path):
    async with venue(tmp_path) as place:
        place.state_dir.mkdir(mode=0o700)
        place.erp.identity().save(place.state_dir)
        async with Running(program, place) as running:
            await place.erp.until(lambda: place.erp.policy_version_seen == 1, 30)
            offer(place.erp, changed(wheels, tmp_path, {}, NEWER), key)
            await place.erp.until(lambda: place.erp.status["software"] == NEWER, 30)
            slots = place.state_dir / "releases" / "slots.json"
            await eventually(lambda: json.loads(slots.read_text())["current"], 30)
            assert running.starts == 1  # it began anew by itself
            running.kill()
            await eventually(lambda: running.starts == 2, 30)
            place.erp.status = {}
            await place.erp.until(lambda: is_up(place.erp), 30)
            assert place.erp.status["software"] == NEWER
            place.reader.hold(CARD)
            await place.board.wait_for(0, True, within=30)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        # It does not even start, and it starts and never reaches the ERP.
        ("access_gateway/runtime.py", b"raise SystemExit('broken')\n"),
        ("access_gateway/link.py", None),
    ],
)
async def test_a_release_that_does_not_work_is_given_up(
    program, wheels, key, tmp_path, name, text
):
    if text is None:
        source = (Path(release.paths.GATEWAY) / name).read_bytes()
        text = source.replace(b"/access/gateway/v1/", b"/nowhere/")
    launcher = (Path(release.paths.GATEWAY) / "access_gateway/launch.py").read_text()
    [site] = program.parents[1].glob("lib/python3*/site-packages")
    installed = site / "access_gateway" / "launch.py"
    # Whoever is installed sets the timer: two minutes are too long for a test.
    installed.write_text(launcher.replace("TRIAL_S = 120", "TRIAL_S = 4"))
    async with venue(tmp_path) as place:
        place.state_dir.mkdir(mode=0o700)
        place.erp.identity().save(place.state_dir)
        async with Running(program, place) as running:
            await place.erp.until(lambda: place.erp.policy_version_seen == 1, 30)
            before = place.erp.status["software"]
            offer(place.erp, changed(wheels, tmp_path, {name: text}, BROKEN), key)
            await place.erp.until(
                lambda: "did not work here" in place.erp.problem(), 90
            )
            assert place.erp.status["software"] == before
            assert running.starts == 4  # three tries of the new one, then the old one
            await place.erp.until(lambda: is_up(place.erp), 30)
            place.reader.hold(CARD)
            await place.board.wait_for(0, True, within=30)
