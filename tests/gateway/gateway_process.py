"""A gateway as a real process, to be killed and disturbed from outside."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("faulty_gateway.py")


class GatewayProcess:
    def __init__(self, state_dir: Path, lines: Path, environment: dict[str, str]):
        self._command = [sys.executable, PROGRAM, "--state-dir", state_dir]
        self._command += ["run", "--serial-dir", lines, "--poll", "0.05"]
        self._environment = environment
        self._log = state_dir.with_name("gateway.log")
        self._running: subprocess.Popen | None = None

    def __enter__(self) -> "GatewayProcess":
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    @property
    def is_running(self) -> bool:
        return self._running is not None and self._running.poll() is None

    @property
    def pid(self) -> int:
        return self._running.pid

    def start(self, **faults: str) -> None:
        assert not self.is_running, "two at once would share a journal"
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command, env={**self._environment, **faults}, stderr=log
            )

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()

    def stop(self) -> int:
        self._running.send_signal(signal.SIGTERM)
        return self._running.wait(20)

    def limit_files(self, size: int = resource.RLIM_INFINITY) -> None:
        """Let no file grow beyond a size, as on a full disk; without one: let them."""
        limits = (size, resource.RLIM_INFINITY)
        resource.prlimit(self._running.pid, resource.RLIMIT_FSIZE, limits)
