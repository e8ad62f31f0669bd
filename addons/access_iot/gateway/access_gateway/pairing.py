"""Pairing: a one-time code from the ERP becomes this box's identity."""

import socket
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from . import __version__, link
from .files import exclusive
from .identity import Identity, IdentityError
from .journal import Journal, JournalError
from .stores import JOURNAL_FILE

_WORDS = {
    "pairing_code_invalid": "the code is wrong, used or expired: get a new one in the "
    "ERP",
    "too_many_attempts": "too many wrong codes: wait a minute, then try again",
}


class PairingError(Exception):
    """Not paired, and nothing changed here; the text says what to do."""


def pair(directory: Path, url: str, code: str, keep_events: bool = False) -> Identity:
    """Redeem a code and keep the identity; raise ``PairingError``.

    With ``keep_events`` what another gateway has not sent yet is sent by this one.
    """
    url = url.rstrip("/")
    if urlsplit(url).scheme not in ("http", "https"):
        raise PairingError(f"{url!r} is no address: it begins with https://")
    with exclusive(directory):
        try:
            # A code is good once: first whether there is a journal to go on with.
            with closing(Journal(directory / JOURNAL_FILE)) as journal:
                identity = _redeem(url, code)
                _check_journal(journal, identity, keep_events)
        except JournalError as error:
            raise PairingError(str(error)) from error
        identity.save(directory)
    return identity


def _redeem(url: str, code: str) -> Identity:
    body = {"code": code, "hardware": socket.gethostname(), "software": __version__}
    try:
        answer = link.pair(url, body)
    except link.Refused as error:
        # What a stranger says is not repeated here.
        stranger = f"{url} answered {error.status}, but not as an ERP does"
        words = _WORDS.get(str(error.code), f"{stranger}: is it the right address?")
        raise PairingError(words) from error
    except link.LinkError as error:
        raise PairingError(str(error)) from error
    try:
        return Identity.from_document({**answer, "url": url})
    except IdentityError as error:
        words = "the server's answer is malformed: is it the right address?"
        raise PairingError(words) from error


def _check_journal(journal: Journal, identity: Identity, keep_events: bool) -> None:
    """Refuse to take on an identity under which events here would be lost."""
    is_another = journal.gateway not in (None, identity.gateway)
    if keep_events and is_another and journal.pending_count:
        journal.hand_over(identity.gateway)
    journal.check(identity.gateway, identity.journal)
