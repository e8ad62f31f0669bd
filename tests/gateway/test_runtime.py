"""The whole gateway: from the card to the bolt, through every kind of trouble."""

import pytest

from access_gateway.runtime import Runtime
from access_policy import GENESIS, first_break

from .world import CARD, STRANGER, eventually, open_venue, policy, records, venue


async def test_a_card_opens_the_door_and_it_shuts_again(place):
    place.reader.hold(CARD)
    await place.board.wait_for(0, True)
    await place.board.wait_for(0, False)


async def test_a_strangers_card_does_not_open(place):
    await place.hold(STRANGER)
    await place.erp.until(lambda: place.erp.events)
    assert place.release_count() == 0


async def test_a_start_without_the_server_opens_by_the_last_rules(tmp_path):
    async with venue(tmp_path) as place:
        async with place.gateway_running():
            await place.erp.until(lambda: place.erp.policy_version_seen == 1)
        await place.erp.stop()
        async with place.gateway_running():
            await eventually(lambda: list(place.online.values()) == [True, True])
            place.reader.hold(CARD)
            await place.board.wait_for(0, True)


async def test_a_flood_of_reads_is_recorded_in_order(place):
    await place.erp.stop()
    cards = [f"04{number:012X}" for number in range(1000)]
    for card in cards:
        place.reader.hold(card)
    journal = place.gateway.journal
    await eventually(lambda: journal.head.sequence == 1000, within=20)
    kept = journal.pending(2000)
    assert [event["seen"] for event in kept] == [f"rfid:{c}" for c in cards]
    assert first_break(records(kept), GENESIS) is None


async def test_after_a_flood_the_door_answers(place):
    for number in range(300):
        place.reader.hold(f"04{number:012X}")
    place.reader.hold(CARD)
    await place.board.wait_for(0, True, within=20)


async def test_rubbish_on_the_line_is_recorded_and_the_next_card_opens(place):
    place.reader.write(b"\xff\xfe\x80 rubbish\r\n")
    place.reader.hold(CARD)
    await place.board.wait_for(0, True)
    await place.erp.until(lambda: len(place.erp.events) == 2)
    reasons = [event["reason"] for event in place.erp.events]
    assert reasons == ["credential_unreadable", "right"]


async def test_new_wiring_opens_another_output(place):
    wire = {**policy()["wiring"]["1"], "output": 4}
    place.erp.publish(policy(wiring={"1": wire}))
    await place.erp.until(lambda: place.erp.policy_version_seen == 2)
    await eventually(lambda: place.online["lock"])
    place.reader.hold(CARD)
    await place.board.wait_for(4, True)
    assert {change.coil for change in place.board.changes} == {4}


async def test_a_new_policy_restarts_just_the_devices_that_it_changes(place):
    before = dict(place.gateway.devices._drivers)
    devices = policy()["devices"]
    devices["reader"]["settings"] = {"framing": "stx_etx"}
    place.erp.publish(policy(devices=devices))
    await place.erp.until(lambda: place.erp.policy_version_seen == 2)
    after = place.gateway.devices._drivers
    assert after["lock"] is before["lock"]
    assert after["reader"] is not before["reader"]


async def test_a_device_that_is_not_named_any_more_is_let_go(place):
    place.erp.publish(policy(devices={}, wiring={}))
    await place.erp.until(lambda: place.erp.status.get("devices") == {})


async def test_a_device_that_cannot_be_used_does_not_stop_the_others(tmp_path):
    devices = policy()["devices"]
    devices["odd"] = {"driver": "telepathy", "address": "x"}
    async with venue(tmp_path, devices=devices) as place:
        async with place.gateway_running():
            await eventually(lambda: place.online.get("lock"))
            problem = place.gateway.devices.status()["odd"]["problem"]
            assert "telepathy" in problem


async def test_shutting_down_leaves_the_lock_at_rest(tmp_path):
    wire = {**policy()["wiring"]["1"], "release_ms": 60_000}
    async with venue(tmp_path, wiring={"1": wire}) as place:
        async with place.gateway_running():
            await eventually(lambda: place.online.get("lock"))
            await eventually(lambda: place.online.get("reader"))
            place.reader.hold(CARD)
            await place.board.wait_for(0, True)
        assert not place.board.coils[0]


async def test_a_fault_in_handling_a_read_does_not_stop_the_reader(place, monkeypatch):
    handle, faults = place.gateway.controller.handle, [ZeroDivisionError()]

    def faulty(read):
        if faults:
            raise faults.pop()
        return handle(read)

    monkeypatch.setattr(place.gateway.controller, "handle", faulty)
    place.reader.hold(STRANGER)
    place.reader.hold(CARD)
    await place.board.wait_for(0, True)


async def test_the_status_file_tells_how_things_are(tmp_path, monkeypatch):
    monkeypatch.setattr("access_gateway.runtime.STATUS_EVERY_S", 0.01)
    async with open_venue(tmp_path) as place:
        path = place.state_dir / "status.json"
        await eventually(lambda: '"policy_version": 1' in path.read_text())


@pytest.mark.parametrize("file", ["journal.db", "policy.json"])
async def test_what_is_kept_is_in_a_private_directory(place, file):
    assert isinstance(place.gateway, Runtime)
    assert (place.state_dir / file).exists()
    assert place.state_dir.stat().st_mode & 0o077 == 0
