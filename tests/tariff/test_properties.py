"""What holds for every tariff and every stay."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from access_tariff import (
    Bill,
    DocumentError,
    Stay,
    next_charge,
    owed_if_left_at,
    price,
    price_party,
    stay_from_document,
    tariff_from_document,
)

from ..policy.settings import examples
from ..policy.test_properties import JUNK, places, replaced
from .oracle import oracle
from .strategies import Document, minutes, stays, tariffs

seconds = st.integers(0, 400 * 60) | st.integers(0, 4000 * 60)


def start_of(stay: Document) -> datetime:
    return datetime.fromisoformat(stay["passages"][0][1])


def after(stay: Document, seconds: int) -> datetime:
    return start_of(stay) + timedelta(seconds=seconds)


def priced(tariff: Document, stay: Document, at: datetime) -> Bill:
    return price(tariff_from_document(tariff), stay_from_document(stay), at)


def drawn(bill: Bill) -> dict[str, int]:
    found: dict[str, int] = {}
    for draw in bill.draws:
        found[draw.cover] = found.get(draw.cover, 0) + draw.quantity
    return found


@given(tariffs, stays, minutes)
@examples(300)
def test_the_same_as_minute_by_minute(tariff: Document, stay: Document, later: int):
    at = after(stay, later * 60)
    bill = priced(tariff, stay, at)
    assert (bill.total, drawn(bill)) == oracle(tariff, stay, at)


@given(tariffs, stays, seconds, seconds)
@examples(300)
def test_more_time_never_costs_less(
    tariff: Document, stay: Document, one: int, other: int
):
    early, late = (priced(tariff, stay, after(stay, t)) for t in sorted((one, other)))
    assert 0 <= early.total <= late.total
    assert all(early <= drawn(late)[name] for name, early in drawn(early).items())


@given(tariffs, stays, seconds)
@examples(200)
def test_lines_add_up(tariff: Document, stay: Document, later: int):
    bill = priced(tariff, stay, after(stay, later))
    assert bill.total == sum(line.amount for line in bill.lines)
    assert all(line.quantity * line.unit_price == line.amount for line in bill.lines)
    assert bill.total % tariff["rounding"] == 0


@given(tariffs, stays, seconds, seconds)
@examples(200)
def test_passage_into_the_same_zone_changes_nothing(
    tariff: Document, stay: Document, split: int, later: int
):
    at, between = after(stay, later), after(stay, split).isoformat()
    passages = [one for one in stay["passages"] if one[1] <= between]
    again = [passages[-1][0], between]
    parted = [*passages, again, *stay["passages"][len(passages) :]]
    whole = priced(tariff, stay, at)
    assert priced(tariff, {**stay, "passages": parted}, at) == whole


@given(tariffs, stays, seconds)
@examples(100)
def test_what_happens_later_changes_nothing(
    tariff: Document, stay: Document, later: int
):
    at = after(stay, later)
    before = [one for one in stay["passages"] if datetime.fromisoformat(one[1]) <= at]
    known = priced(tariff, {**stay, "passages": before}, at)
    assert known == priced(tariff, stay, at)


@given(tariffs, stays, st.lists(seconds, min_size=1, max_size=4))
@examples(200)
def test_nothing_is_paid_twice(tariff: Document, stay: Document, times: list[int]):
    built, visit = tariff_from_document(tariff), stay_from_document(stay)
    for later in sorted(times):
        at = after(stay, later)
        owed = price(built, visit, at).owed
        if owed:
            visit = replace(visit, paid=visit.paid + owed, settled_at=at)
        assert price(built, visit, at).owed == 0
    assert visit.paid <= price(built, visit, at).total
    free = replace(built, exit_grace=0)
    assert visit.paid + price(free, visit, at).owed == price(free, visit, at).total


@given(tariffs, stays, seconds)
@examples(60)
def test_the_next_charge_is_the_first(tariff: Document, stay: Document, later: int):
    built, visit = tariff_from_document(tariff), stay_from_document(stay)
    at = after(stay, later)
    visit = replace(visit, passages=price_known(visit, at))
    owed, coming = price(built, visit, at).owed, next_charge(built, visit, at)
    if coming is None:
        assert owed_if_left_at(built, visit, at + timedelta(days=1)) == owed
    else:
        just_before = coming.at - timedelta(seconds=1)
        assert owed_if_left_at(built, visit, just_before) == owed
        assert owed_if_left_at(built, visit, coming.at) == owed + coming.amount > owed


def price_known(stay: Stay, at: datetime) -> tuple:
    return tuple(passage for passage in stay.passages if passage.at <= at)


@given(tariffs, stays, seconds, st.sampled_from(["Asia/Tokyo", "America/New_York"]))
@examples(50)
def test_the_zone_of_the_times_changes_nothing(
    tariff: Document, stay: Document, later: int, zone: str
):
    at = after(stay, later)
    elsewhere = [
        [one, datetime.fromisoformat(when).astimezone(ZoneInfo(zone)).isoformat()]
        for one, when in stay["passages"]
    ]
    known = priced(tariff, stay, at)
    assert priced(tariff, {**stay, "passages": elsewhere}, at) == known


@given(tariffs, stays, seconds, st.integers(0, 3000))
@examples(100)
def test_cap_around_all_holds(tariff: Document, stay: Document, later: int, cap: int):
    names = [clock["name"] for clock in tariff["clocks"]]
    last = {"name": "cap", "clocks": names, "most": cap}
    capped = {**tariff, "adjustments": [*tariff["adjustments"], last], "rounding": 1}
    bill = priced(capped, stay, after(stay, later))
    free = priced({**tariff, "rounding": 1}, stay, after(stay, later))
    assert bill.total == min(free.total, cap)


@given(tariffs, stays, stays, seconds)
@examples(50)
def test_persons_together_cost_what_they_cost_alone(
    tariff: Document, one: Document, other: Document, later: int
):
    built, at = tariff_from_document(tariff), after(one, later)
    visits = stay_from_document(one), stay_from_document(other)
    party = price_party(built, visits, at)
    assert party.bills == tuple(price(built, visit, at) for visit in visits)
    assert party.total == sum(bill.total for bill in party.bills)


@given(tariffs, stays, seconds, st.randoms(use_true_random=True), st.sampled_from(JUNK))
@examples(300)
def test_malformed_document_is_refused_or_still_priced(
    tariff: Document, stay: Document, later: int, chance: Any, junk: Any
):
    damaged = replaced(tariff, chance.choice(places(tariff)), junk)
    try:
        built = tariff_from_document(damaged)
    except DocumentError:
        return
    bill = price(built, stay_from_document(stay), after(stay, later))
    assert bill.total >= 0


@given(stays, st.randoms(use_true_random=True), st.sampled_from(JUNK))
@examples(100)
def test_malformed_stay_is_refused(stay: Document, chance: Any, junk: Any):
    place = chance.choice(places(stay))
    assume(place)
    try:
        assert isinstance(stay_from_document(replaced(stay, place, junk)), Stay)
    except DocumentError as e:
        assert str(e).startswith("stay")
