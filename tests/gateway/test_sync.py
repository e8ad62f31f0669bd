"""The running gateway and its ERP: events up, rules down."""

import asyncio
import logging
import threading
from contextlib import asynccontextmanager
from datetime import timedelta

from access_gateway.orders import parse_time
from access_gateway.waiting import Waiting
from access_policy import first_break

from .fake_erp import FORKED, SEAL_KEY
from .world import CARD, STRANGER, eventually, open_venue, policy, records, venue


def sequences(erp):
    return [event["sequence"] for event in erp.events]


# Events


async def test_an_event_is_sent_at_once(place):
    await place.hold()
    await place.erp.until(lambda: place.erp.events)
    assert place.erp.events[0]["reason"] == "right"


async def test_a_sent_event_is_acknowledged(place):
    await place.hold()
    await eventually(lambda: not place.gateway.journal.pending_count)


async def test_while_the_server_is_away_the_gateway_decides(place):
    await place.erp.stop()
    await place.hold()
    await place.board.wait_for(0, True)


async def test_what_happened_while_the_server_was_away_is_sent_once_and_in_order(place):
    await place.erp.stop()
    for _ in range(5):
        await place.hold()
    await place.erp.start()
    await place.erp.until(lambda: len(place.erp.events) == 5)
    sent = [
        event["sequence"]
        for call, body in place.erp.requests
        if call == "events"
        for event in body["events"]
    ]
    assert sent == sequences(place.erp) == [1, 2, 3, 4, 5]


async def test_after_a_lost_reply_no_event_is_there_twice(place):
    place.erp.lost_replies = 2
    for _ in range(3):
        await place.hold()
    await eventually(lambda: not place.gateway.journal.pending_count)
    assert sequences(place.erp) == [1, 2, 3]
    assert first_break(records(place.erp.events)) is None


async def test_events_outlive_the_program(tmp_path):
    async with venue(tmp_path) as place:
        async with place.gateway_running():
            await place.up()
            await place.erp.stop()
            await place.hold()
        await place.erp.start()
        async with place.gateway_running():
            await place.erp.until(lambda: sequences(place.erp) == [1])


async def test_never_two_uploads_at_once(place):
    for _ in range(20):
        await place.hold()
    await place.erp.until(lambda: len(place.erp.events) == 20)
    assert place.erp.most_uploading == 1


async def test_a_batch_is_not_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr("access_gateway.sync.BATCH", 5)
    async with open_venue(tmp_path) as place:
        await place.erp.stop()
        for _ in range(7):
            await place.hold()
        await place.erp.start()
        await place.erp.until(lambda: len(place.erp.events) == 7)
        uploads = [body for call, body in place.erp.requests if call == "events"]
        assert [len(body["events"]) for body in uploads] == [5, 2]


async def test_a_refused_event_is_told_in_words_and_kept(place):
    answer = {"error": "event_malformed", "message": "Event 1: no point 1."}
    place.erp.refusals["events"] = 422, answer
    await place.hold()
    await place.erp.until(lambda: "no point 1" in place.erp.problem())
    assert place.gateway.journal.pending_count == 1


async def test_a_server_that_keeps_nothing_is_told_in_words(place):
    place.erp.refusals["events"] = 200, {"acknowledged": 0}
    await place.hold()
    await place.erp.until(lambda: "does not keep event 1" in place.erp.problem())


@asynccontextmanager
async def forked_venue(directory):
    """A venue whose gateway has lost its journal, and begun another at event 1."""
    async with venue(directory) as place:
        async with place.gateway_running():
            await place.up()
            for _ in range(3):
                await place.hold()
            await place.erp.until(lambda: len(place.erp.events) == 3)
            identity = place.gateway._identity
        for file in place.state_dir.glob("journal.db*"):
            file.unlink()
        place.erp.identity = lambda: identity
        async with place.gateway_running():
            await eventually(lambda: place.online == {"reader": True, "lock": True})
            await place.hold(STRANGER)
            await place.erp.until(lambda: FORKED in place.erp.problem())
            yield place


async def test_a_forked_journal_is_told_in_words_and_kept(tmp_path):
    async with forked_venue(tmp_path) as place:
        assert place.gateway.journal.acknowledged == 0
        assert place.gateway.journal.pending_count == 1
        assert sequences(place.erp) == [1, 2, 3]


async def test_with_a_forked_journal_the_gateway_decides(tmp_path):
    async with forked_venue(tmp_path) as place:
        before = place.release_count()
        await place.hold()
        await place.board.wait_for(0, True)
        assert place.release_count() == before + 1
        assert place.gateway.journal.pending_count == 2


