"""Who may, and who may not."""

from .actor import Actor

NEVER_SEEN = "DEADBEEF"
# Of a kind that network controllers number.
MEMBERS = [f"0A55{number:04X}0001" for number in range(8)]
SWIPER, SWIPER_NUMBER = "013004", 112292
STRANGER_NUMBER = 112293
CHANGED, UNENTITLED, BLOCKED = "0A55F0010001", "0A55F0020001", "0A55F0030001"
POINTS = (
    "access_base.point_main_entrance",
    "access_base.point_gym_turnstile",
    "access_base.point_pool_gate",
    "access_base.point_lockers_a",
    "access_base.point_court_1",
)


class People(Actor):
    """Members with a right at all points; one whose card is blocked and unblocked;
    one without any right, and one whose card was blocked before."""

    def prepare(self) -> None:
        erp = self.building.erp.staff
        values = [*MEMBERS, SWIPER, CHANGED, BLOCKED]
        members = erp.call("res.partner", "create", [{"name": one} for one in values])
        [outsider] = erp.call("res.partner", "create", [{"name": "Outsider"}])
        holders = dict(zip(values, members, strict=True)) | {UNENTITLED: outsider}
        cards = [{"partner_id": who, "value": card} for card, who in holders.items()]
        made = erp.call("access.credential", "create", cards)
        self.credentials = dict(zip(holders, made, strict=True))
        self.points = {name: erp.by_xml_id(name) for name in POINTS}
        right = {
            "name": "Whatever goes wrong",
            "partner_ids": [(6, 0, members)],
            "point_ids": [(6, 0, list(self.points.values()))],
        }
        erp.call("access.right", "create", [right])
        erp.call("access.credential", "action_block", [self.credentials[BLOCKED]])

    def may_never(self) -> set[int]:
        return {self.credentials[card] for card in (UNENTITLED, BLOCKED)}

    def anybody(self) -> str:
        """Draw who comes: mostly a member."""
        others = [CHANGED, CHANGED, UNENTITLED, BLOCKED, NEVER_SEEN]
        return self.chance.choice([*MEMBERS, *others])

    def check(self, log) -> None:
        granted = [one for one in log.entries if one.event.granted]
        never = self.may_never()
        assert [one for one in granted if one.event.credential in never] == []
        strangers = [
            one for one in granted if one.event.seen and NEVER_SEEN in one.event.seen
        ]
        assert strangers == []
