"""`access-gateway doctor`: what is well on this box, and what to do about the rest."""

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from access_policy import link as chained

from . import link, service
from .clock import TOLERANCE
from .doctor_devices import flaw_of, title_of
from .files import in_use, in_words
from .identity import (
    NOT_PAIRED,
    Identity,
    IdentityError,
    read_document,
    sealing_of_service,
)
from .kept import Kept
from .records import POLICY_FILE
from .release import trusted_keys
from .runtime import SERIAL_DIR, read_status
from .sealing import Sealing, SealingError
from .stores import JOURNAL_FILE, LOCKERS_FILE

LEAST_FREE_MB = 200
# The ERP makes the whole anew each day.
OLD_POLICY_DAYS = 2

_RESTART = "systemctl restart access-gateway"
_FETCH = "let the gateway reach the server, it fetches them"


class Finding(NamedTuple):
    """What was found; ``advice`` says what to do when it is not well."""

    subject: str
    words: str = ""
    advice: str | None = None

    @property
    def is_well(self) -> bool:
        return self.advice is None

    @property
    def line(self) -> str:
        mark = "OK   " if self.is_well else "TO DO"
        said = ": ".join(filter(None, (self.words, self.advice)))
        return f"{mark} {self.subject}: {said}"


@dataclass
class _Box:
    """What is looked at. ``status`` is what the running program says of itself."""

    directory: Path
    serial_dir: Path
    is_running: bool
    status: Mapping[str, Any]
    sealing: Sealing = field(default_factory=Sealing)
    url: str = ""
    tokens: tuple[str, ...] = ()


def examine(directory: Path, serial_dir: Path | None) -> Iterator[Finding]:
    """Look at one thing after the other; what cannot be seen stops no other.

    Without a ``serial_dir`` it is that of the running program.
    """
    try:
        os.listdir(directory)
        is_running = in_use(directory)
        status = (read_status(directory) if is_running else None) or {}
    except FileNotFoundError:
        yield Finding("identity", f"not paired yet, no {directory}", NOT_PAIRED)
        return
    except OSError as error:
        yield Finding("folder", advice=in_words(error))
        return
    ports = serial_dir or Path(status.get("serial_dir") or SERIAL_DIR)
    box = _Box(directory, ports, is_running, status)
    for subject, look in _LOOKS.items():
        yield from _tried(subject, look, box)


def _tried(
    subject: str, look: Callable[[_Box], Iterator[Finding]], box: _Box
) -> Iterator[Finding]:
    try:
        yield from look(box)
    except IdentityError as error:
        yield Finding(subject, advice=str(error))
    except sqlite3.OperationalError as error:
        yield Finding(subject, f"cannot be read ({error})", "see its cause")
    except sqlite3.DatabaseError as error:
        yield Finding(subject, f"damaged ({error})", f"{_RESTART} sets it aside")
    except OSError as error:
        yield Finding(subject, advice=in_words(error))
    except (LookupError, TypeError, ValueError) as error:
        yield Finding(subject, f"cannot be looked at ({error})", "see its cause")


def _identity(box: _Box) -> Iterator[Finding]:
    document = read_document(box.directory)
    box.url, is_sealed = str(document.get("url", "")), "sealed" in document
    words = f"gateway {document.get('gateway')} of {document.get('url')}"
    box.sealing = sealing_of_service(service.HANDED_OUT)
    if is_sealed and not box.sealing.is_on and not Sealing.is_by_systemd():
        words += "; its secrets are sealed"
        advice = None if box.is_running else f"to try the key: {service.with_key()}"
        yield Finding("identity", words, advice)
        return
    identity = Identity.load(box.directory, box.sealing)
    keys = filter(None, (identity.keys, identity.next))
    box.tokens = tuple(one.token for one in keys)
    if box.sealing.is_on and not is_sealed:
        yield Finding("identity", f"{words}; its secrets are not sealed yet", _RESTART)
        return
    how = "sealed with this machine's key" if is_sealed else "kept by permissions alone"
    yield Finding("identity", f"{words}; its secrets are {how}")


def _permissions(box: _Box) -> Iterator[Finding]:
    directory = box.directory
    wrong = [
        path
        for path in (directory, *directory.iterdir())
        if stat.S_IMODE(path.lstat().st_mode) & 0o077
        and path.is_dir()
        or path.name.startswith("identity")
        and path.lstat().st_mode & 0o077
    ]
    if wrong:
        names = ", ".join(map(str, wrong))
        yield Finding("permissions", f"others may read {names}", "chmod go-rwx them")
    owners = {path.lstat().st_uid for path in (directory, *directory.iterdir())}
    if len(owners) > 1:
        advice = f"chown -R access-gateway: {directory}"
        yield Finding("permissions", "the files have several owners", advice)
    if not wrong and len(owners) == 1:
        yield Finding("permissions", f"{directory} is private")


def _disk(box: _Box) -> Iterator[Finding]:
    free = shutil.disk_usage(box.directory).free // 10**6
    low = free < LEAST_FREE_MB
    yield Finding("disk", f"{free} MB free", "make room" if low else None)


def _server(box: _Box) -> Iterator[Finding]:
    url, parts = box.url, urlsplit(box.url)
    if not url:
        return  # Told with the identity.
    is_local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not is_local:
        yield Finding("server", f"{url} is not encrypted", "pair by its https address")
    try:
        answer = link.knock(url, box.tokens)
    except link.Unreachable as error:
        advice = "look at network, name, certificate"
        yield Finding("server", f"{url}: {error}", advice)
        return
    yield _answered(box, url, answer)
    if pushes := box.status.get("push_problem"):
        yield Finding("push", f"none ({pushes}), asking instead")
    if "date" in answer.headers:
        yield _clock(parsedate_to_datetime(answer.headers["date"]))


