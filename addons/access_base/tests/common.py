from datetime import datetime, timezone
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon

from ..access_policy import Attempt, PassageEvent, credential_token, decide
from ..access_policy.event import utc_text


def utc(text):
    """Read a time in UTC, as in ``utc("2026-11-21 07:30")``."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


class AccessCommon(BaseCommon):
    """A venue with a gym behind a turnstile, and builders for the rest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.venue = cls.env["access.venue"].create(
            {"name": "Aqua & Sport", "tz": "Europe/Warsaw"}
        )
        # The first venue gives its clock to the company: as if that was long ago.
        cls.env.flush_all()
        cls.env.cr.execute("DELETE FROM access_policy_change")
        cls.env.cr.precommit.data.pop("access.policy.change", None)
        cls.gym = cls._zone("Gym")
        cls.turnstile = cls._point("Gym turnstile", zone_to_id=cls.gym.id)
        cls.anna = cls.env["res.partner"].create({"name": "Anna Nowak"})

    @classmethod
    def _zone(cls, name, **values):
        return cls.env["access.zone"].create(
            {"name": name, "venue_id": cls.venue.id, **values}
        )

    @classmethod
    def _point(cls, name, **values):
        return cls.env["access.point"].create(
            {"name": name, "venue_id": cls.venue.id, **values}
        )

    @classmethod
    def _card(cls, partner=None, value="04A1B2C3", **values):
        return cls.env["access.credential"].create(
            {"partner_id": (partner or cls.anna).id, "value": value, **values}
        )

    @classmethod
    def _right(cls, partner=None, bands=(), **values):
        """Make a right; ``bands`` are bands, or pairs of band and monthly limit."""
        if bands:
            pairs = [one if isinstance(one, tuple) else (one, 0) for one in bands]
            values["hours"] = "bands"
            values["band_line_ids"] = [
                Command.create({"band_id": band.id, "monthly_limit": limit})
                for band, limit in pairs
            ]
        return cls.env["access.right"].create(
            {
                "name": "Gym",
                "partner_ids": (partner or cls.anna).ids,
                "zone_ids": cls.gym.ids,
                **values,
            }
        )

    @classmethod
    def _band(cls, name, *periods):
        """Make a band; periods are ``(weekday, from, to)`` at the venue."""
        return cls.env["access.band"].create(
            {
                "name": name,
                "period_ids": [
                    (
                        0,
                        0,
                        {
                            "venue_id": cls.venue.id,
                            "weekday": str(weekday),
                            "hour_from": hour_from,
                            "hour_to": hour_to,
                        },
                    )
                    for weekday, hour_from, hour_to in periods
                ],
            }
        )

    @classmethod
    def _order(cls, *places, kind="schedule", mode="unlocked", **values):
        """Order a mode for points and zones, by an order of any kind."""
        return cls.env["access.order"].create(
            {
                "name": f"{kind} {mode}",
                "kind": kind,
                "mode": mode,
                "point_ids": [p.id for p in places if p._name == "access.point"],
                "zone_ids": [p.id for p in places if p._name == "access.zone"],
                "reason": "Test",
                "user_id": cls.env.uid,
                **values,
            }
        )

    @classmethod
    def _plan(cls, name="Gym plan", **values):
        """Make a plan whose holders have a right for the gym."""
        plan = cls.env["sale.subscription.template"].create({"name": name})
        cls._right(partner_ids=False, plan_ids=plan.ids, **values)
        return plan

    @classmethod
    def _subscription(cls, plan, partner=None, **values):
        """Make a running subscription."""
        stage = cls.env.ref("subscription_oca.subscription_stage_in_progress")
        pricelist = cls.env["product.pricelist"].create({"name": "Plans"})
        return cls.env["sale.subscription"].create(
            {
                "partner_id": (partner or cls.anna).id,
                "template_id": plan.id,
                "pricelist_id": pricelist.id,
                "stage_id": stage.id,
                "date_start": "2026-01-01",
                **values,
            }
        )

    @classmethod
    def _ticket_type(cls, **values):
        values = {"name": "Gym, 10 entries", "entries": 10, **values}
        return cls.env["access.ticket.type"].create(values)

    @classmethod
    def _ticket(cls, ticket_type, partner=None, **values):
        return cls.env["access.ticket"].create(
            {
                "partner_id": (partner or cls.anna).id,
                "type_id": ticket_type.id,
                "valid_from": "2026-11-01 00:00:00",
                **values,
            }
        )

    @classmethod
    def _user(cls, role, **values):
        return new_test_user(
            cls.env, role, groups=f"access_base.group_{role}", **values
        )

    def _marks(self, change):
        """Tell whether a change outdates the compiled policies."""
        changes = self.env["access.policy.change"]
        with patch.object(type(changes), "_mark", autospec=True) as mark:
            change()
            self.env.flush_all()
        told = [call.kwargs for call in mark.call_args_list]
        return any(not parts or any(parts.values()) for parts in told)

    def _passage(self, point=None, at="2026-11-21 07:30", granted=True, **values):
        """Record a passage and give its event."""
        point = point or self.turnstile
        values.setdefault("reason", "right" if granted else "no_right")
        event = PassageEvent(
            time=utc_text(utc(at)), point=point.id, granted=granted, **values
        )
        journal = point._ensure_journal()
        journal._append(event)
        return self.env["access.event"].search(
            [("journal_id", "=", journal.id)], order="sequence desc", limit=1
        )

    def _use(self, right, band, *days):
        """Record an entry of Anna on each day that uses up one of a right."""
        self.anna._ensure_access_person()
        for day in days:
            self._passage(
                at=f"{day} 07:30",
                person=self.anna.access_person_ids.id,
                right=right.id,
                band=band.id,
                day=day,
            )

    def _step_through(self, record):
        """Do what a browser does that shows progress; give the answers of all steps."""
        answers = [record.action_step()]
        while "next" not in answers[-1]:
            answers.append(record.action_step())
        return answers

    def _decide(self, at="2026-11-21 07:30", value="04A1B2C3", point=None, uses=None):
        """Decide at a time (UTC) without recording, and give reason's text."""
        point = point or self.turnstile
        token = credential_token("card", value)
        policy, state = self.env["access.policy"]._for_attempt(point, token)
        if uses is not None:
            state.uses = uses
        return decide(policy, state, Attempt(point.id, token, utc(at))).reason.value
