"""A line that several devices share: whose turn it is."""

import asyncio
import math
import time
from contextlib import asynccontextmanager

import pytest

from access_gateway.bus import Bus
from access_gateway.errors import DeviceError, TooLate
from access_gateway.tasks import end
from access_gateway.turns import Turns


class Member:
    pass


class Wire(Bus):
    async def open(self):
        pass

    def close(self):
        pass


@asynccontextmanager
async def line(count):
    members = [Member() for _ in range(count)]
    for member in members:
        bus = await Wire.join("tcp://line:1", None, member, lambda _error: None)
    try:
        yield bus, members
    finally:
        for member in members:
            bus.leave(member)


async def answer():
    return 1


async def silence():
    await asyncio.sleep(math.inf)


async def test_what_is_urgent_goes_first():
    async with line(2) as (bus, (one, other)):
        order = []

        def asked(name):
            async def request():
                order.append(name)
                await asyncio.sleep(0.01)

            return request

        await asyncio.gather(
            *[bus.ask(one, 1, asked(name)) for name in "abc"],
            bus.ask(other, 1, asked("urgent"), is_urgent=True),
        )
        assert order == ["a", "urgent", "b", "c"]


async def test_what_waited_too_long_is_not_done_any_more():
    async with line(2) as (bus, (one, other)):
        done = []

        async def request():
            done.append(1)

        before = time.monotonic() + 0.05
        slow = asyncio.create_task(bus.ask(one, 1, lambda: asyncio.sleep(0.1)))
        await asyncio.sleep(0)
        with pytest.raises(TooLate):
            await bus.ask(other, 1, request, before=before)
        await slow
        assert done == []


async def test_dead_boards_do_not_keep_a_release_waiting():
    async with line(8) as (bus, (*dead, live)):
        await bus.ask(live, 0.05, answer)
        asked = []

        async def scan(member):
            while True:
                try:
                    await bus.ask(member, 0.05, lambda: asked.append(1) or silence())
                except DeviceError:
                    await asyncio.sleep(0.01)

        tasks = [asyncio.create_task(scan(member)) for member in dead]
        longest = 0.0
        for _ in range(10):
            await asyncio.sleep(0.2)
            begun = time.monotonic()
            await bus.ask(live, 0.05, answer, is_urgent=True)
            longest = max(longest, time.monotonic() - begun)
        await end(tasks)
        # One request of another, where it was all seven; and they are asked rarely.
        assert longest < 0.15
        assert len(asked) < 7 * 6


async def test_a_turn_that_nobody_takes_is_passed_on():
    turns = Turns()
    order = []

    async def take(name):
        async with turns.turn():
            order.append(name)

    async with turns.turn():
        given_up, other = (asyncio.create_task(take(name)) for name in "ab")
        await asyncio.sleep(0)
    # Called, and cancelled before it came.
    given_up.cancel()
    await other
    await take("c")
    assert order == ["b", "c"]
