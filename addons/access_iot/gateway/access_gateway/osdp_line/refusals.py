"""What a reader refuses is asked no more for a while: each time its line breaks off."""

import time
from collections.abc import Hashable

_MAX_IN_A_ROW = 2
# It may have been noise: so it is tried again.
_FORGIVEN_AFTER_S = 600.0


class Refusals:
    def __init__(self) -> None:
        self._counts: dict[Hashable, int] = {}
        self._last: dict[Hashable, float] = {}

    def add(self, what: Hashable) -> None:
        self._counts[what] = self._counts.get(what, 0) + 1
        self._last[what] = time.monotonic()

    def forgive(self, what: Hashable) -> None:
        self._counts.pop(what, None)

    def are_enough(self, what: Hashable) -> bool:
        """Tell whether to ask for it no more now."""
        if self._counts.get(what, 0) < _MAX_IN_A_ROW:
            return False
        return time.monotonic() < self._last[what] + _FORGIVEN_AFTER_S
