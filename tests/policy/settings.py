"""How property tests run: no deadline, as the first example reads time zones."""

from hypothesis import settings


def examples(count: int) -> settings:
    return settings(max_examples=count, deadline=None)
