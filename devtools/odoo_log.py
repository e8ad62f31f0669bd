"""Reads Odoo's logs: a warning or an error that nobody expects is a failure."""

import re
from collections.abc import Iterable

ENTRY = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>[\w.]+): "
    r"(?P<message>.*)"
)
EXCEPTION = re.compile(r"(\w+\.)*\w*(Error|Exception|Violation|Exit)\b.*: ")
SERIOUS = ("WARNING", "ERROR", "CRITICAL")

# What Odoo and the add-ons of others say: pattern of the logger, start of the message,
# and why it does no harm.
EXPECTED: tuple[tuple[str, str, str], ...] = (
    (
        r"odoo\.addons\..*\.browser",
        r"Error received after termination: (AssetsLoadingError|ConnectionLostError)",
        "The test was over while its page was still loading something.",
    ),
)


def is_expected(logger: str, message: str) -> bool:
    """Whether such an entry is known and not ours."""
    return any(
        re.fullmatch(known, logger) and re.match(start, message)
        for known, start, _reason in EXPECTED
    )


def complaints(lines: Iterable[str]) -> list[str]:
    """The unexpected serious entries, each with the exception that it tells of."""
    found: list[str] = []
    header = ""
    for line in lines:
        if entry := ENTRY.match(line):
            header = ""
            if entry["level"] in SERIOUS and not is_expected(*entry.group(2, 3)):
                header = "{level} {logger}: {message}".format(**entry.groupdict())
                found.append(header)
        elif header and EXCEPTION.match(line):
            # A chain of exceptions ends with the one that explains most.
            found[-1] = f"{header.rstrip()} {line}"
    return found
