"""Being told by the ERP that there is news, instead of asking for it each second."""

import asyncio
import logging
from contextlib import asynccontextmanager

import pytest

from access_gateway import wake
from access_gateway.wake import Wake

from .fake_erp import TOKEN, FakeErp
from .fake_push import FakePush
from .world import eventually, policy, venue

# Longer than any test: what is known earlier was told.
NEVER = 600.0


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Connect again soon, and often."""
    monkeypatch.setattr(wake, "LONGEST_WAIT_S", 0.05)


@asynccontextmanager
async def pushed_venue(directory, **settings):
    """A venue whose gateway is told of news, and does not ask by itself."""
    async with venue(directory) as place:
        place.erp.push = FakePush()
        settings = {"pushed_poll": NEVER, **settings}
        async with place.gateway_running(**settings) as gateway:
            await place.up()
            await eventually(lambda: gateway.wake.is_up)
            await quiet(place)
            yield place


async def quiet(place):
    """Wait until the gateway has said all that it has to say."""
    await place.erp.until(lambda: place.erp.status.get("push"))
    await eventually(lambda: gateway_knows(place))
    said = -1
    while said != len(place.erp.requests):
        said = len(place.erp.requests)
        await asyncio.sleep(0.2)


def gateway_knows(place):
    return place.erp.policy_version_seen == place.gateway.store.rules.version == 1


@asynccontextmanager
async def listening(erp, heartbeat=10.0):
    news = []
    waking = Wake(erp.url, lambda: TOKEN, lambda: news.append(1), 0.01, heartbeat)
    waking.news = news
    task = asyncio.create_task(waking.run())
    try:
        yield waking
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_new_rules_decide_when_the_server_says_so(tmp_path):
    async with pushed_venue(tmp_path) as place:
        place.erp.publish(policy(persons={"1": {"rights": []}}))
        place.erp.push.wake()
        await place.erp.until(lambda: place.erp.policy_version_seen == 2)


async def test_who_is_told_of_news_does_not_ask(tmp_path):
    async with pushed_venue(tmp_path) as place:
        said = len(place.erp.requests)
        await asyncio.sleep(0.3)
        assert len(place.erp.requests) == said


async def test_who_is_told_of_news_asks_now_and_then(tmp_path):
    async with pushed_venue(tmp_path, pushed_poll=0.3) as place:
        place.erp.publish(policy())
        await place.erp.until(lambda: place.erp.policy_version_seen == 2)


async def test_what_is_new_here_is_told_at_once(tmp_path):
    async with pushed_venue(tmp_path) as place:
        place.entrance.unplug()
        await place.erp.until(
            lambda: not place.erp.status["devices"]["reader"]["online"]
        )


async def test_news_while_an_answer_is_on_its_way_are_fetched(tmp_path):
    async with pushed_venue(tmp_path) as place:
        answer = place.erp._sync

        def with_news_after_it(body):
            answered = answer(body)
            place.erp._sync = answer
            place.erp.publish(policy())
            place.gateway.sync.wake()
            return answered

        place.erp._sync = with_news_after_it
        place.erp.push.wake()
        await place.erp.until(lambda: place.erp.policy_version_seen == 2)


async def test_without_push_the_server_is_asked(tmp_path):
    async with venue(tmp_path) as place:
        async with place.gateway_running(pushed_poll=NEVER) as gateway:
            await place.up()
            place.erp.publish(policy())
            await place.erp.until(lambda: place.erp.policy_version_seen == 2)
            assert "404" in gateway.status()["push_problem"]
            assert gateway.sync.link_problem is None
            assert not place.erp.status["push"]


async def test_when_push_breaks_off_the_server_is_asked(tmp_path):
    async with pushed_venue(tmp_path) as place:
        place.erp.push.refuse_with = 503
        place.erp.push.drop()
        await eventually(lambda: not place.gateway.wake.is_up)
        place.erp.publish(policy())
        await place.erp.until(lambda: place.erp.policy_version_seen == 2)
        await place.erp.until(lambda: not place.erp.status["push"])


async def test_a_connection_that_breaks_off_is_made_again():
    async with FakeErp() as erp:
        erp.push = FakePush()
        async with listening(erp) as waking:
            await eventually(lambda: waking.is_up)
            erp.push.drop()
            await eventually(lambda: erp.push.opened == 2)
            await eventually(lambda: waking.is_up and waking.problem is None)


async def test_a_connection_that_is_dead_is_noticed():
    async with FakeErp() as erp:
        erp.push = FakePush()
        async with listening(erp, heartbeat=0.1) as waking:
            await eventually(lambda: waking.is_up)
            erp.push.is_dead = True
            await eventually(lambda: not waking.is_up)


async def test_a_connection_that_lives_stays():
    async with FakeErp() as erp:
        erp.push = FakePush()
        async with listening(erp, heartbeat=0.05) as waking:
            await eventually(lambda: waking.is_up)
            await asyncio.sleep(0.5)
            assert (waking.is_up, erp.push.opened) == (True, 1)


async def test_until_the_server_says_a_word_nothing_is_relied_on(monkeypatch):
    monkeypatch.setattr(wake, "PATIENCE_S", 0.1)
    async with FakeErp() as erp:
        erp.push = FakePush()
        erp.push.is_dead = True
        async with listening(erp) as waking:
            await eventually(lambda: erp.push.heads)
            await eventually(lambda: waking.problem != "not connected yet")
            assert not waking.is_up


async def test_a_lost_connection_is_news():
    """Something may have been said that was not heard."""
    async with FakeErp() as erp:
        erp.push = FakePush()
        async with listening(erp) as waking:
            await eventually(lambda: waking.is_up)
            erp.push.refuse_with = 503
            told = len(waking.news)
            erp.push.drop()
            await eventually(lambda: len(waking.news) > told)


async def test_a_refused_token_is_told_in_words():
    async with FakeErp() as erp:
        erp.push, erp.token = FakePush(), "another"
        async with listening(erp) as waking:
            await eventually(lambda: "401" in waking.problem)


async def test_the_token_goes_to_nobody_else():
    async with FakeErp() as erp, FakeErp() as other:
        erp.push, other.push = FakePush(), FakePush()
        erp.push.refuse_with = 302
        erp.push.redirect_to = f"ws://127.0.0.1:{other.port}{wake.PATH}"
        async with listening(erp) as waking:
            await eventually(lambda: "302" in waking.problem)
        assert not other.push.heads


async def test_no_token_is_in_the_log(caplog):
    caplog.set_level(logging.DEBUG)
    async with FakeErp() as erp:
        erp.push = FakePush()
        async with listening(erp) as waking:
            await eventually(lambda: waking.is_up)
    ours = [r.getMessage() for r in caplog.records if r.name != "websockets.server"]
    assert ours
    assert not any(TOKEN in line for line in ours)


async def test_a_server_that_says_nothing_of_its_news_is_asked_each_second(tmp_path):
    async with pushed_venue(tmp_path, pushed_poll=0.5) as place:
        for number in range(1, 3):
            place.erp.publish_change(policy(), rights={"9": {"zones": []}})
            seen = number + 1
            await place.erp.until(
                lambda seen=seen: place.erp.policy_version_seen == seen
            )
        await place.erp.until(lambda: not place.erp.status["push"])
        assert "says nothing" in place.gateway.status()["push_problem"]
        place.erp.push.wake()
        await place.erp.until(lambda: place.erp.status["push"])


async def test_a_word_that_comes_after_its_news_counts(tmp_path):
    async with pushed_venue(tmp_path) as place:
        waking = place.gateway.wake
        waking.missed()
        place.erp.push.wake()
        await eventually(lambda: waking._missed == 0)
        waking.missed()
        assert waking.is_up
