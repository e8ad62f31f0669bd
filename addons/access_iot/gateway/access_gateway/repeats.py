"""A card that is still held to a reader is read again and again, but came once."""

from .messages import Read
from .wiring import ReaderOf


class Repeats:
    """What was held to each reader last."""

    def __init__(self) -> None:
        self._last: dict[ReaderOf, tuple[str | None, float]] = {}

    def is_repeated(self, read: Read, seal: str | None) -> bool:
        """Tell whether the same thing is still held to the reader."""
        reader = ReaderOf(read.device, read.reader)
        last = self._last.get(reader)
        self._last[reader] = (seal, read.at)
        if last is None or last[0] != seal:
            return False
        return 1000 * (read.at - last[1]) < read.repeat_ms
