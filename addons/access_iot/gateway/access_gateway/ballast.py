"""A reserve of disk space that the journal lives on when the disk is full."""

import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger(__name__)

SIZE = 8 * 2**20


class Ballast:
    """A file of ``size`` bytes whose only use is to be deleted."""

    def __init__(self, path: Path, size: int = SIZE):
        self._path = path
        self._size = size

    @property
    def is_held(self) -> bool:
        try:
            return self._path.stat().st_size == self._size
        except FileNotFoundError:
            return False

    @property
    def is_safe(self) -> bool:
        """Whether it is held and the disk has room for more than that."""
        try:
            return self.is_held and self._has_room
        except OSError:
            return False

    @property
    def _has_room(self) -> bool:
        return shutil.disk_usage(self._path.parent).free >= 2 * self._size

    def take(self) -> bool:
        """Claim the space if the disk has it twice over; tell whether it is held."""
        if self.is_held:
            return True
        try:
            if not self._has_room:
                return False
            with open(self._path, "wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError as error:
            log.warning("no reserve of disk space: %s", error)
            self._path.unlink(missing_ok=True)
            return False
        return True

    def give_up(self) -> bool:
        """Give the space back to the disk; tell whether there was any."""
        held = self.is_held
        self._path.unlink(missing_ok=True)
        return held
