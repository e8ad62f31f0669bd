"""What can go wrong with devices; the texts are for staff."""

import time


class DeviceError(Exception):
    """A device that does not do what it should; the text is for staff."""


class Uncertain(DeviceError):
    """Whether it was done is not known: nobody may simply do it again."""


class TooLate(DeviceError):
    """What should have moved did not move in time, and must not any more."""


class NotKept(Exception):
    """What a device told could not be written down: it should tell it again."""


def require_in_time(before: float) -> None:
    """Raise ``TooLate`` after a ``time.monotonic()``; call it right before writing."""
    if time.monotonic() >= before:
        raise TooLate("too late")
