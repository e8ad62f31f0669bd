"""What the drivers count of releases: none is cut short, and none lasts for ever."""

import asyncio

import pytest

from access_gateway.drivers import DeviceError, Release
from access_gateway.drivers._releases import Releases

LONG, SHORT = Release(0, 60_000), Release(0, 30_000)


async def begun(*commands):
    releases = Releases(frozenset({0, 1}))
    for command in commands:
        with releases.beginning(command):
            pass
    return releases


def fail(releases, command):
    with pytest.raises(DeviceError), releases.beginning(command):
        raise DeviceError("jammed")


async def test_a_shorter_release_does_not_cut_a_longer_one():
    releases = await begun(LONG, SHORT)
    assert releases.left(0) > 50 and releases.left(1) < 0


async def test_a_release_that_failed_counts_for_nothing():
    releases = await begun()
    fail(releases, LONG)
    assert releases.left(0) < 0


async def test_a_release_that_failed_leaves_the_one_before_as_it_was():
    releases = await begun(SHORT)
    fail(releases, LONG)
    assert 0 < releases.left(0) <= 30


async def test_a_release_that_is_ended_while_it_begins_does_not_come_back():
    releases = await begun()
    with releases.beginning(LONG):
        assert releases.end(0)
    assert releases.left(0) < 0 and not releases.end(0)


async def test_what_ends_a_release_runs_once_and_anew_for_a_later_one():
    releases, ended = await begun(Release(0, 1)), []

    async def work(output):
        await releases.over(output)
        ended.append(output)

    for _ in range(3):
        releases.accompany(0, work)
    await asyncio.wait_for(_until(lambda: ended), 5)
    assert ended == [0]
    with releases.beginning(Release(0, 1)):
        pass
    releases.accompany(0, work)
    await asyncio.wait_for(_until(lambda: len(ended) == 2), 5)


async def test_after_shutting_down_nothing_is_counted():
    releases = await begun(LONG)
    releases.hold(1, True)
    releases.clear()
    assert releases.left(0) < 0 and releases.to_rest([1]) == [1]


async def _until(holds):
    while not holds():
        await asyncio.sleep(0)
