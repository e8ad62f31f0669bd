"""What `access-gateway doctor` finds, and what systemd is told."""

import asyncio
import errno
import json
import shutil
import socket
import sqlite3
import subprocess
import sys

import pytest

from access_gateway import doctor, service, systemd
from access_gateway.cli import main
from access_gateway.files import exclusive, in_words
from access_gateway.journal import Head, Journal
from access_gateway.sealing import CREDENTIAL, Sealing

from .fake_erp import GATEWAY
from .world import event, open_venue, policy


@pytest.fixture
async def box(tmp_path):
    """A box on which all is well, and a function that examines it."""
    (tmp_path / "state").mkdir(mode=0o700)
    async with open_venue(tmp_path) as place:
        place.erp.identity().save(place.state_dir)
        await place.hold()
        await place.erp.until(lambda: place.erp.events)

        async def examine():
            with exclusive(place.state_dir):
                found = await asyncio.to_thread(
                    lambda: list(doctor.examine(place.state_dir, tmp_path))
                )
            return {finding.subject: finding for finding in found}

        place.examine = examine
        yield place


async def test_a_box_on_which_all_is_well(box):
    found = await box.examine()
    assert [one.line for one in found.values() if one.advice] == []
    assert {"identity", "server", "rules", "device reader", "journal"} <= set(found)
    assert "permissions alone" in found["identity"].words


async def test_others_may_not_read(box):
    box.state_dir.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        # Whoever starts the program makes it private again.
        patch.setattr(doctor, "in_use", lambda _directory: True)
        found = {f.subject: f for f in doctor.examine(box.state_dir, box.directory)}
    assert "chmod" in found["permissions"].advice


async def test_a_full_disk(box, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE_MB", 10**9)
    assert "make room" in (await box.examine())["disk"].advice


async def test_a_server_that_is_away(box):
    await box.erp.stop()
    assert "look at network" in (await box.examine())["server"].advice


async def test_a_server_that_is_not_an_erp(box):
    box.erp.refusals["sync"] = (200, {})
    assert "as an ERP" in (await box.examine())["server"].words


async def test_a_server_without_tls(box):
    box.erp.identity().save(box.state_dir)
    path = box.state_dir / "identity.json"
    path.write_text(path.read_text().replace("127.0.0.1", "localhost.localdomain"))
    with exclusive(box.state_dir):
        found = doctor.examine(box.state_dir, box.directory)
        plain = next(one for one in found if one.subject == "server")
    assert "https" in plain.advice


async def test_a_box_that_is_cut_off(box):
    box.erp.token = "another"
    found = await box.examine()
    assert "does not know this box" in found["server"].words


async def test_what_the_program_says_of_itself(box):
    """A device that is broken in another way than is seen from here, and the rest."""
    told = box.gateway.status()
    told |= {"server_problem": "behind", "problem": "disk full", "push_problem": "off"}
    told["devices"]["lock"]["problem"] = "no answer from unit 1"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doctor, "read_status", lambda _directory: told)
        found = await box.examine()
    assert found["server"].advice == "behind"
    assert found["program"].advice == "disk full"
    assert found["device lock"].words == "no answer from unit 1"
    assert found["push"].is_well


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings": {"unit": -1}}, "unit: -1 is not from"),
        ({"address": "tcp://127.0.0.1:99999"}, "is no address"),
    ],
)
async def test_a_device_that_cannot_work(box, changes, words):
    devices = policy()["devices"]
    devices["lock"] |= changes
    await box.publish(policy(devices=devices))
    assert words in (await box.examine())["device lock"].words


async def test_an_address_at_which_nobody_is(box, monkeypatch):
    """Looked at while no program runs: it would have the only connection."""
    devices = policy()["devices"]
    devices["lock"]["address"] = "tcp://127.0.0.1:1"
    await box.publish(policy(devices=devices))
    monkeypatch.setattr(doctor, "in_use", lambda _directory: False)
    assert "cannot connect" in (await box.examine())["device lock"].words


