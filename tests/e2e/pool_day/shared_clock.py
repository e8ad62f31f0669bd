"""The clock of the day: it stands, and is set forward when all is done at a time."""

import mmap
import os
import struct
from datetime import datetime, timedelta, timezone
from pathlib import Path

FOLDER = Path(__file__).with_name("clock")


class SharedClock:
    """``now`` is what the ERP and the gateway take for the time, to the second."""

    def __init__(self, file: Path, begin: datetime):
        self._file = file
        file.write_bytes(struct.pack("d", begin.timestamp()))
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), 8)
        self.now = begin

    def go_on(self, minutes: float) -> None:
        self.now += timedelta(seconds=round(60 * minutes))
        self._shared[:8] = struct.pack("d", self.now.timestamp())

    def variables(self) -> dict[str, str]:
        """The environment of a program that goes by this clock."""
        folders = str(FOLDER), os.environ.get("PYTHONPATH", "")
        known = os.pathsep.join(filter(None, folders))
        return {"PYTHONPATH": known, "ACCESS_DAY_CLOCK": str(self._file)}


def text_of(moment: datetime) -> str:
    """Give a time as Odoo's RPC has it."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
