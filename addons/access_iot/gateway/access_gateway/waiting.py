"""How long to wait before something is tried again."""

import random

LONGEST_S = 30.0


class Waiting:
    """How long to wait after failures: twice as long each time, with some chance."""

    def __init__(self, first: float, longest: float = LONGEST_S):
        self._first = first
        self._longest = longest
        self._failures = 0

    def reset(self) -> None:
        self._failures = 0

    def next(self) -> float:
        seconds = min(self._first * 2 ** min(self._failures, 16), self._longest)
        self._failures += 1
        return seconds * random.uniform(0.5, 1.0)
