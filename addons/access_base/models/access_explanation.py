from datetime import timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_datetime as babel_datetime

from odoo import models
from odoo.tools.misc import babel_locale_parse, get_lang

from ..access_policy import Decision, Reason, decide
from ..access_policy.outlook import next_grant
from .access_reason import REASONS

# Why a right does not open is what its own line says; the check adds nothing to it.
_LINES_OF_RIGHTS = ("allow_right", "deny_right")


class Explanation(NamedTuple):
    """A decision in words: ``steps`` are pairs of sentence and ``Reason`` or none."""

    decision: Decision
    verdict: str
    steps: list[tuple[str, Reason | None]]
    advice: str


class AccessExplanation(models.AbstractModel):
    """Says in words what was decided, by which rules, and what would help (A17)."""

    _name = "access.explanation"
    _description = "Why a Decision Fell as It Did"

    def _explain(self, partner, point, at, credential=None):
        """Decide for a contact at a point and time by the rules of today, and say why.

        :param at: naive UTC, as the ORM has it
        :param credential: the one that is held to the reader; none: any good one
        """
        at = at.replace(tzinfo=timezone.utc)
        policy, state, attempt = (
            self.env["access.policy"]
            .sudo()
            ._for_partner(partner, point, at, credential)
        )
        decision = decide(policy, state, attempt, trace=True)
        about = _About(self.env, policy, state, attempt, decision, partner, point)
        return Explanation(
            decision, about.verdict(), list(about.steps()), about.advice()
        )


