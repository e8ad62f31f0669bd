"""The whole gateway: from the card to the bolt, through every kind of trouble."""

import asyncio

import pytest

from access_gateway.runtime import Runtime
from access_policy import GENESIS, first_break

from .world import CARD, STRANGER, eventually, open_venue, policy, records, venue


def test_a_card_opens_the_door_and_it_shuts_again(tmp_path):
    async def scenario():
        async with open_venue(tmp_path) as place:
            place.reader.hold(CARD)
            await place.board.wait_for(0, True)
            await place.board.wait_for(0, False)

    asyncio.run(scenario())


def test_a_strangers_card_does_not_open(tmp_path):
    async def scenario():
        async with open_venue(tmp_path) as place:
            await place.hold(STRANGER)
            await place.erp.until(lambda: place.erp.events)
            assert place.release_count() == 0

    asyncio.run(scenario())


def test_a_start_without_the_server_opens_by_the_last_rules(tmp_path):
    async def scenario():
        async with venue(tmp_path) as place:
            async with place.gateway_running():
                await place.erp.until(lambda: place.erp.policy_version_seen == 1)
            await place.erp.stop()
            async with place.gateway_running():
                await eventually(lambda: list(place.online.values()) == [True, True])
                place.reader.hold(CARD)
                await place.board.wait_for(0, True)

    asyncio.run(scenario())


def test_a_flood_of_reads_is_recorded_in_order(tmp_path):
    async def scenario():
        async with open_venue(tmp_path) as place:
            await place.erp.stop()
            cards = [f"04{number:012X}" for number in range(1000)]
            for card in cards:
                place.reader.hold(card)
            journal = place.gateway.journal
            await eventually(lambda: journal.head.sequence == 1000, within=20)
            kept = journal.pending(2000)
            assert [event["seen"] for event in kept] == [f"rfid:{c}" for c in cards]
            assert first_break(records(kept), GENESIS) is None

    asyncio.run(scenario())


def test_after_a_flood_the_door_answers(tmp_path):
    async def scenario():
        async with open_venue(tmp_path) as place:
            for number in range(300):
                place.reader.hold(f"04{number:012X}")
            place.reader.hold(CARD)
            await place.board.wait_for(0, True, within=20)

    asyncio.run(scenario())


def test_rubbish_on_the_line_is_recorded_and_the_next_card_opens(tmp_path):
    async def scenario():
        async with open_venue(tmp_path) as place:
            place.reader.write(b"\xff\xfe\x80 rubbish\r\n")
            place.reader.hold(CARD)
            await place.board.wait_for(0, True)
            await place.erp.until(lambda: len(place.erp.events) == 2)
            reasons = [event["reason"] for event in place.erp.events]
            assert reasons == ["credential_unreadable", "right"]

    asyncio.run(scenario())


def test_new_wiring_opens_another_output(tmp_path):
    async def scenario():
        async with open_venue(tmp_path) as place:
            wire = {**policy()["wiring"]["1"], "output": 4}
            place.erp.publish(policy(wiring={"1": wire}))
            await place.erp.until(lambda: place.erp.policy_version_seen == 2)
            await eventually(lambda: place.online["lock"])
            place.reader.hold(CARD)
            await place.board.wait_for(4, True)
            assert {change.coil for change in place.board.changes} == {4}

    asyncio.run(scenario())


def test_a_new_policy_restarts_just_the_devices_that_it_changes(tmp_path):
    async def scenario():
        async with open_venue(tmp_path) as place:
            before = dict(place.gateway.devices._drivers)
            devices = policy()["devices"]
            devices["reader"]["settings"] = {"framing": "stx_etx"}
            place.erp.publish(policy(devices=devices))
            await place.erp.until(lambda: place.erp.policy_version_seen == 2)
            after = place.gateway.devices._drivers
            assert after["lock"] is before["lock"]
            assert after["reader"] is not before["reader"]

    asyncio.run(scenario())


def test_a_device_that_is_not_named_any_more_is_let_go(tmp_path):
    async def scenario():
        async with open_venue(tmp_path) as place:
            place.erp.publish(policy(devices={}, wiring={}))
            await place.erp.until(lambda: place.erp.status.get("devices") == {})

    asyncio.run(scenario())


def test_a_device_that_cannot_be_used_does_not_stop_the_others(tmp_path):
    async def scenario():
        devices = policy()["devices"]
        devices["odd"] = {"driver": "telepathy", "address": "x"}
        async with venue(tmp_path, devices=devices) as place:
            async with place.gateway_running():
                await eventually(lambda: place.online.get("lock"))
                problem = place.gateway.devices.status()["odd"]["problem"]
                assert "telepathy" in problem

    asyncio.run(scenario())


def test_shutting_down_leaves_the_lock_at_rest(tmp_path):
    async def scenario():
        wire = {**policy()["wiring"]["1"], "release_ms": 60_000}
        async with venue(tmp_path, wiring={"1": wire}) as place:
            async with place.gateway_running():
                await eventually(lambda: place.online.get("lock"))
                await eventually(lambda: place.online.get("reader"))
                place.reader.hold(CARD)
                await place.board.wait_for(0, True)
            assert not place.board.coils[0]

    asyncio.run(scenario())


def test_a_fault_in_handling_one_read_does_not_stop_the_reader(tmp_path, monkeypatch):
    async def scenario():
        async with open_venue(tmp_path) as place:
            handle, faults = place.gateway.controller.handle, [ZeroDivisionError()]

            def faulty(read):
                if faults:
                    raise faults.pop()
                return handle(read)

            monkeypatch.setattr(place.gateway.controller, "handle", faulty)
            place.reader.hold(STRANGER)
            place.reader.hold(CARD)
            await place.board.wait_for(0, True)

    asyncio.run(scenario())


def test_the_status_file_tells_how_things_are(tmp_path, monkeypatch):
    monkeypatch.setattr("access_gateway.runtime.STATUS_EVERY_S", 0.01)

    async def scenario():
        async with open_venue(tmp_path) as place:
            path = place.state_dir / "status.json"
            await eventually(lambda: '"policy_version": 1' in path.read_text())

    asyncio.run(scenario())


@pytest.mark.parametrize("file", ["journal.db", "policy.json"])
def test_what_is_kept_is_in_a_private_directory(tmp_path, file):
    async def scenario():
        async with open_venue(tmp_path) as place:
            assert isinstance(place.gateway, Runtime)
            assert (place.state_dir / file).exists()
            assert place.state_dir.stat().st_mode & 0o077 == 0

    asyncio.run(scenario())


def test_an_input_that_changes_is_no_attempt(tmp_path, caplog):
    async def scenario():
        devices = policy()["devices"]
        devices["lock"]["settings"] = {"unit": 1, "inputs": 4, "scan_ms": 10}
        async with open_venue(tmp_path, devices=devices) as place:
            lock = place.gateway.devices.get("lock")
            await eventually(lambda: len(lock.contacts) == 4)
            place.board.inputs[1] = True
            await eventually(lambda: lock.contacts[1])
            assert place.gateway.journal.head.sequence == 0

    asyncio.run(scenario())
    assert "belongs to no point" not in caplog.text
