"""`access-gateway doctor`: what is well on this box, and what to do about the rest."""

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from access_policy import link as chained

from . import drivers, link
from .files import in_use
from .identity import IdentityError, read_document
from .kept import Kept
from .release import trusted_keys
from .runtime import POLICY_FILE
from .sealing import SealingError
from .stores import JOURNAL_FILE
from .sync import CLOCK_TOLERANCE_S

LEAST_FREE_MB = 200
# The ERP makes the whole anew each day.
OLD_POLICY_DAYS = 2


class Finding(NamedTuple):
    """What was found; ``advice`` says what to do when it is not well."""

    subject: str
    words: str
    advice: str | None = None

    @property
    def line(self) -> str:
        if self.advice is None:
            return f"OK    {self.subject}: {self.words}"
        return f"TO DO {self.subject}: {self.words}: {self.advice}"


def examine(directory: Path, serial_dir: Path) -> Iterator[Finding]:
    """Look at one thing after the other; what cannot be seen stops no other."""
    try:
        identity = read_document(directory)
        yield _identity(identity)
    except (IdentityError, OSError) as error:
        yield Finding("identity", str(error), "pair this box")
        identity = {}
    yield from _tried("permissions", lambda: _permissions(directory))
    yield from _tried("disk", lambda: _disk(directory))
    yield from _tried("server", lambda: _server(str(identity.get("url", ""))))
    yield from _tried("rules", lambda: _rules(directory))
    yield from _tried("devices", lambda: _devices(directory, serial_dir))
    yield from _tried("journal", lambda: _journal(directory / JOURNAL_FILE))
    yield from _tried("updates", _updates)
    yield from _tried("program", lambda: _program(directory))


def _tried(subject: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except SealingError:
        yield Finding(subject, "sealed: only the running gateway can read them")
    except (OSError, sqlite3.Error, LookupError, TypeError, ValueError) as error:
        yield Finding(subject, f"cannot be looked at ({error})", "see its cause")


def _identity(identity: dict[str, Any]) -> Finding:
    words = f"gateway {identity.get('gateway')} of {identity.get('url')}"
    is_sealed = "sealed" in identity
    how = "sealed with this machine's key" if is_sealed else "kept by permissions alone"
    return Finding("identity", f"{words}; its secrets are {how}")


def _permissions(directory: Path) -> Iterator[Finding]:
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


def _disk(directory: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(directory).free // 10**6
    low = free < LEAST_FREE_MB
    yield Finding("disk", f"{free} MB free", "make room" if low else None)


def _server(url: str) -> Iterator[Finding]:
    if not url:
        return
    parts = urlsplit(url)
    is_local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not is_local:
        yield Finding("server", f"{url} is not encrypted", "pair by its https address")
    try:
        # Without a token: that it is refused in the right words is all we ask.
        answer = httpx.post(f"{url}{link.BASE}sync", json={}, timeout=10)
        said = answer.json()
    except httpx.HTTPError as error:
        yield Finding("server", f"{url}: {error}", "look at network, name, certificate")
        return
    except ValueError:
        said = None
    if not (isinstance(said, dict) and said.get("error")):
        yield Finding(
            "server", f"{url} does not answer as an ERP", "is it the right one?"
        )
        return
    yield Finding("server", f"{url} answers")
    if "date" in answer.headers:
        yield _clock(parsedate_to_datetime(answer.headers["date"]))


def _clock(server: datetime) -> Finding:
    seconds = (datetime.now(timezone.utc) - server).total_seconds()
    off = abs(seconds) > CLOCK_TOLERANCE_S
    words = f"{seconds:+.0f} s against the server"
    return Finding("clock", words, "set it, turn on NTP" if off else None)


def _rules(directory: Path) -> Iterator[Finding]:
    rules = _policy(directory)
    if rules is None:
        advice = "start the gateway, it fetches them"
        yield Finding("rules", "there are none", advice)
        return
    now = datetime.now(timezone.utc)
    issued, expires = (_time(rules.get(name)) for name in ("issued_at", "expires_at"))
    words = f"version {rules['version']}, issued {issued}, good until {expires}"
    advice = None
    if expires and expires < now:
        advice = "they count no more: let the gateway reach the server"
    elif issued and (now - issued).days >= OLD_POLICY_DAYS:
        advice = "they are old: let the gateway reach the server"
    yield Finding("rules", words, advice)


def _devices(directory: Path, serial_dir: Path) -> Iterator[Finding]:
    for key, device in (_policy(directory) or {}).get("devices", {}).items():
        subject, address = f"device {key}", str(device["address"])
        try:
            driver = drivers.driver_class(device["driver"])
        except drivers.DeviceError as error:
            yield Finding(subject, str(error), "install it, or mend the device")
            continue
        names = {setting.name for setting in driver.settings}
        if "baudrate" in names and ":" not in address:
            yield _port(subject, serial_dir / address)
        else:
            yield Finding(subject, f"{device['driver']} at {address}")


def _port(subject: str, port: Path) -> Finding:
    if not port.exists():
        return Finding(
            subject, f"there is no {port}", "plug it in, or mend the address"
        )
    if not os.access(port, os.R_OK | os.W_OK):
        advice = "add the user to its group (dialout)"
        return Finding(subject, f"{port} may not be used", advice)
    return Finding(subject, f"{port} is there")


def _journal(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield Finding("journal", "empty")
        return
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
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
    finally:
        connection.close()
    waiting = max(expected - acknowledged, 0)
    yield Finding("journal", f"whole up to event {expected}, {waiting} not sent yet")


def _updates() -> Iterator[Finding]:
    keys = len(trusted_keys())
    words = f"signed releases are taken ({keys} keys)" if keys else "by hand only"
    yield Finding("updates", words)


def _program(directory: Path) -> Iterator[Finding]:
    if in_use(directory):
        yield Finding("program", "running")
    else:
        advice = "systemctl start access-gateway"
        yield Finding("program", "not running", advice)


def _policy(directory: Path) -> dict[str, Any] | None:
    """Give the stored rules, their head that of the newest change."""
    try:
        whole, changes = Kept(directory / POLICY_FILE).read()
    except FileNotFoundError:
        return None
    rules = json.loads(json.loads(whole)["payload"])
    for change in changes:
        rules |= json.loads(json.loads(change)["payload"])
    return rules


def _time(text: Any) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
