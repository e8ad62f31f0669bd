"""When a full zone has its next free place, told by how long people stay there.

Pure: it imports nothing, so that it is tried out at a prompt.
"""

from bisect import bisect_right
from collections.abc import Sequence


def minutes_to_next_place(
    inside: Sequence[int], lengths: Sequence[int], capacity: int
) -> int | None:
    """Tell in about how many minutes a zone has a free place; None is unknown.

    :param inside: for each who is inside, since how many minutes
    :param lengths: how long those stayed in minutes who have left of late
    :param capacity: how many may be inside; 0 is no limit

    Who is inside leaves as those did who stayed at least as long. The place is free
    when so many have left, on average, as it needs.

    While there is room, nobody waits:

    >>> minutes_to_next_place([5, 20], [60], 3)
    0

    All stay an hour, and the first one came 50 minutes ago:

    >>> minutes_to_next_place([50, 20], [60, 60, 60], 2)
    10

    Half of them stay for half an hour, and of four who just came two leave then; the
    first place is free no later:

    >>> minutes_to_next_place([0, 0, 0, 0], [30, 90], 4)
    30

    Three must leave where two too many are inside:

    >>> minutes_to_next_place([0, 0, 0, 0], [30, 90], 2)
    90

    Nobody knows when somebody leaves who is there longer than anybody was:

    >>> minutes_to_next_place([200, 10], [60], 2)
    50
    >>> minutes_to_next_place([200], [60], 1) is None
    True
    >>> minutes_to_next_place([200], [], 1) is None
    True
    """
    needed = len(inside) - capacity + 1
    if not capacity or needed <= 0:
        return 0
    known = sorted(lengths)
    longest = known[-1] if known else 0
    if _left_within(longest, inside, known) < needed:
        return None
    soonest, latest = 0, longest
    while soonest < latest:
        middle = (soonest + latest) // 2
        if _left_within(middle, inside, known) < needed:
            soonest = middle + 1
        else:
            latest = middle
    return max(latest, 1)


def _left_within(minutes: int, inside: Sequence[int], known: list[int]) -> float:
    """Tell how many of those inside have left after so many minutes, on average."""
    left = 0.0
    for age in inside:
        shorter = bisect_right(known, age)
        longer = len(known) - shorter
        if longer:
            left += (bisect_right(known, age + minutes) - shorter) / longer
    return left + 1e-9