class _About:
    """One decision, with all that its words need."""

    def __init__(self, env, policy, state, attempt, decision, partner, point):
        self.env = env
        self.policy = policy
        self.state = state
        self.attempt = attempt
        self.decision = decision
        self.partner = partner
        self.point = point.sudo()
        self.reasons = dict(
            env["access.event"]._fields["reason"]._description_selection(env)
        )

    def verdict(self):
        words = self.reasons[self.decision.reason.value]
        if self.decision.granted:
            return self.env._("May pass: %(reason)s", reason=words)
        return self.env._("May not pass: %(reason)s", reason=words)

    def steps(self):
        """Yield a sentence for each rule that was looked at and says something."""
        for step in self.decision.trace:
            if step.check in _LINES_OF_RIGHTS:
                yield self._of_right(step), step.found
                continue
            tell = getattr(self, f"_of_{step.check}", None)
            sentence = tell(step) if tell else None
            if sentence is None and step.found is not None:
                sentence = self.reasons[step.found.value]
            if sentence:
                yield sentence, step.found
        for warning in self.decision.warnings:
            if warning not in {step.found for step in self.decision.trace}:
                yield self.reasons[warning.value], warning

    # -- a sentence for each check; none where there is nothing to say ------------------

    def _of_point_mode(self, step):
        modes = dict(self.point._fields["normal_mode"]._description_selection(self.env))
        mode = self.policy.mode_at(self.attempt.point, self.attempt.at)
        values = {"point": self.point.name, "mode": modes[mode.value]}
        return self.env._("%(point)s at this time: %(mode)s.", **values)

    def _of_credential_valid(self, step):
        if not self.decision.credential:
            return self.env._("Looked at without a certain card or code.")
        credential = self.env["access.credential"].sudo()
        name = credential.browse(self.decision.credential).display_name
        if step.found is None:
            return self.env._("%(credential)s is good.", credential=name)
        words = self.reasons[step.found.value]
        return f"{name}: {words}."

    def _of_person_not_suspended(self, step):
        if step.found is None:
            return self.env._("%(person)s is not suspended.", person=self._person())
        return self.env._("%(person)s is suspended.", person=self._person())

    def _of_deny_rights(self, step):
        if step.found is None:
            return None
        return self.env._("Refused by: %(right)s.", right=self._right_words(step.right))

    def _of_allow_rights(self, step):
        if step.found is None:
            return self.env._("Opens: %(right)s.", right=self._right_words(step.right))
        if step.found is Reason.NO_RIGHT:
            return self.env._("No right covers %(point)s.", point=self.point.name)
        return None if step.right else self.reasons[step.found.value]

    def _of_no_passback(self, step):
        if step.found is None:
            return None
        return self.env._("Inside already: the exit was not seen.")

    def _of_room_in_zone(self, step):
        if step.found is None:
            return None
        zone = self.point.zone_to_id
        return self.env._(
            "%(zone)s is full: %(capacity)s persons.",
            zone=zone.name,
            capacity=zone.capacity,
        )

    def _of_granted(self, step):
        return None

    def _of_right(self, step):
        objection = step.found and self._objection_words(step.found, step.right)
        return f"{self._right_words(step.right)} - {objection or ''}".rstrip(" -")

    def _objection_words(self, reason, right):
        if reason is Reason.LIMIT_REACHED:
            return self._limit_words(right)
        return self.reasons[reason.value]

    def _limit_words(self, key):
        month = self.local(self.attempt.at).date().isoformat()[:7]
        limits = self.policy.rights[key].limits
        uses = self.state.uses.get(self.decision.person, ())
        used = [
            self.env._(
                "%(band)s: %(used)s of %(limit)s entries used this month",
                band=self.env["access.band"].sudo().browse(band).name,
                used=sum(
                    use.right == key and use.band == band and use.day[:7] == month
                    for use in uses
                ),
                limit=limit,
            )
            for band, limit in sorted(limits.items())
        ]
        return "; ".join(used)

    def _right_words(self, key):
        right = self.env["access.right"].sudo().browse(key)
        return f"{right.name} ({right.where}; {right.when})"

    def _person(self):
        return self.partner.display_name

    # -- what would help ---------------------------------------------------------------

    def advice(self):
        """Say what would let the person in, also to themselves."""
        if self.decision.granted:
            return ""
        remedy = self._remedies().get(self.decision.reason)
        opens = self._opens_words()
        return " ".join(filter(None, (remedy, opens)))

    def _remedies(self):
        _ = self.env._
        return {
            Reason.POINT_LOCKED: _("The door is locked for everybody at this time."),
            Reason.POINT_LOCKDOWN: _("The door is locked for everybody at this time."),
            Reason.CREDENTIAL_BLOCKED: _("Ask reception about the blocked card."),
            Reason.CREDENTIAL_LOST: _("The card is reported lost: ask for a new one."),
            Reason.CREDENTIAL_RETURNED: _(
                "The card was given back: ask for a new one."
            ),
            Reason.CREDENTIAL_EXPIRED: _("The card has expired: ask for a new one."),
            Reason.CREDENTIAL_UNKNOWN: _("No card or code is known: ask reception."),
            Reason.PERSON_SUSPENDED: _("Please speak with reception."),
            Reason.IDENTITY_UNCHECKED: _("Show an identity document at reception."),
            Reason.PIN_MISSING: _("Hold the card to the reader, then type the PIN."),
            Reason.PIN_WRONG: _("Hold the card to the reader, then type the PIN."),
            Reason.DENIED: _("Please speak with reception."),
            Reason.NO_RIGHT: _("A plan, ticket or booking for this place is needed."),
            Reason.RIGHT_EXPIRED: _("The right has ended: renew it."),
            Reason.PLAN_ENDED: _("The plan has ended: renew it."),
            Reason.PLAN_PAUSED: _("The plan is paused: let it go on."),
            Reason.PLAN_UNPAID: _("Pay the open invoice of the plan."),
            Reason.NOT_AT_THIS_DEVICE: _("This door is closed to the plan now."),
            Reason.NO_TICKET: _("A ticket with entries left is needed."),
            Reason.LIMIT_REACHED: _("All entries of this month are used up."),
            Reason.ANTI_PASSBACK: _("The exit was not seen: ask reception to note it."),
            Reason.ZONE_FULL: _("Wait until somebody leaves."),
            Reason.SECOND_PERSON_NEEDED: _("A second person must come along."),
        }

    def _opens_words(self):
        at = next_grant(self.policy, self.state, self.attempt)
        if at is None:
            return ""
        lang = babel_locale_parse(get_lang(self.env).code)
        time = babel_datetime(self.local(at), "EEEE d MMMM, HH:mm", locale=lang)
        return self.env._("It opens from %(time)s.", time=time)

    def local(self, at):
        return at.astimezone(ZoneInfo(self.point.venue_id.tz or "UTC"))


assert {code for code, _words in REASONS} >= {reason.value for reason in Reason}
