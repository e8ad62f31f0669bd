"""Codes to scan as the paths of an SVG, one unit wide a module.

The libraries that make them come with the ``printer`` extra.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

BAR_HEIGHT = 40


@lru_cache(maxsize=32)
def code128(text: str) -> dict[str, Any]:
    """Draw CODE128; give the size and the path."""
    from barcode.codex import Code128

    [modules] = Code128(text).build()
    bars = [one == "1" for one in modules]
    path = "".join(f"M{x} 0h{n}v{BAR_HEIGHT}h-{n}z" for x, n in _runs(bars))
    return {"width": len(bars), "height": BAR_HEIGHT, "path": path}


@lru_cache(maxsize=32)
def qr(text: str) -> dict[str, Any]:
    """Draw a QR code; give the size and the path."""
    from qrcode import QRCode

    code = QRCode(border=0)
    code.add_data(text)
    code.make()
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h{n}v1h-{n}z" for y, row in enumerate(rows) for x, n in _runs(row)
    )
    return {"width": len(rows), "height": len(rows), "path": path}


def _runs(bits: Iterable[bool]) -> list[tuple[int, int]]:
    """Give where dark begins, and how wide it is.

    >>> _runs([True, True, False, True])
    [(0, 2), (3, 1)]
    """
    runs: list[tuple[int, int]] = []
    before = False
    for place, dark in enumerate(bits):
        if dark and before:
            start, width = runs.pop()
            runs.append((start, width + 1))
        elif dark:
            runs.append((place, 1))
        before = dark
    return runs
