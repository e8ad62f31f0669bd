"""Members pass at controllers whose gateway is gone, and it is told who did."""

from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from access_gateway.simulators.onvif_device import SimulatedOnvif
from access_gateway.simulators.uhppote_controller import SimulatedController
from access_policy import seal_token

from .fake_erp import SEAL_KEY, FakeErp
from .gateway_process import GatewayProcess
from .world import Venue, eventually, policy

# As readers give them, and as the UHPPOTE controller counts them.
MEMBER, MEMBER_NUMBER = "51FFFE", 8165534
BLOCKED, BLOCKED_NUMBER = "013004", 112292
WARSAW = ZoneInfo("Europe/Warsaw")
# A process starts slowly on a machine with other work.
PATIENCE = 60.0


def card(value, person, **fields):
    sealed = seal_token(SEAL_KEY, f"rfid:{value}")
    return {sealed: {"id": person, "person": person, "number": value, **fields}}


class Doors:
    """A UHPPOTE and an ONVIF door; ``clock`` counts the seconds of the first one."""

    def __init__(self):
        self.clock = 0.0
        self.uhppote = SimulatedController(clock=lambda: self.clock)
        self.onvif = SimulatedOnvif(zone=WARSAW)
        self.onvif.stores_events = True

    def document(self, blocked=None, stand_alone=True):
        devices = {
            "u": {
                "driver": "uhppote_controller",
                "address": self.uhppote.address,
                "settings": {"check_ms": 50, "time_zone": "Europe/Warsaw"},
                "stand_alone": stand_alone,
            },
            "o": {
                "driver": "onvif_door",
                "address": self.onvif.address,
                "settings": {"user": "admin", "password": "secret", "pull_ms": 50},
                "stand_alone": stand_alone,
            },
        }
        wired = {"output": 0, "release_ms": 3000}
        status = {"status": "blocked", "number": None} if blocked else {}
        return policy(
            devices=devices,
            wiring={
                "1": {"reader": "u", "lock": "u", **wired},
                "2": {"reader": "o", "lock": "o", **wired},
            },
            points={key: {"venue": 1, "zone_to": 1} for key in ("1", "2")},
            persons={"1": {"rights": [1]}, "2": {"rights": [1]}},
            credentials={**card(MEMBER, 1), **card(BLOCKED, 2, **status)},
        )

    def counts(self):
        return len(self.uhppote.cards), len(self.onvif.credentials)

    def hold(self, number, value):
        """Hold a card to both readers; tell how many doors the devices opened."""
        before = len(self.uhppote.openings), len(self.onvif.accesses)
        self.uhppote.swipe(1, number)
        self.onvif.present("ap1", value)
        opened = self.uhppote.openings[before[0] :], self.onvif.accesses[before[1] :]
        return sum(not one.by_gateway for found in opened for one in found)

    def fall_silent(self):
        """Let the time pass after which they decide by themselves."""
        self.clock += 30.0
        self.onvif.end_subscriptions()


@asynccontextmanager
async def doors(tmp_path):
    there = Doors()
    async with FakeErp() as erp, there.uhppote, there.onvif:
        erp.publish(there.document())
        yield there, Venue(tmp_path, erp)


async def until_kept(there, place, count):
    def is_kept():
        devices = place.erp.status.get("devices") or {}
        told = [one["facts"].get("cards") for one in devices.values()]
        return there.counts() == (count, count) and told == [count, count]

    await place.erp.until(is_kept, PATIENCE)


async def test_members_pass_when_the_gateway_is_killed(tmp_path, python_path):
    async with doors(tmp_path) as (there, place):
        place.state_dir.mkdir(mode=0o700)
        place.erp.identity().save(place.state_dir)
        with GatewayProcess(place.state_dir, tmp_path, python_path) as gateway:
            gateway.start()
            await until_kept(there, place, 2)
            place.erp.publish(there.document(blocked=True))
            await until_kept(there, place, 1)
            gateway.kill()
            # Until they take over nobody decides.
            assert there.hold(MEMBER_NUMBER, MEMBER) == 0
            there.fall_silent()
            assert there.hold(MEMBER_NUMBER, MEMBER) == 2
            assert there.hold(BLOCKED_NUMBER, BLOCKED) == 0
            told = [(1, False, 1), (1, True, 1), (1, False, 2), (2, True, 1)]
            told += [(2, False, 2)]
            for _start in range(2):
                gateway.start()
                await until_told(place, told)
                gateway.kill()


async def until_told(place, expected):
    """Wait until the devices' own verdicts are there, each once."""

    def verdicts():
        return sorted(
            (event["point"], event["granted"], event["person"])
            for event in place.erp.events
            if event["reason"].endswith("_by_device") and event["person"]
        )

    place.erp.status = {}
    await place.erp.until(
        lambda: (
            place.erp.status.get("devices")
            and all(one["online"] for one in place.erp.status["devices"].values())
            and len(verdicts()) >= len(expected)
            and not place.erp.status["pending"]
        ),
        PATIENCE,
    )
    assert verdicts() == sorted(expected)


async def test_a_gateway_that_ends_hands_over_at_once(tmp_path):
    async with doors(tmp_path) as (there, place):
        async with place.gateway_running():
            await until_kept(there, place, 2)
        assert there.hold(MEMBER_NUMBER, MEMBER) == 2


async def test_while_the_gateway_is_there_it_decides(tmp_path):
    async with doors(tmp_path) as (there, place):
        async with place.gateway_running():
            await until_kept(there, place, 2)
            assert there.hold(MEMBER_NUMBER, MEMBER) == 0
            await eventually(lambda: there.uhppote.openings and there.onvif.accesses)


async def test_switched_off_their_lists_are_emptied(tmp_path):
    async with doors(tmp_path) as (there, place):
        async with place.gateway_running():
            await until_kept(there, place, 2)
            await place.publish(there.document(stand_alone=False))
            await eventually(lambda: there.counts() == (0, 0), PATIENCE)


async def test_no_card_number_is_told_or_logged(tmp_path, caplog):
    async with doors(tmp_path) as (there, place):
        async with place.gateway_running():
            await until_kept(there, place, 2)
            rules = place.gateway.store.rules
            for number in (MEMBER, str(MEMBER_NUMBER)):
                assert number not in str(place.erp.requests)
                assert number not in caplog.text
                assert number not in repr(rules.policy.credentials)
