"""Reads Odoo's logs: a warning or an error that nobody expects is a failure."""

import re
from collections.abc import Iterable

ENTRY = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>[\w.]+): "
    r"(?P<message>.*)"
)
SERIOUS = ("WARNING", "ERROR", "CRITICAL")

# What Odoo and the add-ons of others say of themselves: logger, message, why it may.
EXPECTED: tuple[tuple[str, str, str], ...] = ()


def is_expected(logger: str, message: str) -> bool:
    """Whether such an entry is known and not ours."""
    return any(
        logger == known and re.match(pattern, message) for known, pattern, _ in EXPECTED
    )


def complaints(lines: Iterable[str]) -> list[str]:
    """The unexpected serious entries, each with the last line of its traceback."""
    found: list[str] = []
    listening = False
    for line in lines:
        if entry := ENTRY.match(line):
            listening = entry["level"] in SERIOUS and not is_expected(
                entry["logger"], entry["message"]
            )
            if listening:
                found.append(f"{entry['level']} {entry['logger']}: {entry['message']}")
                header = found[-1]
        elif listening and line.strip():
            found[-1] = f"{header.rstrip()} ... {line.strip()}"
    return found
