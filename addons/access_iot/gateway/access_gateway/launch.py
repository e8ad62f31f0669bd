"""From the program that is installed to the release that is to run, and back.

The installed program belongs to root and is not changed by updates. At each start it
verifies the release anew, unpacks it, and lets it take its place in the same process.
A release on trial runs against a timer of the kernel, which ends it unless it confirms
in time: one that hangs cannot stay. Whoever started us (systemd) starts us again.
"""

import io
import logging
import os
import shutil
import signal
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from . import __version__
from .files import exclusive
from .release import Release, ReleaseError, trusted_keys
from .slots import TRIES, Slots, read_wheel, sweep

log = logging.getLogger(__name__)

# How long a release on trial may take to work as the old one did.
TRIAL_S = 120

# Says to a release that it is one, lest it look for another.
MARK = "ACCESS_GATEWAY_RELEASE"

# Isolated (-I): nothing from the working directory or from the user's own packages.
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    "from access_gateway.cli import main; sys.exit(main())"
)


def launch(directory: Path, arguments: Sequence[str]) -> None:
    """Become the release that is to run; return if that is this program itself."""
    if MARK in os.environ:
        return
    signal.alarm(0)  # of a release on trial that gave way to us
    with exclusive(directory):
        try:
            found = choose(directory)
        except OSError as error:
            # As on a full disk: the doors come first.
            log.error("no release can be chosen, the installed one runs: %s", error)
            found = None
    if found:
        release, is_trial = found
        log.info("release %s%s", release.version, " on trial" if is_trial else "")
        if is_trial:
            signal.alarm(TRIAL_S)
        path = str(_unpacked_folder(directory))
        _become(["-c", _BOOT, path, *arguments], {**os.environ, MARK: release.version})


def relaunch(arguments: Sequence[str]) -> NoReturn:
    """Begin anew with the installed program, in the same process."""
    variables = {name: v for name, v in os.environ.items() if name != MARK}
    _become(["-m", "access_gateway", *arguments], variables)


def choose(directory: Path) -> tuple[Release, bool] | None:
    """Unpack what is to run and count its try; ``None`` for the installed program."""
    slots = Slots.load(directory)
    while release := slots.trial or slots.current:
        is_trial = release is slots.trial
        try:
            if is_trial and slots.tries >= TRIES:
                raise ReleaseError(f"it did not work within {TRIES} starts")
            slots.check_not_outdated(release)
            _unpack(directory, release)
        except (ReleaseError, OSError) as error:
            log.error("release %s is given up: %s", release.version, error)
            slots = slots.without(release)
            slots.save(directory)
            continue
        if is_trial:
            slots.tried().save(directory)
        return release, is_trial
    sweep(directory, slots)
    return None


def confirm(directory: Path) -> None:
    """Note that the release on trial works, and stop the timer."""
    slots = Slots.load(directory)
    if slots.trial is not None:
        slots = slots.confirmed()
        slots.save(directory)
        log.info("release %s works and stays", slots.current.version)
    signal.alarm(0)
    sweep(directory, slots)


def _unpack(directory: Path, release: Release) -> None:
    if not release.is_newer_than(__version__):
        raise ReleaseError(f"not newer than {__version__}, which is installed")
    wheel = read_wheel(directory, release)
    release.verify(wheel, trusted_keys())
    folder = _unpacked_folder(directory)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    with zipfile.ZipFile(io.BytesIO(wheel)) as file:
        file.extractall(folder)


def _unpacked_folder(directory: Path) -> Path:
    """Where the release is unpacked: in memory where systemd gives us such a place."""
    return Path(os.environ.get("RUNTIME_DIRECTORY") or directory, "release")


def _become(arguments: Sequence[str], variables: Mapping[str, str]) -> NoReturn:
    logging.shutdown()
    os.execve(sys.executable, [sys.executable, "-I", *arguments], variables)
