"""The things on the wall: simulated devices that a gateway is wired to."""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from . import environment, paths
from .steps import UserError


def folder_of(database: str) -> Path:
    """Where the serial lines of a database's venue are found."""
    return paths.STATE / "wall" / database


class StandsAside(UserError):
    """The devices are not simulated, such as beside one that may be real."""


class Wall:
    """Runs simulators of the gateway's package and tells what they do.

    ``changes`` gets each change of a coil as it happens: a dict of ``relays``,
    ``coil``, ``on`` and ``at`` (``time.monotonic()``, the same in all programs). With a
    ``plan`` all devices of a venue are there, and ``panel`` is the address of their
    front panel; ``wants_visitors`` is what was last said there.
    """

    def __init__(
        self,
        folder: Path,
        readers: Sequence[str] = (),
        relays: Sequence[str] = (),
        plan: dict[str, Any] | None = None,
        port: int = 0,
        visitors: bool = False,
    ):
        self.changes: queue.Queue[dict[str, Any]] = queue.Queue()
        self._held: queue.Queue[float] = queue.Queue()
        self._ready = threading.Event()
        self._aside: str | None = None
        self.panel: str | None = None
        self.wants_visitors = visitors
        options = [
            *(option for name in readers for option in ("--reader", name)),
            *(option for name in relays for option in ("--relays", name)),
        ]
        if plan is not None:
            options += ["--panel", str(port), *(["--visitors"] if visitors else [])]
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.iterdir():
            left_over.unlink()
        self._simulators = subprocess.Popen(
            [environment.PYTHON, "-m", "access_gateway.simulators", folder, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if plan is not None:
            self._order(json.dumps(plan))
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> "Wall":
        is_ready = self._ready.wait(20)
        if self._aside:
            raise StandsAside(self._aside)
        if not is_ready or self._simulators.poll() is not None:
            raise UserError("The simulated devices did not start.")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._simulators.stdin.close()
        self._simulators.wait(10)

    def hold(self, reader: str, card: str) -> float:
        """Hold a card to a reader; give when its number left the reader."""
        self._order("hold", reader, card)
        return self._held.get(timeout=10)

    def walk(self, reader: str) -> None:
        """Walk through the door of a reader, if it is open."""
        self._order("walk", reader)

    def wait_for(self, coil: int, on: bool, within: float = 5.0) -> float:
        """Wait for a coil to change; give when. Other changes are passed over."""
        deadline = time.monotonic() + within
        while True:
            try:
                change = self.changes.get(timeout=deadline - time.monotonic())
            except (queue.Empty, ValueError):
                state = "close" if on else "open"
                raise UserError(
                    f"Relay {coil} did not {state} in {within} s."
                ) from None
            if (change["coil"], change["on"]) == (coil, on):
                return change["at"]

    def opens(self, within: float) -> bool:
        """Tell whether any coil closes soon."""
        deadline = time.monotonic() + within
        while (rest := deadline - time.monotonic()) > 0:
            try:
                if self.changes.get(timeout=rest)["on"]:
                    return True
            except queue.Empty:
                break
        return False

    def settle(self, seconds: float) -> None:
        """Pass over what coils did, until they have been quiet for so long."""
        while True:
            try:
                self.changes.get(timeout=2 * seconds)
            except queue.Empty:
                return

    def _order(self, *words: str) -> None:
        self._simulators.stdin.write(" ".join(words) + "\n")
        self._simulators.stdin.flush()

    def _listen(self) -> None:
        for line in self._simulators.stdout:
            told = json.loads(line)
            if "held" in told:
                self._held.put(told["at"])
            elif "coil" in told:
                self.changes.put(told)
            elif "visitors" in told:
                self.wants_visitors = told["visitors"]
            elif "aside" in told:
                self._aside = told["aside"]
            elif "ready" in told:
                self.panel = told.get("panel")
                self._ready.set()
        self._ready.set()
