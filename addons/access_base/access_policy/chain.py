"""The hash chain of a journal: each event's hash covers the one before it.

The hash is SHA-256 over the previous hash (ASCII, lower-case hexadecimal), a line feed
and the canonical body: JSON with sorted keys, no spaces, UTF-8. The body holds
``sequence``, counted from 1 without gaps, and the fields of ``PassageEvent``.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

GENESIS = "0" * 64


def link(previous: str, body: Mapping[str, Any]) -> str:
    """Give the hash of an event that follows the event with hash ``previous``."""
    return hashlib.sha256(f"{previous}\n{canonical(body)}".encode()).hexdigest()


def canonical(body: Mapping[str, Any]) -> str:
    """Give the one text of a body that the hash covers."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def first_break(
    events: Iterable[tuple[Mapping[str, Any], str]], previous: str = GENESIS
) -> int | None:
    """Give the sequence of the first event whose hash does not follow, else ``None``.

    ``events`` are pairs of body and hash in the order of their sequence.
    """
    for body, digest in events:
        if link(previous, body) != digest:
            return body["sequence"]
        previous = digest
    return None