# Rules


async def test_the_server_hears_which_version_is_in_force(place):
    await place.erp.until(lambda: place.erp.policy_version_seen == 1)


async def test_the_server_hears_since_when_a_version_is_in_force(place):
    before = place.erp.now()
    place.erp.publish(policy())
    await place.erp.until(lambda: place.erp.status["policy"]["version"] == 2)
    since = parse_time(place.erp.status["policy"]["since"])
    assert before - timedelta(milliseconds=1) <= since <= place.erp.now()


async def test_the_server_hears_why_rules_are_not_in_force(place):
    place.erp.publish(policy(gateway="other"))
    await place.erp.until(lambda: place.erp.status["policy"]["refused"])
    told = place.erp.status["policy"]
    assert (told["version"], "another gateway" in told["refused"]) == (1, True)
    place.erp.publish(policy())
    await place.erp.until(lambda: not place.erp.status["policy"]["refused"])


async def test_describing_the_drivers_keeps_no_door_waiting(tmp_path, monkeypatch):
    threads = []

    def described():
        threads.append(threading.current_thread())
        return []

    monkeypatch.setattr("access_gateway.sync.describe", described)
    async with venue(tmp_path) as place:
        place.erp.refusals["sync"] = 503, {"message": "Busy."}
        async with place.gateway_running():
            await eventually(lambda: place.gateway.sync.link_problem)
            del place.erp.refusals["sync"]
            await place.up()
    (thread,) = threads
    assert thread is not threading.main_thread()


async def test_while_the_server_is_away_a_result_is_not_told_all_the_time(place):
    tried = []
    place.erp.refusals["sync"] = 503, {"message": "Busy."}
    post = place.gateway.link.post
    place.gateway.link.post = lambda *call, **more: tried.append(call) or post(
        *call, **more
    )
    await eventually(lambda: place.gateway.sync.link_problem)
    place.gateway.orders.results["c1"] = {"command": "c1", "ok": True, "message": None}
    await asyncio.sleep(0.5)
    assert len(tried) < 20


async def test_new_rules_decide_at_once(place):
    place.erp.publish(policy(persons={"1": {"rights": []}}))
    await place.erp.until(lambda: place.erp.policy_version_seen == 2)
    await place.hold()
    await place.erp.until(lambda: place.erp.events)
    event = place.erp.events[0]
    assert (event["reason"], event["policy"]) == ("no_right", 2)


async def test_a_refused_policy_is_told_to_the_server(place):
    place.erp.publish(policy(gateway="other"))
    await place.erp.until(lambda: "another gateway" in place.erp.problem())
    assert place.gateway.store.rules.version == 1


async def test_rules_that_cannot_be_kept_are_in_force_and_not_fetched_again(place):
    (place.state_dir / "policy.json.new").mkdir()
    place.erp.publish(policy(persons={"1": {"rights": []}}))
    await place.erp.until(lambda: "not kept on disk" in place.erp.problem())
    assert place.erp.policy_version_seen == 2
    await place.hold()
    await place.erp.until(lambda: place.erp.events)
    assert place.erp.events[0]["reason"] == "no_right"


async def test_rules_that_could_not_be_kept_are_kept_when_there_is_room(tmp_path):
    async with venue(tmp_path) as place:
        async with place.gateway_running():
            obstacle = place.state_dir / "policy.json.new"
            obstacle.mkdir()
            await place.erp.until(lambda: "not kept" in place.erp.problem())
            obstacle.rmdir()
            await place.erp.until(lambda: not place.erp.problem())
        await place.erp.stop()
        async with place.gateway_running() as gateway:
            assert gateway.store.rules.version == 1


# Status


async def test_the_server_hears_of_devices(place):
    place.entrance.unplug()
    await place.erp.until(lambda: not place.erp.status["devices"]["reader"]["online"])
    assert "unplugged" in place.erp.problem("reader")


async def test_the_server_hears_of_a_granted_door_that_did_not_open(place):
    place.wire.unplug()
    await eventually(lambda: not place.online["lock"])
    await place.hold()
    await place.erp.until(lambda: "not opened" in place.erp.problem("lock"))
    await place.erp.until(lambda: place.erp.events)
    assert place.erp.events[0]["granted"]


async def test_the_words_of_a_driver_are_told_as_one_short_line(place):
    lock = place.gateway.devices.get("lock")
    lock.note_flaw(7, "on fi\0re\n\udcff" * 600)
    await place.erp.until(lambda: "on fi" in place.erp.problem("lock"))