async def test_it_looks_for_serial_ports_where_the_program_does(box, monkeypatch):
    monkeypatch.setattr(doctor, "read_status", lambda _: box.gateway.status())
    with exclusive(box.state_dir):
        found = await asyncio.to_thread(
            lambda: list(doctor.examine(box.state_dir, None))
        )
    assert [f.line for f in found if "device" in f.subject and f.advice] == []


async def test_a_device_is_called_by_its_name(box, monkeypatch, capsys):
    devices = policy()["devices"]
    devices["lock"]["name"] = "Gate Board"
    await box.publish(policy(devices=devices))
    assert "device lock (Gate Board)" in await box.examine()
    box.gateway._settings.state_dir.joinpath("status.json").write_text(
        json.dumps(box.gateway.status())
    )
    with exclusive(box.state_dir):
        main(["--state-dir", str(box.state_dir), "status"])
    assert "device lock (Gate Board): " in capsys.readouterr().out


def test_lockers_that_are_damaged(tmp_path):
    (tmp_path / "lockers.db").write_bytes(b"nonsense" * 1000)
    found = {one.subject: one for one in doctor.examine(tmp_path, tmp_path)}
    assert "damaged" in found["lockers"].words


def test_a_folder_that_is_not_there(tmp_path, capsys):
    assert main(["--state-dir", str(tmp_path / "none"), "doctor"]) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert "not paired yet" in line and line.count("-gateway pair ") == 1


def test_a_folder_that_is_a_file(tmp_path, capsys):
    (tmp_path / "file").touch()
    for command in ("doctor", "status", "run"):
        assert main(["--state-dir", str(tmp_path / "file"), command]) == 1
        printed = capsys.readouterr()
        assert "file is no folder: name another" in printed.out + printed.err


def test_not_paired_is_said_once(tmp_path, capsys):
    main(["--state-dir", str(tmp_path), "doctor"])
    assert capsys.readouterr().out.count("-gateway pair ") == 1


def test_no_rights_to_the_folder():
    refused = PermissionError(
        errno.EACCES, "Permission denied", "/root/x/identity.json"
    )
    assert in_words(refused).endswith("run this as root")


# The key of the machine


@pytest.fixture
def sealed(tmp_path, erp, monkeypatch):
    """A sealed box whose program does not run; a function gives what is found with
    another content of the key's file."""
    keys = tmp_path / "keys"
    keys.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(keys))
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (keys / CREDENTIAL).write_bytes(b"k" * 32)
    erp.identity().save(state, Sealing.of_service())

    def identity(key):
        (keys / CREDENTIAL).unlink()
        if key is not None:
            (keys / CREDENTIAL).write_bytes(key)
        return next(iter(doctor.examine(state, tmp_path)))

    return identity


@pytest.mark.parametrize(
    ("key", "words"),
    [(None, "pair again"), (b"x" * 32, "pair again"), (b"xyz", "too short")],
)
def test_a_key_with_which_the_program_cannot_start(sealed, key, words):
    assert words in sealed(key).advice


def test_the_key_that_it_is_sealed_with(sealed):
    assert sealed(b"k" * 32).is_well


