"""Steps of the set-up: each is made once, and again when its key changes."""

import contextlib
import errno
import fcntl
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import paths

# A disk with less than this counts as full when something fails.
SPARE_SPACE = 20 * 1024**2


class UserError(Exception):
    """What the person at the keyboard can mend: shown as one line."""


@dataclass(frozen=True)
class Step:
    """Something to make; its key tells what it is made of."""

    name: str
    title: str
    key: str
    make: Callable[[], object]

    @property
    def stamp(self) -> Path:
        return paths.STATE / "stamps" / self.name

    def is_fresh(self) -> bool:
        return self.stamp.is_file() and self.stamp.read_text() == self.key

    def ensure(self) -> None:
        """Make it unless that was done with the same key."""
        if self.is_fresh():
            return
        self.stamp.unlink(missing_ok=True)
        with progress(self.title):
            self.make()
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text(self.key)


@contextlib.contextmanager
def progress(title: str) -> Iterator[None]:
    """Tell that something takes a while, and in the end how long it took."""
    started = time.monotonic()
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(title, started, done), daemon=True)
    ticker.start()
    outcome = "failed after"
    try:
        yield
        outcome = "done in"
    finally:
        done.set()
        ticker.join()
        start = "\r" if sys.stdout.isatty() else ""
        end = "   \n" if sys.stdout.isatty() else "\n"
        taken = time.monotonic() - started
        print(f"{start}{title}: {outcome} {taken:.1f} s", end=end, flush=True)


def _tick(title: str, started: float, done: threading.Event) -> None:
    live = sys.stdout.isatty()
    if not live:
        print(f"{title} ...", flush=True)
    while not done.wait(1 if live else 30):
        taken = time.monotonic() - started
        if live:
            print(f"\r{title} ... {taken:.0f} s", end="", flush=True)
        else:
            print(f"{title}: still at it after {taken:.0f} s", flush=True)


def run(command: list[str | Path], log: str, hint: str = "", **options: Any) -> str:
    """Run a program with its output in a log file; return that output."""
    file = paths.LOG / f"{log}.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    with file.open("w") as output:
        code = subprocess.run(
            command, stdout=output, stderr=subprocess.STDOUT, text=True, **options
        ).returncode
    text = file.read_text(errors="replace")
    if code:
        raise UserError(_failure(Path(command[0]).name, text, hint, file))
    return text


def _failure(program: str, text: str, hint: str, file: Path) -> str:
    """The one line that says why a program failed and what to do."""
    # On a full disk the log may be empty, too.
    free = shutil.disk_usage(paths.STATE).free
    if os.strerror(errno.ENOSPC) in text or free < SPARE_SPACE:
        return f"The disk is full ({program}): make room and start again."
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("e:", "error"))]
    reason = (errors or lines or ["it printed nothing"])[-1]
    return f"{program} failed: {reason} {hint} (all of it: {file})".replace("  ", " ")


@contextlib.contextmanager
def exclusive(name: str) -> Iterator[None]:
    """One process at a time; the others wait."""
    paths.STATE.mkdir(parents=True, exist_ok=True)
    with (paths.STATE / f"{name}.lock").open("w") as lock:
        note = threading.Timer(1, _tell_waiting, (name,))
        note.start()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        finally:
            note.cancel()
        yield


def _tell_waiting(name: str) -> None:
    print(f"Waiting for another ./dev ({name}) ...", flush=True)


@contextlib.contextmanager
def only_one(name: str) -> Iterator[None]:
    """One process at a time; another one is told to wait."""
    paths.STATE.mkdir(parents=True, exist_ok=True)
    with (paths.STATE / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"Another ./dev {name} works in this checkout: stop it first."
            ) from None
        yield
