"""The building's own box: killed, its disk full, its clock stepped, its bolts torn off;
and people at the turnstile that hangs on it."""

from .actor import Action, Actor
from .bolts import SOON_S
from .people import CHANGED, MEMBERS, NEVER_SEEN

POINT, COIL = "access_base.point_gym_turnstile", 1
# Between our noting a time and the gateway's, in one machine.
SLACK_S = 0.1


class Gateway(Actor):
    def actions(self) -> dict[Action, int]:
        return {
            self.hold_known: 30,
            self.hold_changed: 20,
            self.hold_any: 10,
            self.kill_the_gateway: 2,
            self.fill_or_clear_the_disk: 4,
            self.set_the_clock: 4,
            self.pull_or_plug_the_relays: 4,
        }

    def prepare(self) -> None:
        points = self.building.people.points
        values = {"release_seconds": 0.2}
        self.building.erp.staff.call("access.point", "write", [points[POINT]], values)

    async def hold_known(self) -> None:
        self.building.box.hold(self.chance.choice(MEMBERS))

    async def hold_changed(self) -> None:
        self.building.box.hold(CHANGED)

    async def hold_any(self) -> None:
        self.building.box.hold(self.building.people.anybody())

    async def kill_the_gateway(self) -> None:
        self.building.box.kill()
        self.building.box.start()

    async def fill_or_clear_the_disk(self) -> None:
        self.building.box.fill_or_clear_the_disk()

    async def set_the_clock(self) -> None:
        seconds = self.chance.choice([0, 0, -7200, 3600, 172800])
        self.building.box.clock.write_text(str(seconds))

    async def pull_or_plug_the_relays(self) -> None:
        wire = self.building.box.wire
        wire.unplug() if wire.is_plugged else wire.plug()

    async def mend(self) -> None:
        box = self.building.box
        box.clock.write_text("0")
        if not box.wire.is_plugged:
            box.wire.plug()
        box.kill()
        box.start()

    async def prove(self) -> None:
        box = self.building.box
        before = len(box.bolts.openings(COIL))
        await self.building.until(
            lambda: len(box.bolts.openings(COIL)) > before,
            "the turnstile is stuck",
            meanwhile=lambda: box.hold(self.chance.choice(MEMBERS)),
        )

    def check(self, log) -> None:
        box = self.building.box
        assert box.unruly == [], "let in by rules that were not in force"
        point = self.building.people.points[POINT]
        check_moves(log, point, COIL, box)
        check_grants(log, point, COIL, box)
        check_holds(log, point, box.held, self.building.people)

    def summary(self) -> str:
        box = self.building.box
        opened = len(box.bolts.openings(COIL))
        return f"{len(box.held)} cards at the turnstile, opened {opened} times"


def check_moves(log, point, coil, box, reasons=()) -> None:
    """Each bolt that moved has an event from before that explains it."""
    granted = [one for one in log.at_point(point) if one.event.granted]
    openings = box.bolts.openings(coil)
    unexplained = [
        at
        for at, _end in openings
        if not any(one.is_between(at - SOON_S, at + SLACK_S) for one in granted)
        and not any(begin <= at <= end for begin, end in reasons)
    ]
    assert openings, "no bolt moved at all"
    assert unexplained == [], f"point {point} opened for nobody: {unexplained}"


def check_grants(log, point, coil, box) -> None:
    """Who was let in found the bolt open, or the log says that it was not."""
    not_opened = log.at_point(point, "not_opened")
    missing = [
        one
        for one in log.at_point(point)
        if one.event.granted
        and one.at is not None
        and one.event.reason != "granted_by_device"
        and not box.bolts.was_open(coil, one.at - SLACK_S, one.at + SOON_S)
        and not any(other.is_between(one.at, one.at + 10) for other in not_opened)
        # A power cut at just this moment, or no room to write that it did not open.
        and not box.was_disturbed(one.at - SLACK_S, one.at + 10)
    ]
    assert missing == [], f"point {point}: granted, but nothing moved: {missing}"


def check_holds(log, point, held, people) -> None:
    """Nobody was let in who had gone: a card counts while it is held."""
    numbers = {number: card for card, number in people.credentials.items()}
    numbers[None] = NEVER_SEEN
    for one in log.at_point(point, "right"):
        if one.at is not None:
            card = numbers[one.event.credential]
            times = [at for at, value in held if value == card and at <= one.at]
            assert times and one.at - max(times) < SOON_S, f"{one} was let in late"
