"""Hours come to a controller's profiles and to calendars as they were."""

import asyncio
from datetime import datetime, time, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given
from uhppoted import codec, decode, encode

from access_gateway.drivers._hours import Validity, weeks_of
from access_gateway.drivers._onvif_calendar import calendar_of
from access_gateway.drivers._uhppote_cards import CardList
from access_gateway.simulators._onvif_keys import KeptKeys
from access_gateway.simulators.uhppote_controller import SimulatedController

from ..policy.settings import examples
from ..policy.strategies import made_by
from .driving import FIRST, key, line

DAYS = 28


def some_hours(chance: Random):
    return tuple(some_line(chance) for _ in range(chance.randrange(1, 6)))


def some_line(chance: Random):
    start = chance.randrange(1440)
    weekdays = {day for day in range(7) if chance.random() < 0.5} or {2}
    first, last = sorted(FIRST + timedelta(chance.randrange(DAYS)) for _ in range(2))
    days = [first + timedelta(one) for one in range((last - first).days + 1)]
    days = [day for day in days if day.weekday() in weekdays] or [first]
    length = chance.choice((30, 600, 1440, 2880 - start))
    end = min(start + length, 2880)
    met = {day.weekday() for day in days}
    return line(met, start, end, days[0], days[-1])


def covers(lines, at):
    return any(
        one.start <= at.hour * 60 + at.minute + 1440 * back < one.end
        and one.valid_from <= day <= one.valid_to
        and day.weekday() in one.weekdays
        for one in lines
        for back in (0, 1)
        for day in [at.date() - timedelta(days=back)]
    )


def moments_of(lines):
    """Give moments at and around all ends, each day, and midnights."""
    minutes = {minute % 1440 for one in lines for minute in (one.start, one.end)}
    near = {(one + by) % 1440 for one in minutes | {0, 720} for by in (-1, 0)}
    for day in range(-1, DAYS + 2):
        for minute in near:
            hour = time(*divmod(minute, 60), second=59)
            yield datetime.combine(FIRST + timedelta(days=day), hour)


def direct(controller):
    """Ask a simulated controller without a wire."""

    async def ask(function, *values):
        request = getattr(encode, f"{function}_request")(controller.serial, *values)
        answer = controller.answer(bytes(request))
        return getattr(decode, f"{function}_response")(answer)

    return ask


@given(made_by(lambda chance: [some_hours(chance) for _ in range(4)]))
@examples(40)
def test_a_uhppote_controller_opens_at_those_hours_and_no_others(all_hours):
    controller = SimulatedController()
    cards = CardList(direct(controller), "wiegand34", ZoneInfo("UTC"))
    keys = [key(f"{n:08X}", (0,), *hours) for n, hours in enumerate(all_hours, 1)]
    assert asyncio.run(cards.keep(keys)) == (4, None)
    for number, hours in enumerate(all_hours, 1):
        for at in moments_of(hours):
            controller.set_clock(at)
            opens, _reason = controller._decide(1, number)
            assert opens is covers(hours, at), at


@given(made_by(lambda chance: [_some_cards(chance) for _ in range(3)]))
@examples(15)
def test_no_card_ever_names_a_profile_that_is_not_there_or_is_written_to(lists):
    """A controller opens at any hour where a profile is not there."""
    controller = SimulatedController()
    answer = controller.answer

    def watched(request):
        named = set(_named(controller))
        if request[1] == codec.SET_TIME_PROFILE:
            assert request[8] not in named
        answered = answer(request)
        assert set(_named(controller)) <= controller.profiles.keys()
        return answered

    controller.answer = watched
    cards = CardList(direct(controller), "wiegand34", ZoneInfo("UTC"))
    for keys in lists:
        asyncio.run(cards.keep(keys))


def _some_cards(chance: Random):
    """Give cards whose hours take many of the profiles there are."""
    spans = [line({0}, at, at + 5) for at in range(0, 1400, 10)]
    numbers = chance.sample(range(1, 12), 8)
    return [key(f"{n:08X}", (0,), *chance.sample(spans, 90)) for n in numbers]


def _named(controller):
    for card in controller.cards.values():
        number = card[12]
        while number > 1:
            yield number
            number = controller.profiles.get(number, bytes(29))[28]


async def test_a_card_whose_change_is_refused_opens_no_more():
    controller = SimulatedController()
    cards = CardList(direct(controller), "wiegand34", ZoneInfo("UTC"))
    await cards.keep([key("00000001", (0,))])
    answer = controller.answer
    head = bytes([codec.SOM, codec.PUT_CARD, 0, 0])
    refusal = (head + controller.serial.to_bytes(4, "little")).ljust(64, b"\0")
    controller.answer = lambda request: (
        refusal if request[1] == codec.PUT_CARD else answer(request)
    )
    kept = await cards.keep([key("00000001", (0,), line({0}))])
    assert kept == (0, "1 cards: its list is full")
    assert controller.cards == {}


@given(made_by(some_hours))
@examples(60)
def test_a_calendar_has_those_hours_and_no_others(hours):
    parts = [(one.valid_from, one.valid_to, one.end) for one in hours]
    first = min(begin for begin, _last, _end in parts)
    last = max(day + timedelta(days=end > 1440) for _begin, day, end in parts)
    device = KeptKeys()
    calendar = calendar_of(weeks_of(hours, Validity(first, last)))
    device.schedules["s"] = {"Standard": calendar}
    for at in moments_of(hours):
        is_valid = first <= at.date() <= last
        opens = device._is_open("s", at.replace(tzinfo=timezone.utc))
        assert (opens and is_valid) is covers(hours, at), at
