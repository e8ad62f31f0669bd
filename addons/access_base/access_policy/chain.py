"""The hash chain of a journal: each event's hash covers the one before it.

The hash is SHA-256 over the previous hash (ASCII, lower-case hexadecimal), a line feed
and the event's record (see ``PassageEvent.record``).
"""

import hashlib
import json
from collections.abc import Iterable

GENESIS = "0" * 64


def link(previous: str, record: str) -> str:
    """Give the hash of an event that follows the event with hash ``previous``."""
    return hashlib.sha256(f"{previous}\n{record}".encode()).hexdigest()


def first_break(
    events: Iterable[tuple[str, str]], previous: str = GENESIS
) -> int | None:
    """Give the sequence of the first event whose hash does not follow, else ``None``.

    ``events`` are pairs of record and hash in the order of their sequence.
    """
    for record, digest in events:
        if link(previous, record) != digest:
            return json.loads(record)[0]
        previous = digest
    return None
