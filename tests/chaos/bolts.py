"""What the bolts of one board did, and whether the log explains it."""

import math
from typing import NamedTuple

from access_gateway.simulators import CoilChange

# A release that comes later than so after its event is none for who stood there; the
# line is slow at times, and whether somebody has gone is looked at before that.
SOON_S = 6.0


class Opening(NamedTuple):
    begin: float
    end: float


class Bolts:
    def __init__(self) -> None:
        self.moves: list[CoilChange] = []

    def note(self, change: CoilChange) -> None:
        self.moves.append(change)

    def openings(self, coil: int) -> list[Opening]:
        found, since = [], None
        for move in self.moves:
            if move.coil != coil:
                continue
            if move.on:
                since = move.at
            elif since is not None:
                found.append(Opening(since, move.at))
                since = None
        return [*found, *([Opening(since, math.inf)] if since is not None else [])]

    def was_open(self, coil: int, begin: float, end: float) -> bool:
        return any(one.begin <= end and begin <= one.end for one in self.openings(coil))
