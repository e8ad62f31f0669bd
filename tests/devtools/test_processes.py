"""What is started together ends together, and nothing else does."""

import os
import socket
import subprocess
import sys
import time

import pytest

from devtools import paths, processes
from devtools.processes import Processes, exists, free_port, prints
from devtools.steps import UserError

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def programs(tmp_path):
    with Processes(tmp_path) as started:
        yield started


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_stops_what_it_started_and_only_that(tmp_path):
    with subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL) as bystander:
        try:
            with Processes(tmp_path) as programs:
                started = [programs.start(name, SLEEP) for name in ("one", "two")]
                assert all(process.is_running() for process in started)
            assert not any(process.is_running() for process in started)
            assert bystander.poll() is None
        finally:
            bystander.kill()


def test_stops_them_also_after_an_error(tmp_path):
    with pytest.raises(KeyboardInterrupt), Processes(tmp_path) as programs:
        started = programs.start("one", SLEEP)
        raise KeyboardInterrupt
    assert not started.is_running()


def test_the_last_one_started_is_stopped_first(tmp_path):
    order = tmp_path / "order"
    text = (
        "import signal, sys, time\n"
        f"def end(*_): open({str(order)!r}, 'a').write(sys.argv[1]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('ready', flush=True); time.sleep(60)"
    )
    with Processes(tmp_path) as programs:
        for name in "abc":
            programs.start(name, [*python(text), name], prints("ready"))
    assert order.read_text() == "cba"


def test_who_does_not_listen_is_killed_with_all_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "PATIENCE", 0.2)
    child = tmp_path / "child"
    text = (
        "import pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"child = subprocess.Popen({SLEEP})\n"
        f"pathlib.Path({str(child)!r}).write_text(str(child.pid))\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    with Processes(tmp_path) as programs:
        stubborn = programs.start("stubborn", python(text), prints("ready"))
        assert is_alive(int(child.read_text()))
    assert not stubborn.is_running()
    deadline = time.monotonic() + 5
    while is_alive(int(child.read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(int(child.read_text()))


def test_a_death_is_told_with_the_last_lines(programs, capsys):
    with pytest.raises(UserError, match="broken ended with 3"):
        programs.start("broken", python("print('why'); exit(3)"), prints("never"))
    assert "why" in capsys.readouterr().out


def test_waiting_notices_a_death(programs):
    programs.start("one", SLEEP)
    programs.start("short", python("pass"))
    with pytest.raises(UserError, match="short ended with 0"):
        programs.wait()


def test_a_service_that_ends_is_started_again(programs, monkeypatch, capsys):
    monkeypatch.setattr(processes, "RESTART_S", 0.0)
    service = programs.start("box", SLEEP, is_service=True)
    service.child.kill()
    service.child.wait()
    programs.start("short", python("import time; time.sleep(1)"))
    with pytest.raises(UserError, match="short ended with 0"):
        programs.wait()
    assert service.is_running()
    assert "box ended with -9: started again" in capsys.readouterr().out


def test_what_is_killed_is_started_again(programs):
    box = programs.start("box", SLEEP)
    first = box.child
    programs.kill("box")
    assert first.returncode == -9
    assert box.is_running()


def test_who_is_never_ready_is_named(programs, tmp_path):
    with pytest.raises(UserError, match="slow was not ready after 0 s"):
        programs.start("slow", SLEEP, exists(tmp_path / "never"), timeout=0.2)


def test_a_port_that_is_taken_is_not_given_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port


def test_a_program_in_the_terminal_gives_its_code(tmp_path):
    variables = {**os.environ, "CODE": "7"}
    text = "import os; exit(int(os.environ['CODE']))"
    assert processes.attend(python(text), variables, tmp_path) == 7


def test_what_it_started_ends_when_it_is_killed_itself(tmp_path):
    text = (
        "import sys, time; from pathlib import Path\n"
        "from devtools.processes import Processes\n"
        f"with Processes(Path({str(tmp_path)!r})) as programs:\n"
        "    sleep = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "    print(programs.start('one', sleep).child.pid, flush=True)\n"
        "    time.sleep(60)"
    )
    with subprocess.Popen(
        python(text), cwd=paths.ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < deadline:
        pass
    assert not is_alive(child)
