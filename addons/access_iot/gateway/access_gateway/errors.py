"""What can go wrong with devices; the texts are for staff."""

import errno
import re
import socket
import time

_USUAL = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "the other side closed the connection",
    errno.EHOSTUNREACH: "it is not reachable (no route)",
    errno.ENETUNREACH: "its network is not reachable",
    errno.ETIMEDOUT: "no answer in time",
}
_NUMBER = re.compile(r"\[Errno -?\d+\] ?")


class DeviceError(Exception):
    """A device that does not do what it should; the text is for staff."""


class Uncertain(DeviceError):
    """Whether it was done is not known: nobody may simply do it again."""


class TooLate(DeviceError):
    """What should have moved did not move in time, and must not any more."""


class NotKept(Exception):
    """What a device told could not be written down: it should tell it again."""


def in_plain_words(error: BaseException) -> str:
    """Say what is wrong without the system's numbers.

    >>> in_plain_words(OSError(errno.ECONNREFUSED, "Connect call failed ('::1', 1)"))
    'connection refused'
    >>> in_plain_words(DeviceError("no port: [Errno 13] Permission denied"))
    'no port: Permission denied'
    """
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    usual = _USUAL.get(error.errno or 0) if isinstance(error, OSError) else None
    return usual or _NUMBER.sub("", str(error)) or type(error).__name__


def require_in_time(before: float) -> None:
    """Raise ``TooLate`` after a ``time.monotonic()``; call it right before writing."""
    if time.monotonic() >= before:
        raise TooLate("too late")
