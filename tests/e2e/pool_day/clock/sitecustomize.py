"""Gives a program the time of a shared clock, from its first line on.

Python imports this by itself where the folder is in ``PYTHONPATH``.
``ACCESS_DAY_CLOCK`` names a file with seconds since 1970, as a double. Dates and
times are by it; what
counts how long something takes (``time.monotonic``, ``time.time``) goes on as ever.
"""

import datetime as module
import mmap
import os
import struct


def _follow(file: str) -> None:
    with open(file, "rb") as opened:
        shared = mmap.mmap(opened.fileno(), 8, access=mmap.ACCESS_READ)
    real_datetime, real_date = module.datetime, module.date

    def seconds() -> float:
        return struct.unpack("d", shared[:8])[0]

    class Kind(type):
        """Values are of the real types; only the names are others."""

        def __instancecheck__(cls, value):
            return isinstance(value, cls.__mro__[1])

        def __subclasscheck__(cls, other):
            return issubclass(other, cls.__mro__[1])

    class Datetime(real_datetime, metaclass=Kind):
        def __new__(cls, *args, **values):
            return real_datetime(*args, **values)

        @classmethod
        def now(cls, tz=None):
            return real_datetime.fromtimestamp(seconds(), tz)

        @classmethod
        def today(cls):
            return cls.now()

        @classmethod
        def utcnow(cls):
            return cls.now(module.timezone.utc).replace(tzinfo=None)

    class Date(real_date, metaclass=Kind):
        def __new__(cls, *args, **values):
            return real_date(*args, **values)

        @classmethod
        def today(cls):
            return real_date.fromtimestamp(seconds())

    module.datetime, module.date = Datetime, Date


if "ACCESS_DAY_CLOCK" in os.environ:
    _follow(os.environ["ACCESS_DAY_CLOCK"])
