"""A club whose records change at random, one change at a time, as staff make them."""

from datetime import timedelta
from itertools import count

from odoo.fields import Command, Datetime

WEEKDAYS = [f"on_{day}day" for day in ("mon", "tues", "wednes", "thurs", "fri")]
MODES = ("controlled", "controlled", "unlocked", "locked", "lockdown", "controlled_pin")


class RandomWorld:
    """``change`` makes one random change and names it; ``env`` is that of staff.

    The builders are those of the test case (``AccessCommon``).
    """

    def __init__(self, case, chance):
        self.case, self.env, self.chance = case, case.env, chance
        self._numbers = count(1)
        poland = self.env.ref("base.pl")
        case.venue.write({"country_id": poland.id, "grace_days": 2})
        case.env.company.partner_id.tz = case.venue.tz
        self.calendar = self.env["calendar.public.holiday"].create(
            {"year": Datetime.now().year, "country_id": poland.id}
        )
        self._places()
        self.bands = case._band("Early", *[(day, 6, 12) for day in range(8)])
        self.bands |= case._band("Night", *[(day, 22, 5) for day in range(7)])
        self.tags = self.env["res.partner.category"].create(
            [{"name": "Staff"}, {"name": "Guest"}]
        )
        program = {"name": "Yoga", "access_is_program": True}
        self.program = self.env["calendar.event.type"].create(program)
        self.types = case._ticket_type() | case._ticket_type(name="Once", entries=1)
        self.people = self.env["res.partner"].create(
            [{"name": f"Member {n}"} for n in range(10)]
        )
        for person in self.people:
            case._card(person, self._number())
        self.plans = case._plan() | case._plan(name="Day plan")
        self.rights = self.env["access.right"].search([])
        for _right in range(5):
            self._new_right()
        self.orders = self.env["access.order"]
        self.gone = self.env["access.credential"]

    def _places(self):
        case = self.case
        building = case._zone("Building", antipassback="logged", max_stay=12)
        case.gym.write({"parent_id": building.id})
        pool = case._zone("Pool", parent_id=building.id)
        self.zones = building | case.gym | pool
        inner = {"zone_from_id": building.id}
        self.points = (
            case._point("In", zone_to_id=building.id)
            | case._point("Out", zone_from_id=building.id)
            | case._point("To the pool", zone_to_id=pool.id, **inner)
            | case._point("Out of the pool", zone_from_id=pool.id)
        )
        for output, point in enumerate(self.points, 1):
            point.write({"lock_id": case.relays.id, "lock_output": output})
        self.points |= case.turnstile

    def _number(self):
        return f"04{next(self._numbers):010X}"

    def change(self):
        """Change something; give the name of the change."""
        name = self.chance.choice(CHANGES)
        getattr(self, f"_change_{name}")()
        self.env.flush_all()
        return name

    def credentials(self):
        return self.env["access.credential"].search(
            [("partner_id", "in", self.people.ids)]
        )

    def _some(self, records, least=0):
        number = self.chance.randint(least, min(len(records), 2))
        return self.chance.sample(records.ids, number)

    def _one(self, records):
        return records.browse(self.chance.choice(records.ids))

    def _when(self, hours=48):
        minutes = self.chance.randint(-hours * 60, hours * 60)
        return Datetime.now() + timedelta(minutes=minutes)

    def _maybe_when(self):
        return self.chance.choice([False, False, self._when()])

    # -- what changes -------------------------------------------------------------

    def _change_card(self):
        card, state = self._one(self.credentials()), "active"
        if card.state == "active":
            state = self.chance.choice(["blocked", "lost", "returned", "blocked"])
        elif card.state == "returned":
            return self._change_card_of()
        return card.write({"state": state})

    def _change_card_of(self):
        """Give what came back to somebody, under the same number."""
        returned = self.credentials().filtered(_is_card_back)
        held = set(self.credentials().filtered(_is_out).mapped("token"))
        free = returned.filtered(lambda card: card.token not in held)
        value = self._one(free).value if free else self._number()
        self.case._card(self._one(self.people), value)

    def _change_card_time(self):
        card = self._one(self.credentials())
        if card.state == "active":
            card.write({"valid_to": self.chance.choice([False, self._when()])})

    def _change_delete_card(self):
        cards = self.credentials()
        named = self.env["access.event"].search([("credential_id", "in", cards.ids)])
        if free := cards - named.credential_id:
            self._one(free).unlink()

    def _change_pin(self):
        person = self._one(self.people)
        pin = {"kind": "pin", "value": "", "venue_id": self.case.venue.id}
        held = person.access_credential_ids.filtered(lambda one: one.kind == "pin")
        if held:
            held[0].action_return() if held[0].state == "active" else held[0].write(
                {"state": "active"}
            )
        else:
            self.case._card(person, **pin)

    def _change_person(self):
        person = self._one(self.people)
        values = self.chance.choice(
            [
                {"access_suspended": not person.access_suspended},
                {"access_identity": self.chance.choice(["none", "pending", "passed"])},
                {"active": not person.active},
                {"category_id": [Command.set(self._some(self.tags))]},
                {"access_right_ids": [Command.set(self._some(self.rights))]},
            ]
        )
        person.write(values)

    def _change_merge(self):
        if self.chance.random() < 0.2:
            twin = self.env["res.partner"].create({"name": "Twin"})
            self.case._card(twin, self._number())
            kept = self._one(self.people)
            if twin.active and kept.active:
                wizard = self.env["base.partner.merge.automatic.wizard"]
                wizard._merge((twin | kept).ids, kept)

    def _new_right(self):
        self.rights |= self.env["access.right"].create(self._right_values())

    def _right_values(self):
        lines = [
            Command.create({"band_id": band, "monthly_limit": self._limit()})
            for band in self._some(self.bands, 1)
        ]
        return {
            "name": "Right",
            "hours": self.chance.choice(["bands", "always"]),
            "band_line_ids": [Command.clear(), *lines],
            "zone_ids": [Command.set(self._some(self.zones, 1))],
            "partner_ids": [Command.set(self._some(self.people))],
            "category_ids": [Command.set(self._some(self.tags))],
        }

    def _limit(self):
        return self.chance.choice([0, 1, 2, 4])

    def _change_right(self):
        right = self._one(self.rights)
        choose = self.chance.choice
        holidays = choose(["as_weekday", "closed", "own_hours"])
        eves = choose(["as_weekday", "open", "closed"])
        values = [
            {choose(WEEKDAYS): choose([True, False])},
            {"holidays": holidays, "holiday_eves": eves},
            {"early_entry": choose([0, 15]), "late_exit": choose([0, 30])},
            {"valid_from": False, "valid_to": self._maybe_when()},
            {"effect": choose(["allow", "allow", "allow", "deny"])},
            {"active": not right.active},
            {"everyone": choose([True, False, False, False])},
            {"exemption": choose(["none", "any"])},
            {"exemption": "chosen", "program_ids": [Command.set(self.program.ids)]},
            {"zone_ids": [Command.set(self._some(self.zones, 1))]},
            {"point_ids": [Command.set(self._some(self.points))]},
            {"plan_ids": [Command.set(self._some(self.plans))]},
            {"partner_ids": [Command.set(self._some(self.people))]},
        ]
        right.write(choose(values))

    def _change_layer(self):
        right = self._one(self.rights)
        if right.layer == "device":
            right.layer = "plan"
        elif right.limiting == "month":
            right.band_line_ids.monthly_limit = 0
            right.layer = "device"

    def _change_limit(self):
        lines = self.rights.band_line_ids.filtered(
            lambda one: one.limiting == "month" and one.right_id.layer == "plan"
        )
        if lines:
            self._one(lines).write({"monthly_limit": self._limit()})

    def _change_tickets_wanted(self):
        right = self._one(self.rights)
        if right.layer == "device":
            return
        if right.limiting == "ticket":
            right.write({"ticket_type_ids": [Command.clear()]})
            right.write({"limiting": "month"})
        else:
            right.band_line_ids.write({"monthly_limit": 0})
            right.write(
                {"limiting": "ticket", "ticket_type_ids": [Command.set(self.types.ids)]}
            )

    def _change_ticket(self):
        tickets = self.env["access.ticket"].search([])
        if len(tickets) < 6:
            start = str(Datetime.now() - timedelta(days=1))
            person, kind = self._one(self.people), self._one(self.types)
            self.case._ticket(kind, person, valid_from=start)
        else:
            ticket = self._one(tickets)
            values = [
                {"entries": self._limit()},
                {"is_cancelled": not ticket.is_cancelled},
            ]
            if not ticket.used:
                values.append({"partner_id": self._one(self.people).id})
            ticket.write(self.chance.choice(values))

    def _change_ticket_type(self):
        kind = self._one(self.types)
        bands = {"band_ids": [Command.set(self._some(self.bands))]}
        kind.write(self.chance.choice([{"once_a_day": not kind.once_a_day}, bands]))

    def _change_plan(self):
        held = self.env["sale.subscription"].search(
            [("partner_id", "in", self.people.ids)]
        )
        if len(held) < 5:
            self.case._subscription(self._one(self.plans), self._one(self.people))
            return
        stages = self.env["sale.subscription.stage"]
        types = ("in_progress", "in_progress", "post")
        stage = stages.search([("type", "=", self.chance.choice(types))], limit=1)
        today = Datetime.now().date()
        values = [
            {"stage_id": stage.id},
            {"date": self.chance.choice([False, today, today + timedelta(days=1)])},
            {"is_paused": self.chance.choice([True, False]), "paused_until": False},
            {"template_id": self._one(self.plans).id},
        ]
        self._one(held).write(self.chance.choice(values))

    def _change_booking(self):
        events = self.env["calendar.event"].search(
            [("categ_ids", "in", self.program.ids)]
        )
        if len(events) < 4:
            start = Datetime.now() + timedelta(minutes=self.chance.randint(-60, 120))
            events.create(
                {
                    "name": "Yoga",
                    "categ_ids": [Command.set(self.program.ids)],
                    "partner_ids": [Command.set(self._some(self.people, 1))],
                    "start": start,
                    "stop": start + timedelta(hours=1),
                }
            )
        elif attendees := events.attendee_ids:
            state = self.chance.choice(["declined", "accepted"])
            self._one(attendees).write({"state": state})
            self._one(events).unlink()

    def _change_order(self):
        over = self.orders.filtered(lambda order: order.state == "over")
        self.orders -= over
        if len(self.orders) < 2:
            kind = self.chance.choice(["schedule", "staff", "emergency"])
            places = self._one(self.chance.choice([self.zones, self.points]))
            until = Datetime.now() + timedelta(minutes=self.chance.randint(1, 90))
            mode = self.chance.choice(MODES)
            order = self.case._order(places, kind=kind, mode=mode, valid_to=until)
            self.orders |= order
        elif ended := self.orders.filtered(lambda o: o.kind != "schedule"):
            self._one(ended).action_end()

    def _change_band(self):
        period = self._one(self.bands.period_ids)
        hour = period.hour_from + self.chance.choice([-0.5, 0.5])
        if hour % 24 != period.hour_to:
            period.write({"hour_from": hour % 24})

    def _change_holiday(self):
        lines = self.calendar.line_ids
        day = Datetime.now().date() + timedelta(days=self.chance.randint(0, 1))
        if len(lines) > 3:
            self._one(lines).unlink()
        elif day not in lines.mapped("date") and day.year == self.calendar.year:
            values = {"name": "Day", "date": day, "public_holiday_id": self.calendar.id}
            lines.create(values)

    def _change_zone(self):
        zone, choose = self._one(self.zones), self.chance.choice
        passback = choose(["off", "logged", "refused", "timed"])
        capacity = choose([0, 0, 2, 5])
        zone.write(choose([{"capacity": capacity}, {"antipassback": passback}]))

    def _change_point(self):
        point, choose = self._one(self.points), self.chance.choice
        values = [
            {"normal_mode": choose(MODES)},
            {"normal_mode": "controlled"},
            {"combination": choose(["either", "either", "both", "record"])},
            {"persons_needed": choose(["1", "1", "2"])},
            {"interlock_point_ids": [Command.set(self._some(self.points - point))]},
            {"release_seconds": choose([3, 20])},
            {"exit_control": choose(["free", "ticket"])},
            {"on_expiry": choose(["refuse", "keep"]), "keep_hours": choose([1, 48])},
        ]
        if not point.leads_out:
            values.append({"release_mode": choose(["momentary", "toggle"])})
        point.write(choose(values))

    def _change_venue(self):
        self.case.venue.grace_days = self.chance.choice([0, 1, 5])


def _is_card_back(card):
    return card.kind == "card" and card.state == "returned"


def _is_out(card):
    return card.state != "returned"


CHANGES = [
    name.removeprefix("_change_")
    for name in vars(RandomWorld)
    if name.startswith("_change_")
]
