"""Commands of the ERP: run once and in time, and what became of them is told."""

import asyncio
from datetime import timedelta

from .world import eventually, open_venue, venue


async def test_a_command_opens_the_door(place):
    place.erp.command("a")
    await place.erp.until(lambda: "a" in place.erp.results)
    assert place.release_count() == 1
    assert place.erp.results["a"]["ok"]


async def test_the_event_of_a_command_names_who_gave_it(place):
    place.erp.command("a", user=7)
    await place.erp.until(lambda: place.erp.events)
    event = place.erp.events[0]
    assert (event["reason"], event["user"]) == ("released_by_staff", 7)


async def test_a_late_command_is_not_run(place):
    place.erp.command("a", expires_at=place.erp.now().isoformat())
    await place.erp.until(lambda: "a" in place.erp.results)
    assert place.release_count() == 0
    assert place.erp.results["a"]["message"] == "too late"


async def test_a_command_whose_turn_on_the_line_comes_too_late_moves_nothing(place):
    bus = place.gateway.devices.get("lock")._bus
    async with bus._turns.turn():
        expires_at = place.erp.now() + timedelta(seconds=0.6)
        place.erp.command("a", expires_at=expires_at.isoformat())
        await place.erp.until(lambda: place.erp.events)
        await asyncio.sleep(0.7)
    await place.erp.until(lambda: "a" in place.erp.results)
    assert place.erp.results["a"]["message"] == "too late"
    await place.erp.until(lambda: len(place.erp.events) == 2)
    assert place.erp.events[1]["reason"] == "not_opened"
    assert place.release_count() == 0


async def test_whether_a_command_is_late_does_not_depend_on_our_clock(place):
    place.erp.clock_ahead = -timedelta(hours=1)
    place.erp.command("a")
    await place.erp.until(lambda: "a" in place.erp.results)
    assert place.erp.results["a"]["ok"]


async def test_a_repeated_command_is_not_run_again(place):
    place.erp.command("a")
    await place.erp.until(lambda: "a" in place.erp.results)
    del place.erp.results["a"]
    await place.erp.until(lambda: "a" in place.erp.results)
    assert place.release_count() == 1
    assert place.erp.results["a"]["ok"]


async def test_a_command_is_not_run_again_after_a_restart(tmp_path):
    async with venue(tmp_path) as place:
        place.erp.command("a")
        for _ in range(2):
            async with place.gateway_running():
                await place.up()
                await place.erp.until(lambda: "a" in place.erp.results)
                place.erp.results.clear()
        reasons = [event["reason"] for event in place.erp.events]
        assert reasons.count("released_by_staff") == 1


async def test_a_command_that_the_lock_does_not_follow_is_told_in_words(place):
    place.wire.unplug()
    await eventually(lambda: not place.online["lock"])
    place.erp.command("a")
    await place.erp.until(lambda: "a" in place.erp.results)
    assert "unplugged" in place.erp.results["a"]["message"]


async def test_words_to_the_server_are_one_short_line(place):
    place.erp.command("a", kind="si\0ng\n" * 100)
    await place.erp.until(lambda: "a" in place.erp.results)
    message = place.erp.results["a"]["message"]
    assert message.isprintable() and len(message) == 200


async def test_a_command_that_the_rules_refuse_is_told_by_its_reason(tmp_path):
    async with open_venue(
        tmp_path, points={"1": {"venue": 1, "zone_to": 1, "mode": "lockdown"}}
    ) as place:
        place.erp.command("a")
        await place.erp.until(lambda: "a" in place.erp.results)
        assert place.erp.results["a"]["message"] == "point_lockdown"


async def test_a_command_of_the_future_is_refused_in_words(place):
    place.erp.command("a", kind="sing")
    await place.erp.until(lambda: "a" in place.erp.results)
    assert "sing" in place.erp.results["a"]["message"]
