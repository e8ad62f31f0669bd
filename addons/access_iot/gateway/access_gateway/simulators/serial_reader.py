"""A card or barcode reader on a serial line."""

import time

from .line import Line

_FRAMES = {
    "crlf": b"%s\r\n",
    "stx_etx": b"\x02%s\r\n\x03",
}


class SimulatedReader:
    def __init__(self, line: Line, framing: str = "crlf"):
        self.line = line
        self._frame = _FRAMES[framing]

    def hold(self, card: str) -> float:
        """Hold a card to the reader for a moment; give when, by ``time.monotonic``."""
        return self.write(self._frame % card.encode())

    def write(self, data: bytes) -> float:
        """Send bytes as they are, as a broken reader or a bad cable would."""
        at = time.monotonic()
        self.line.send(data)
        return at
