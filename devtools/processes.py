"""Starts programs together, waits until each is ready, and stops what it started."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from . import paths
from .steps import UserError

# How long a program may take to end by itself.
PATIENCE = 10.0
LAST_LINES = 15
# As in access-gateway.service.
RESTART_S = 2.0
# From linux/prctl.h.
PR_SET_PDEATHSIG = 1


@dataclass
class Process:
    """A program that was started here, as the leader of its own process group."""

    name: str
    spawn: Callable[[], "subprocess.Popen[bytes]"]
    log: Path
    # Is started again when it ends, as systemd does.
    is_service: bool = False
    child: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.child = self.spawn()

    def is_running(self) -> bool:
        return self.child.poll() is None

    def last_lines(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LAST_LINES:])

    def signal(self, number: int) -> None:
        """Send a signal to the program and to those it started."""
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass


Ready = Callable[[Process], bool]


def answers(url: str) -> Ready:
    """Ready when a web address answers."""

    def check(_process: Process) -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    return check


def exists(file: Path) -> Ready:
    """Ready when a file is there."""
    return lambda _process: file.exists()


def prints(pattern: str) -> Ready:
    """Ready when a line of its log matches."""
    wanted = re.compile(pattern, re.MULTILINE)
    return lambda process: bool(wanted.search(process.log.read_text(errors="replace")))


class Processes:
    """The programs of one `./dev` command; none of them outlives the block."""

    def __init__(self, log: Path = paths.LOG) -> None:
        self._log = log
        self._started: list[Process] = []

    @property
    def started(self) -> tuple[Process, ...]:
        return tuple(self._started)

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: list[str],
        ready: Ready | None = None,
        timeout: float = 60,
        env: dict[str, str] | None = None,
        cwd: Path = paths.ROOT,
        is_service: bool = False,
    ) -> Process:
        """Start a program and return when it is ready.

        While we ``wait``, a service that ends is started again.
        """
        log = self._log / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")

        def spawn() -> subprocess.Popen[bytes]:
            with log.open("ab") as output:
                return subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=_end_with_parent,
                    env=env,
                    cwd=cwd,
                )

        process = Process(name, spawn, log, is_service)
        self._started.append(process)
        if ready:
            self._await(process, ready, timeout)
        return process

    def _await(self, process: Process, ready: Ready, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not ready(process):
            self.check()
            if time.monotonic() > deadline:
                raise UserError(
                    f"{process.name} was not ready after {timeout:.0f} s: {process.log}"
                )
            time.sleep(0.1)

    def kill(self, name: str) -> None:
        """End a program at once, as a power cut does, and start it again."""
        [process] = [one for one in self._started if one.name == name]
        process.signal(signal.SIGKILL)
        process.child.wait()
        process.child = process.spawn()

    def check(self) -> None:
        """Complain when one of them has ended by itself."""
        for process in self._started:
            if not process.is_running():
                code = process.child.returncode
                print(process.last_lines())
                raise UserError(f"{process.name} ended with {code}: {process.log}")

    def wait(self) -> None:
        """Let them work until one ends that is no service, or a signal comes."""
        while True:
            for process in self._started:
                if process.is_service and not process.is_running():
                    self._start_again(process)
            self.check()
            time.sleep(0.5)

    def _start_again(self, process: Process) -> None:
        code = process.child.returncode
        words = f"started again in {RESTART_S:.0f} s, as systemd does"
        print(f"{process.name} ended with {code}: {words}", flush=True)
        time.sleep(RESTART_S)
        process.child = process.spawn()

    def stop(self) -> None:
        """End them, the last one first."""
        previous = None
        if threading.current_thread() is threading.main_thread():
            # A second Ctrl-C must not leave half of them behind.
            previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            while self._started:
                self._end(self._started.pop())
        finally:
            if previous is not None:
                signal.signal(signal.SIGINT, previous)

    def _end(self, process: Process) -> None:
        process.signal(signal.SIGTERM)
        try:
            process.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            pass
        # Also those of the group that outlive their leader.
        process.signal(signal.SIGKILL)
        process.child.wait()


def attend(command: list[str], env: dict[str, str], cwd: Path | None = None) -> int:
    """Run a program in the terminal; tell what it ended with.

    Ctrl-C is the program's: psql uses it to cancel a query. When we are told to end,
    it is told first, so that it can stop what it started.
    """
    interrupts: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    try:
        with subprocess.Popen(command, env=env, cwd=cwd) as child:
            try:
                code = child.wait()
            except BaseException:
                _interrupt(child)
                raise
    finally:
        signal.signal(signal.SIGINT, previous)
    if code and interrupts:
        raise KeyboardInterrupt
    return code


def _interrupt(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()


def _end_with_parent() -> None:
    """Have Linux end the program when ours is killed and can no longer do it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port(wanted: int = 0) -> int:
    """The wanted port of this machine if it is free, else another one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise UserError("No port of 127.0.0.1 is free.")