async def test_the_words_of_the_gateway_are_told_as_one_short_line(place):
    answer = {"error": "event_malformed", "message": "no\n" * 2000}
    place.erp.refusals["events"] = 422, answer
    await place.hold()
    await place.erp.until(lambda: "no no" in place.erp.problem())


async def test_a_wrong_clock_is_told_to_the_server(place):
    place.erp.clock_ahead = timedelta(minutes=5)
    await place.erp.until(lambda: "5 min behind" in place.erp.problem())


async def test_a_clock_that_is_right_again_is_no_problem(place):
    place.erp.clock_ahead = timedelta(minutes=5)
    await place.erp.until(place.erp.problem)
    place.erp.clock_ahead = timedelta(seconds=30)
    await place.erp.until(lambda: not place.erp.problem())


async def test_an_answer_that_is_no_json_is_told_in_words(place):
    place.erp.refusals["sync"] = 502, ["Bad gateway"]
    await eventually(lambda: place.gateway.sync.link_problem)
    assert "502" in place.gateway.sync.link_problem


async def test_an_answer_without_its_fields_is_told_in_words(place):
    place.erp.refusals["sync"] = 200, {"time": "now"}
    await eventually(lambda: place.gateway.sync.link_problem)
    assert "malformed" in place.gateway.sync.link_problem


# Cut off


async def test_a_gateway_that_is_cut_off_says_so(place):
    place.erp.token = "another"
    await eventually(lambda: place.gateway.sync.link_problem)
    assert "pair again" in place.gateway.status()["server_problem"]


async def test_a_gateway_that_is_cut_off_asks_no_more_until_its_pause_is_over(place):
    place.erp.token = "another"
    await eventually(lambda: place.gateway.sync.link_problem)
    said = len(place.erp.requests)
    await place.hold()
    await place.board.wait_for(0, True)
    await place.board.wait_for(0, False)
    assert len(place.erp.requests) == said


async def test_a_gateway_that_is_cut_off_decides(place):
    place.erp.token = "another"
    await eventually(lambda: place.gateway.sync.link_problem)
    await place.hold()
    await place.board.wait_for(0, True)


async def test_a_gateway_that_is_let_in_again_delivers_what_was_pending(tmp_path):
    async with venue(tmp_path) as place:
        async with place.gateway_running(cut_off_poll=0.05) as gateway:
            await place.up()
            await place.erp.until(lambda: place.erp.policy_version_seen == 1)
            place.erp.token, token = "another", place.erp.token
            await eventually(lambda: gateway.sync.link_problem)
            for _ in range(3):
                await place.hold()
            uploads = [call for call, _ in place.erp.requests].count("events")
            place.erp.token = token
            await place.erp.until(lambda: sequences(place.erp) == [1, 2, 3])
            await eventually(lambda: not gateway.journal.pending_count)
            assert (uploads, gateway.sync.link_problem) == (0, None)
            place.erp.publish(policy())
            await place.erp.until(lambda: place.erp.policy_version_seen == 2)


async def test_an_upload_that_is_cut_off_first_is_made_again(place):
    answer = {"error": "token_invalid", "message": "Unknown gateway."}
    place.erp.refusals["events"] = 401, answer
    await place.hold()
    await place.erp.until(lambda: "Unknown gateway" in place.erp.problem())
    del place.erp.refusals["events"]
    await place.erp.until(lambda: sequences(place.erp) == [1])


# Waiting


def test_waiting_grows_to_its_limit_and_varies():
    waiting = Waiting(1.0, longest=30.0)
    waits = [waiting.next() for _ in range(12)]
    limits = [min(2.0**n, 30.0) for n in range(12)]
    assert all(
        limit / 2 <= wait <= limit for wait, limit in zip(waits, limits, strict=True)
    )


def test_waiting_begins_anew_after_success():
    waiting = Waiting(1.0)
    for _ in range(5):
        waiting.next()
    waiting.reset()
    assert waiting.next() <= 1.0


async def test_no_secret_and_no_card_is_in_the_log(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    async with open_venue(tmp_path) as place:
        await place.hold(CARD)
        await place.hold(STRANGER)
        await place.erp.until(lambda: len(place.erp.events) == 2)
        token = place.erp.token
    ours = [r.getMessage() for r in caplog.records if "access_gateway" in r.name]
    assert ours
    secrets = (CARD, STRANGER, token, SEAL_KEY.hex())
    assert not any(secret in line for secret in secrets for line in ours)
