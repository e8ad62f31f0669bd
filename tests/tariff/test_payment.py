"""What was paid is never charged again, and there is time to leave."""

from datetime import timedelta

import pytest

from access_tariff import NextCharge, Stay, next_charge, owed_if_left_at, price

from .builders import POOL, SAUNA, at, bill, clock, stay, tariff

HOURLY = tariff(
    clock({"every": 60, "price": 500}, {"after": 60, "every": 60, "price": 200}),
    exit_grace=15,
)
BASE = tariff(
    clock({"price": 2500}, {"after": 60, "every": 1, "price": 60}),
    clock({"price": 900}, name="sauna", where={"zones": [SAUNA]}),
    exit_grace=15,
)


def owed(minutes: float, **more: object) -> int:
    return bill(HOURLY, minutes, (POOL, 0), **more).owed


def paid(minutes: float, amount: int) -> dict:
    return {"paid": amount, "settled_at": at(minutes).isoformat()}


def test_nothing_paid_owes_all():
    assert owed(55) == 500


def test_paid_owes_nothing_within_the_grace():
    assert owed(55, **paid(55, 500)) == 0
    assert owed(70, **paid(55, 500)) == 0


def test_after_the_grace_time_counts_since_payment():
    assert owed(70.1, **paid(55, 500)) == 200


def test_after_the_grace_what_was_paid_for_is_not_charged_twice():
    assert owed(58, **paid(30, 500)) == 0
    assert owed(120, **paid(30, 500)) == 200


def test_part_payment_gives_no_grace():
    assert owed(66, **paid(65, 500)) == 200


def test_who_comes_into_a_zone_after_paying_does_not_leave():
    zones = (POOL, 0), (SAUNA, 70)
    found = bill(BASE, 71, *zones, paid=2800, settled_at=at(65).isoformat())
    assert (found.total, found.owed) == (2500 + 660 + 900, 2500 + 660 + 900 - 2800)


def test_who_leaves_within_the_grace_owes_nothing():
    for asked in (66, 500):
        assert bill(HOURLY, asked, (POOL, 0), (None, 65), **paid(55, 500)).owed == 0


def test_too_much_paid_owes_nothing():
    assert owed(30, paid=9900) == 0


def test_owed_if_left_later():
    visit = stay((POOL, 0))
    assert [owed_if_left_at(HOURLY, visit, at(m)) for m in (60, 61)] == [500, 700]


def test_time_left_until_the_next_charge():
    found = next_charge(BASE, stay((POOL, 0), paid=2500), at(20))
    assert found == NextCharge(at(60) + timedelta(seconds=1), 60)


def test_next_charge_waits_for_the_end_of_the_grace():
    found = next_charge(HOURLY, stay((POOL, 0), **paid(55, 500)), at(56))
    assert found == NextCharge(at(70) + timedelta(seconds=1), 200)


def test_no_charge_comes():
    assert next_charge(tariff(clock({"price": 2500})), stay((POOL, 0)), at(5)) is None


def test_next_charge_within_a_time():
    within = timedelta(minutes=30)
    assert next_charge(BASE, stay((POOL, 0)), at(20), within) is None


def test_lost_ticket_of_unknown_begin_costs_its_fee():
    priced = tariff(
        clock({"every": 60, "price": 500}), lost={"price": 4000, "instead": True}
    )
    assert price(priced, Stay((), lost=True), at(0)).total == 4000


def test_lost_band_takes_nothing_from_a_package_where_its_fee_is_for_all():
    hours = {"name": "hours", "clocks": ["pool"], "counts": "minutes"}
    lost = {"price": 4000, "instead": True}
    priced = tariff(clock({"every": 60, "price": 500}), covers=[hours], lost=lost)
    assert bill(priced, 30, held=[["hours", 60]]).draws
    assert not bill(priced, 30, held=[["hours", 60]], lost=True).draws


def test_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="without zone"):
        price(BASE, stay((POOL, 0)), at(5).replace(tzinfo=None))
    with pytest.raises(ValueError, match="without zone"):
        Stay((), settled_at=at(5).replace(tzinfo=None))


def test_passages_that_go_back_are_refused():
    with pytest.raises(ValueError, match="back in time"):
        stay((POOL, 10), (SAUNA, 5))