def _answered(box: _Box, url: str, answer: httpx.Response) -> Finding:
    if not link.is_refusal(answer):
        words = f"{url} does not answer as an ERP"
        return Finding("server", words, "is it the right one?")
    if box.tokens and answer.status_code == 401:
        return Finding("server", f"{url} does not know this box any more", "pair again")
    # Our question was no more than a knock: the program asks more of it.
    if problem := box.status.get("server_problem"):
        return Finding("server", advice=problem)
    return Finding("server", f"{url} answers")


def _clock(server: datetime) -> Finding:
    seconds = (datetime.now(timezone.utc) - server).total_seconds()
    off = abs(seconds) > TOLERANCE.total_seconds()
    words = f"{seconds:+.0f} s against the server"
    return Finding("clock", words, "set it, turn on NTP" if off else None)


def _rules(box: _Box) -> Iterator[Finding]:
    try:
        rules = _policy(box)
    except SealingError as error:
        if box.sealing.is_on:
            yield Finding("rules", str(error), _FETCH)
        else:
            yield Finding("rules", "sealed: only the running gateway can read them")
        return
    except (LookupError, TypeError, ValueError) as error:
        yield Finding("rules", f"damaged ({error})", _FETCH)
        return
    if rules is None:
        yield Finding("rules", "there are none", f"start the gateway, {_FETCH}")
        return
    now = datetime.now(timezone.utc)
    issued, expires = (_time(rules.get(name)) for name in ("issued_at", "expires_at"))
    words = f"version {rules['version']}, issued {issued}, good until {expires}"
    advice = None
    if expires and expires < now:
        advice = "they count no more: let the gateway reach the server"
    elif issued and (now - issued).days >= OLD_POLICY_DAYS:
        advice = "they are old: let the gateway reach the server"
    elif box.sealing.is_on and _is_clear(box.directory / POLICY_FILE):
        advice = (
            "they are not sealed yet: restart the gateway while the server is there"
        )
    yield Finding("rules", words, advice)


def _devices(box: _Box) -> Iterator[Finding]:
    try:
        devices = (_policy(box) or {}).get("devices", {})
    except (LookupError, TypeError, ValueError):
        devices = {}  # Told with the rules.
    shown = box.status.get("devices", {})
    for key in {**devices, **shown}:
        subject = title_of(key, {**shown.get(key, {}), **devices.get(key, {})})
        flaw = None
        if key in devices:
            flaw = flaw_of(key, devices[key], box.serial_dir, box.is_running)
        if flaw is not None:
            yield Finding(subject, *flaw)
        elif problem := shown.get(key, {}).get("problem"):
            yield Finding(subject, problem, "mend it, or its settings in the ERP")
        elif key in devices:
            yield Finding(subject, "{driver} at {address}".format_map(devices[key]))


def _journal(box: _Box) -> Iterator[Finding]:
    path = box.directory / JOURNAL_FILE
    if not path.exists():
        yield Finding("journal", "empty")
        return
    with closing(_opened(path)) as connection:
        row = connection.execute("SELECT sequence, hash, acknowledged FROM journal")
        expected, digest, acknowledged = row.fetchone() or (0, None, 0)
        events = connection.execute(
            "SELECT sequence, hash, record FROM event ORDER BY sequence"
        )
        for sequence, digest_kept, record in events:
            expected, digest = expected + 1, chained(digest, record)
            if (sequence, digest_kept) != (expected, digest):
                advice = "tell who runs the ERP: events were changed or lost"
                yield Finding("journal", f"broken at event {sequence}", advice)
                return
    waiting = max(expected - acknowledged, 0)
    yield Finding("journal", f"whole up to event {expected}, {waiting} not sent yet")


def _lockers(box: _Box) -> Iterator[Finding]:
    path = box.directory / LOCKERS_FILE
    if not path.exists():
        return
    with closing(_opened(path)) as connection:
        [[found]] = connection.execute("PRAGMA quick_check(1)").fetchall()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM locker), (SELECT count(*) FROM untold)"
        )
        taken, untold = counts.fetchone()
    yield Finding("lockers", f"{taken} taken, {untold} notes not told yet")


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _updates(_box: _Box) -> Iterator[Finding]:
    keys = len(trusted_keys())
    words = f"signed releases are taken ({keys} keys)" if keys else "by hand only"
    yield Finding("updates", words)


def _program(box: _Box) -> Iterator[Finding]:
    if not box.is_running:
        advice = "systemctl start access-gateway (journalctl -u tells why it ended)"
        yield Finding("program", "not running", advice)
    elif problem := box.status.get("problem"):
        yield Finding("program", advice=problem)
    else:
        yield Finding("program", "running")


def _policy(box: _Box) -> dict[str, Any] | None:
    """Give the stored rules, their head that of the newest change."""
    try:
        whole, changes = Kept(box.directory / POLICY_FILE, box.sealing).read()
    except FileNotFoundError:
        return None
    rules = json.loads(json.loads(whole)["payload"])
    for change in changes:
        rules |= json.loads(json.loads(change)["payload"])
    return rules


def _is_clear(path: Path) -> bool:
    return path.read_bytes()[:1] == b"{"


def _time(text: Any) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


_LOOKS: dict[str, Callable[[_Box], Iterator[Finding]]] = {
    "identity": _identity,
    "permissions": _permissions,
    "disk": _disk,
    "server": _server,
    "rules": _rules,
    "devices": _devices,
    "journal": _journal,
    "lockers": _lockers,
    "updates": _updates,
    "program": _program,
}
