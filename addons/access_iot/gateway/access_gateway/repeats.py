"""A card that is still held to a reader is read again and again, but came once."""

from .messages import Read


class Repeats:
    """What was held to each reader last."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str | None, float]] = {}

    def is_repeated(self, read: Read, seal: str | None) -> bool:
        """Tell whether the same thing is still held to the reader."""
        last = self._last.get(read.device)
        self._last[read.device] = (seal, read.at)
        if last is None or last[0] != seal:
            return False
        return 1000 * (read.at - last[1]) < read.repeat_ms
