"""The state directory: private, used by one program at a time, safe in a power cut."""

import errno
import fcntl
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NEW = ".new"


class DirectoryInUse(Exception):
    """Another gateway program works in the state directory."""


@contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Make the directory (mode 0700) and keep every other program out of it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    with _locked(directory):
        yield


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DirectoryInUse(
                f"a gateway is running in {directory}: stop it first"
            ) from None
        yield
    finally:
        os.close(descriptor)


def in_use(directory: Path) -> bool:
    """Tell whether a program works there; who only asks changes nothing."""
    try:
        with _locked(directory):
            return False
    except DirectoryInUse:
        return True


def in_words(error: OSError) -> str:
    """Say what the system refused, and what to do, as far as that is known."""
    if error.filename is None:
        return str(error)
    path = Path(os.fsdecode(error.filename))
    there = _last_there(path)
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"no rights to {there}: run this as {_owner(there)}"
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{there} is no folder: name another one"
    if error.errno == errno.ENOENT:
        missing = there / path.relative_to(there).parts[0] if there != path else path
        return f"there is no {missing}: make it, or name another one"
    if error.errno == errno.ENOSPC:
        return f"{path} cannot be written, the disk is full: make room"
    return str(error)


def _last_there(path: Path) -> Path:
    """Give the path, or the last one above it that is there and that we may look at."""
    for one in (path, *path.parents):
        with suppress(OSError):
            one.stat()
            return one
    return path


def _owner(path: Path) -> str:
    number = path.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def write_atomically(path: Path, text: str, durable: bool = True) -> None:
    """Replace a file (mode 0600) so that a crash leaves the old or the new one whole.

    ``durable`` waits until the new one is on the disk.
    """
    write_bytes_atomically(path, text.encode("utf-8"), durable)


def write_bytes_atomically(path: Path, data: bytes, durable: bool = True) -> None:
    """Do the same with bytes. What cannot be written leaves nothing behind."""
    temporary = path.with_name(f"{path.name}{_NEW}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_directory(path.parent)


def sweep(directory: Path) -> None:
    """Remove what a crash left half written."""
    for path in directory.glob(f"*{_NEW}"):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def sync_directory(directory: Path) -> None:
    """Wait until the names of the files in a directory are on the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
