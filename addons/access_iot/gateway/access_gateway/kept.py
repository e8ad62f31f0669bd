"""A text on disk and the changes after it, each of them durable once it is written."""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .files import sync_directory, write_atomically
from .sealing import Sealing, SealingError


class Kept:
    """The text is in the file at ``path``, the changes in one beside it, one a line.

    A crash leaves the changes that were written whole. The first line tells which text
    they belong to: what was left from an earlier one does not count. All are JSON
    objects; with a key of the machine each is sealed.

    With ``has_copy`` the text is there twice, lest a disk that goes bad takes it.
    """

    def __init__(
        self, path: Path, sealing: Sealing | None = None, has_copy: bool = False
    ):
        self._path = path
        self._copy_path = path.with_name(f"{path.name}.copy") if has_copy else None
        self._sealing = sealing or Sealing()
        self._changes_path = path.with_name(f"{path.name}.changes")
        self._label = b""
        self._was_clear = False
        # The sizes of the text and, after each line that counts, of the changes.
        self._text_size = 0
        self._ends: list[int] = []

    @property
    def is_empty(self) -> bool:
        return not self._label

    @property
    def count(self) -> int:
        """How many changes there are."""
        return max(len(self._ends) - 1, 0)

    @property
    def sizes(self) -> tuple[int, int]:
        """The sizes in bytes of the text and of all changes."""
        return self._text_size, self._ends[-1] if self._ends else 0

    @property
    def wants_sealing(self) -> bool:
        """Whether what was read was kept before there was a key: keep another text."""
        return self._sealing.is_on and self._was_clear

    def read(self) -> tuple[str, list[str]]:
        """Give the text and its changes; raise ``OSError`` and ``ValueError``."""
        return self._read(self._path)

    def read_copy(self) -> tuple[str, list[str]]:
        """Give the same from the copy."""
        if self._copy_path is None:
            raise FileNotFoundError("no copy is kept")
        return self._read(self._copy_path)

    def _read(self, path: Path) -> tuple[str, list[str]]:
        text = path.read_bytes()
        self._belongs_to(text)
        try:
            data = self._changes_path.read_bytes()
        except FileNotFoundError:
            data = b""
        # What follows the last line end was broken off.
        lines = data.split(b"\n")[:-1]
        if lines[:1] != [self._label]:
            lines = []
        for line in lines:
            self._ends.append(self.sizes[1] + len(line) + 1)
        self._was_clear = any(one[:1] == b"{" for one in (text, *lines))
        opened = self._sealing.read(text.decode("utf-8"), self._path.name)
        return opened, [self._change(line) for line in lines[1:]]

    def replace(self, text: str) -> None:
        """Keep another text, and no changes yet."""
        kept = self._sealing.kept(text, self._path.name)
        with suppress(OSError):
            # What it was must not come back.
            if self._copy_path is not None:
                self._copy_path.unlink(missing_ok=True)
        write_atomically(self._path, kept)
        self._belongs_to(kept.encode())
        self._was_clear = False
        with suppress(OSError):
            self._changes_path.unlink(missing_ok=True)
        with suppress(OSError):
            if self._copy_path is not None:
                write_atomically(self._copy_path, kept)

    def append(self, changes: Iterable[str]) -> None:
        """Keep changes that came next; none of them holds a line end."""
        name = self._path.name
        kept = [self._sealing.kept(change, name) for change in changes]
        lines = [change.encode() + b"\n" for change in kept]
        if not self._ends:
            lines.insert(0, self._label + b"\n")
        end = self.sizes[1]
        is_new = not self._changes_path.exists()
        descriptor = os.open(self._changes_path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.truncate(end)
            file.seek(end)
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_directory(self._path.parent)
        for line in lines:
            self._ends.append(self.sizes[1] + len(line))

    def cut(self, count: int) -> None:
        """Let only the first changes count: the next one is written after them."""
        del self._ends[count + 1 :]

    def _change(self, line: bytes) -> str:
        """Give a change, empty for one that is damaged: its reader ends there."""
        try:
            return self._sealing.read(line.decode("utf-8", "replace"), self._path.name)
        except SealingError:
            return ""

    def _belongs_to(self, text: bytes) -> None:
        self._label = hashlib.sha256(text).hexdigest().encode()
        self._text_size = len(text)
        self._ends = []
