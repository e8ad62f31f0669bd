"""Which release runs: the one that proved itself, or a newer one that is on trial.

A slot is one file, the signed wheel, in ``releases/``; which counts is in one file
beside them that is replaced as a whole, so a power cut leaves the old or the new. A
release on trial gets a few starts. It is confirmed when it works as the old one did,
or it is never tried again.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .files import write_atomically, write_bytes_atomically
from .release import Release, ReleaseError, is_newer, require_version

TRIES = 3

_FOLDER = "releases"
_FILE = "slots.json"
# Of versions that failed, so many are remembered.
_FAILED = 50


@dataclass(frozen=True, slots=True)
class Slots:
    """``online`` are the devices that were online before the trial.

    ``newest`` is the newest version that ever worked here. An older one, though it is
    signed, is not taken again: it may have a hole that is known since.
    """

    current: Release | None = None
    trial: Release | None = None
    tries: int = 0
    online: tuple[str, ...] = ()
    failed: tuple[str, ...] = field(default=())
    newest: str | None = None

    @classmethod
    def load(cls, directory: Path) -> "Slots":
        """Read them back; what is damaged counts as none: then the program runs that
        is installed."""
        try:
            known = json.loads((directory / _FOLDER / _FILE).read_text("utf-8"))
            current = _release(known["current"])
            newest = known.get("newest") or (current and current.version)
            return cls(
                current=current,
                trial=_release(known["trial"]),
                tries=int(known["tries"]),
                online=tuple(map(str, known["online"])),
                failed=tuple(map(str, known["failed"])),
                newest=newest and require_version(newest),
            )
        except (OSError, KeyError, TypeError, ValueError, ReleaseError):
            return cls()

    def save(self, directory: Path) -> None:
        document = {
            "current": self.current and self.current._asdict(),
            "trial": self.trial and self.trial._asdict(),
            "tries": self.tries,
            "online": self.online,
            "failed": self.failed[-_FAILED:],
            "newest": self.newest,
        }
        folder = directory / _FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        write_atomically(folder / _FILE, json.dumps(document, indent=1))

    def begin_trial(self, release: Release, online: Collection[str]) -> "Slots":
        return replace(self, trial=release, tries=0, online=tuple(sorted(online)))

    def tried(self) -> "Slots":
        return replace(self, tries=self.tries + 1)

    def confirmed(self) -> "Slots":
        worked = replace(self, current=self.trial, newest=self.trial.version)
        return replace(worked, trial=None, tries=0, online=())

    def check_not_outdated(self, release: Release) -> None:
        """Raise ``ReleaseError`` for one that is older than what ever worked here."""
        if self.newest and is_newer(self.newest, release.version):
            words = f"{release.version} is older than {self.newest}, which worked here"
            raise ReleaseError(words)

    def without(self, release: Release) -> "Slots":
        """Give up a release for good."""
        left = replace(self, failed=(*self.failed, release.version))
        if release == self.trial:
            return replace(left, trial=None, tries=0, online=())
        return replace(left, current=None)


def keep_wheel(directory: Path, release: Release, wheel: bytes) -> None:
    folder = directory / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    write_bytes_atomically(_wheel(directory, release), wheel)


def read_wheel(directory: Path, release: Release) -> bytes:
    """Raise ``OSError`` if it is gone."""
    return _wheel(directory, release).read_bytes()


def sweep(directory: Path, slots: Slots) -> None:
    """Remove the wheels that count no more."""
    wanted = {one.version for one in (slots.current, slots.trial) if one}
    for path in (directory / _FOLDER).glob("*.whl*"):
        if path.name.removesuffix(".whl") not in wanted:
            path.unlink(missing_ok=True)


def _wheel(directory: Path, release: Release) -> Path:
    return directory / _FOLDER / f"{release.version}.whl"


def _release(document: Any) -> Release | None:
    return None if document is None else Release.from_document(document)
