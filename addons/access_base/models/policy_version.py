"""The version of a gateway's rules is the second in which they were compiled.

So it tells what these rules cannot name: who or what was made later. After a restore
from a backup the database gives numbers again that it had given before, and gateways
send events again that were decided by rules which this database did not make. A number
in them means somebody else, if it was given since - and that is after the version.
"""

from datetime import datetime, timedelta

_EPOCH = datetime(2020, 1, 1)
# Before, versions were counted: of these it is not known when they were compiled.
_LAST_COUNTED = 100_000_000
# A transaction tells when it began, and servers may have clocks of their own.
TOLERANCE = timedelta(minutes=1)


def version_at(at):
    """Give the version of rules that are compiled at a (naive) time in UTC.

    >>> version_at(datetime(2026, 11, 22))
    217382400
    """
    return int((at - _EPOCH).total_seconds())


def named_until(version):
    """Give until when anything was made that rules of a version can name, if known.

    >>> named_until(217382400)
    datetime.datetime(2026, 11, 22, 0, 1)
    >>> named_until(7)
    """
    if version <= _LAST_COUNTED:
        return None
    return _EPOCH + timedelta(seconds=version) + TOLERANCE