def test_without_systemd_it_says_how_to_try_the_key(sealed, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert "systemd-run" in sealed(None).advice


def test_who_reads_only_the_head_gets_no_error(tmp_path, python_path):
    command = f"{sys.executable} -m access_gateway --state-dir {tmp_path}/none drivers"
    done = subprocess.run(
        f"{command} | head -c 1",
        shell=True,
        env=python_path,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""


async def test_rules_that_are_over(box):
    box.erp.publish(policy(expires_at="2026-11-22T00:00:00Z"))
    await box.erp.until(lambda: box.erp.policy_version_seen == 2)
    assert "count no more" in (await box.examine())["rules"].advice


async def test_a_port_that_is_not_there(box):
    box.entrance.unplug()
    found = await box.examine()
    assert "there is no" in found["device reader"].words
    assert not found["device lock"].advice


async def test_a_driver_whose_package_is_missing(box):
    devices = policy()["devices"] | {"odd": {"driver": "telepathy", "address": "x"}}
    box.erp.publish(policy(devices=devices))
    await box.erp.until(lambda: box.erp.policy_version_seen == 2)
    assert "telepathy" in (await box.examine())["device odd"].words


def box_of(directory):
    return doctor._Box(directory, directory, is_running=False, status={})


def test_a_journal_that_was_changed(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    journal.continue_from(GATEWAY, Head())
    for _event in range(3):
        journal.append(event())
    journal.close()
    [whole] = doctor._journal(box_of(tmp_path))
    assert whole.advice is None and "3 not sent yet" in whole.words
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        connection.execute(
            "UPDATE event SET record = replace(record, 'right', 'staff')"
            " WHERE sequence = 2"
        )
    [broken] = doctor._journal(box_of(tmp_path))
    assert "broken at event 2" in broken.words


def test_a_journal_of_which_an_event_is_gone(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    journal.continue_from(GATEWAY, Head())
    for _event in range(3):
        journal.append(event())
    journal.close()
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        connection.execute("DELETE FROM event WHERE sequence = 2")
    [broken] = doctor._journal(box_of(tmp_path))
    assert "broken at event 3" in broken.words


def test_one_thing_that_cannot_be_looked_at_stops_no_other(tmp_path, capsys):
    (tmp_path / "identity.json").write_text("{}")
    (tmp_path / "journal.db").write_text("nonsense" * 1000)
    assert main(["--state-dir", str(tmp_path), "doctor"]) == 1
    shown = capsys.readouterr().out
    assert "TO DO journal" in shown and "program: not running" in shown


# systemd


@pytest.fixture
def systemd_socket(tmp_path, monkeypatch):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        listening.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        monkeypatch.setenv("WATCHDOG_USEC", "20000")
        yield listening


async def test_systemd_hears_that_the_loop_is_alive(systemd_socket):
    telling = asyncio.create_task(systemd.keep_watchdog())
    heard = [
        (await asyncio.to_thread(systemd_socket.recv, 100)).decode() for _ in range(4)
    ]
    telling.cancel()
    assert heard == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]


async def test_a_loop_that_hangs_is_not_alive(systemd_socket):
    telling = asyncio.create_task(systemd.keep_watchdog())
    await asyncio.sleep(0)
    systemd_socket.setblocking(False)
    while True:
        try:
            systemd_socket.recv(100)
        except BlockingIOError:
            break
    # What would be heard now comes from a thread of its own, if there were one.
    systemd_socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        systemd_socket.recv(100)
    telling.cancel()


def test_without_systemd_nothing_is_told(monkeypatch):
    opened = []
    monkeypatch.setattr(systemd.socket, "socket", lambda *kind: opened.append(kind))
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    systemd.notify("READY=1")
    assert opened == []


def test_the_unit_is_printed(capsys):
    assert main(["install-service"]) == 0
    unit = capsys.readouterr().out
    assert "@" not in unit.replace("@system-service", "").replace("~@privileged", "")
    for line in (
        "User=access-gateway",
        "StateDirectoryMode=0700",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "Restart=always",
        "Type=notify",
        "DevicePolicy=closed",
    ):
        assert f"\n{line}\n" in unit


def test_the_unit_is_written_with_what_to_do_next(tmp_path, capsys):
    assert (
        main(["install-service", "--write", "--unit-dir", str(tmp_path), "--seal"]) == 0
    )
    assert "LoadCredentialEncrypted=" in (tmp_path / service.UNIT).read_text()
    steps = ("useradd", "systemd-creds encrypt", " pair URL CODE", "enable --now")
    shown = capsys.readouterr().out
    places = [shown.index(step) for step in steps]
    assert places == sorted(places)


def test_a_unit_folder_that_is_not_there(tmp_path, capsys):
    folder = tmp_path / "none"
    assert main(["install-service", "--write", "--unit-dir", str(folder)]) == 1
    assert f"there is no {folder}: make it" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_takes_the_unit(tmp_path):
    service.write(tmp_path, seal=True)
    path = tmp_path / service.UNIT
    # The user is made when it is installed.
    path.write_text(path.read_text().replace("=access-gateway\n", "=root\n", 2))
    verified = subprocess.run(
        ["systemd-analyze", "verify", path], capture_output=True, text=True
    )
    ours = [line for line in verified.stderr.splitlines() if service.UNIT in line]
    assert ours == []
