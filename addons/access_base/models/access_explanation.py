from dataclasses import replace
from datetime import timezone
from typing import NamedTuple

from odoo import models

from ..access_policy import Decision, Layer, Mode, Reason, decide
from ..access_policy.model import Combination
from ..access_policy.outlook import next_grant
from .access_explanation_right import RightWords
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
        about = _About(self.env, policy, state, attempt, partner, point)
        return Explanation(
            about.decision, about.verdict(), list(about.steps()), about.advice()
        )


class _About:
    """One decision, with all that its words need."""

    def __init__(self, env, policy, state, attempt, partner, point):
        self.env = env
        self.point = point.sudo()
        self.partner = partner
        self.policy = policy
        self.state = state
        self.attempt = attempt
        self.asks_pin = policy.mode_at(attempt.point, attempt.at) is Mode.CONTROLLED_PIN
        # Nobody types their PIN to ask why: the answer is for who types it right.
        self.rules = _without_pin(policy) if self.asks_pin else policy
        self.decision = decide(self.rules, state, attempt, trace=True)
        self.words = RightWords(env, policy, state, attempt, self.decision, self.point)
        self.reasons = self.words.reasons

    def verdict(self):
        words = self.reasons[self.decision.reason.value]
        if self.decision.granted:
            return self.env._("May pass: %(reason)s", reason=words)
        return self.env._("May not pass: %(reason)s", reason=words)

    def steps(self):
        """Yield a sentence for each rule that was looked at and says something."""
        told = set()
        for step in self.decision.trace:
            told.add(step.found)
            if sentence := self._sentence(step):
                yield sentence, step.found
        for warning in self.decision.warnings:
            if warning not in told:
                yield self.env._("Warning: %s", self.reasons[warning.value]), warning

    def _sentence(self, step):
        if step.check in _LINES_OF_RIGHTS:
            return self.words.objection(step)
        tell = getattr(self, f"_of_{step.check}", None)
        if tell is None:
            return step.found and self.reasons[step.found.value]
        return tell(step)

    # -- a sentence for each check; none where there is nothing to say ----------------

    def _of_point_mode(self, step):
        modes = dict(self.point._fields["normal_mode"]._description_selection(self.env))
        mode = self.policy.mode_at(self.attempt.point, self.attempt.at)
        values = {
            "point": self.point.name,
            "mode": modes[mode.value],
            "time": self.words.time(self.attempt.at),
        }
        key = self.policy.order_at(self.attempt.point, self.attempt.at)
        if key is None:
            words = self.env._("%(point)s on %(time)s: %(mode)s.", **values)
        else:
            order = self.env["access.order"].sudo().browse(key)
            values["cause"] = self.point._cause_words(order)
            words = self.env._("%(point)s on %(time)s: %(mode)s (%(cause)s).", **values)
        return " ".join(filter(None, (words, self._asked_here())))

    def _asked_here(self):
        """Say what the point asks for besides the right."""
        asks = []
        if self.asks_pin:
            asks.append(self.env._("The PIN is asked for as well."))
        match self.rules.points[self.attempt.point].combination:
            case Combination.BOTH:
                asks.append(
                    self.env._("A right of the plan and one of the device are needed.")
                )
            case Combination.RECORD:
                asks.append(self.env._("It only records, and refuses nobody."))
        return " ".join(asks)

    def _of_interlocks_shut(self, step):
        if step.found is None:
            return None
        names = ", ".join(self.point.interlock_point_ids.mapped("name"))
        return self.env._("A door that must be shut is open: %(doors)s.", doors=names)

    def _of_credential_known(self, step):
        if step.found is None:
            return None
        return self.env._("Nobody is known by this card or code.")

    def _of_credential_valid(self, step):
        if not self.decision.credential:
            return self.env._("Looked at without a certain card or code.")
        credential = self.env["access.credential"].sudo()
        credential = credential.browse(self.decision.credential)
        name = credential._short_name()
        since = {
            Reason.CREDENTIAL_NOT_YET_VALID: credential.valid_from,
            Reason.CREDENTIAL_EXPIRED: credential.valid_to,
        }.get(step.found)
        if step.found is None:
            return self.env._("%(credential)s is good.", credential=name)
        words = self.reasons[step.found.value]
        if not since:
            return f"{name}: {words}."
        time = self.words.time(since.replace(tzinfo=timezone.utc))
        return f"{name}: {words} ({time})."

    def _of_person_not_suspended(self, step):
        name = self.partner.display_name
        if step.found is None:
            return self.env._("%(person)s is not suspended.", person=name)
        if not self.partner.active and not self.partner.access_suspended:
            return self.env._("%(person)s is archived.", person=name)
        return self.env._("%(person)s is suspended.", person=name)

    def _of_identity_checked(self, step):
        if step.found is None:
            return None
        name = self.partner.display_name
        return self.env._("Nobody has checked yet who %(person)s is.", person=name)

    def _of_deny_rights(self, step):
        if step.found is None:
            return None
        return self.env._("Refused by: %(right)s.", right=self.words.right(step.right))

    def _of_allow_rights(self, step):
        if step.found is None:
            return self.words.opening(step.right)
        if step.found is Reason.NO_RIGHT:
            values = {"person": self.partner.display_name, "point": self.point.name}
            if self._is_device_right_alone():
                return self.env._("No right of a plan covers %(point)s.", **values)
            return self.env._("No right of %(person)s covers %(point)s.", **values)
        if step.found is Reason.EXIT_NOT_PAID:
            return self.env._(
                "%(point)s lets nobody out but by a right for this point.",
                point=self.point.name,
            )
        if step.found is Reason.NOT_AT_THIS_DEVICE:
            name = self.words.right(step.right)
            return self.env._(
                "%(right)s holds, but no right of the device does.", right=name
            )
        return None

    def _is_device_right_alone(self):
        """Tell whether both are needed here and only the device's right is there."""
        person = self.rules.persons.get(self.decision.person)
        held = {grant.right for grant in person.rights} if person else set()
        return self.rules.points[
            self.attempt.point
        ].combination is Combination.BOTH and (
            any(self.rules.rights[key].layer is Layer.DEVICE for key in held)
        )

    def _of_no_passback(self, step):
        if step.found is None:
            return None
        presence = self.state.presence[self.decision.person]
        return self.env._(
            "Inside already: in %(zone)s since %(time)s, and no exit was seen.",
            zone=self.env["access.zone"].sudo().browse(presence.zone).name,
            time=self.words.time(presence.time),
        )

    def _of_room_in_zone(self, step):
        if step.found is None:
            return None
        zones = self.env["access.zone"].sudo()
        zones = zones.browse(self.rules.ways[self.attempt.point].enters)
        full = zones.filtered("capacity").sorted("capacity")[:1]
        return self.env._(
            "%(zone)s is full: there is room for %(capacity)s.",
            zone=full.name,
            capacity=full.capacity,
        )

    def _of_second_person(self, step):
        if step.found is None:
            return None
        return self.env._("Two must come, one right after the other.")

    def _of_granted(self, step):
        return None

    # -- what would help --------------------------------------------------------------

    def advice(self):
        """Say what would let the person in, also to themselves."""
        if self.decision.granted:
            return self._pin_words()
        remedy = self._remedy(self.decision.reason)
        return " ".join(filter(None, (remedy, self._opens_words())))

    def _pin_words(self):
        return self._remedy(Reason.PIN_MISSING) if self.asks_pin else ""

    def _remedy(self, reason):
        """Say what helps against a refusal, in words that members may read, too."""
        remedies = self._remedies_at_the_door() | self._remedies_of_rights()
        return remedies.get(reason, "")

    def _remedies_at_the_door(self):
        return {
            Reason.POINT_LOCKED: self.env._(
                "The door is locked for everybody at this time."
            ),
            Reason.POINT_LOCKDOWN: self.env._(
                "The door is locked for everybody at this time."
            ),
            Reason.POINT_INTERLOCKED: self.env._("Wait until the other door is shut."),
            Reason.CREDENTIAL_BLOCKED: self.env._(
                "Ask reception about the blocked card."
            ),
            Reason.CREDENTIAL_LOST: self.env._(
                "The card is reported lost: ask for a new one."
            ),
            Reason.CREDENTIAL_RETURNED: self.env._(
                "The card was given back: ask for a new one."
            ),
            Reason.CREDENTIAL_EXPIRED: self.env._(
                "The card has expired: ask for a new one."
            ),
            Reason.CREDENTIAL_UNKNOWN: self.env._(
                "No card or code is known: ask reception."
            ),
            Reason.PERSON_SUSPENDED: self.env._("Please speak with reception."),
            Reason.IDENTITY_UNCHECKED: self.env._(
                "Show an identity document at reception."
            ),
            Reason.PIN_LOCKED: self.env._(
                "Use a card, or wait some minutes before typing a PIN again."
            ),
            Reason.PIN_MISSING: self.env._(
                "Hold the card to the reader, then type the PIN."
            ),
        }

    def _remedies_of_rights(self):
        return {
            Reason.DENIED: self.env._("Please speak with reception."),
            Reason.NO_RIGHT: self.env._(
                "A plan, ticket or booking for this place is needed."
            ),
            Reason.RIGHT_EXPIRED: self.env._("The right has ended: renew it."),
            Reason.PLAN_ENDED: self.env._("The plan has ended: renew it."),
            Reason.PLAN_PAUSED: self.env._("The plan is paused: let it go on."),
            Reason.PLAN_UNPAID: self.env._("Pay the open invoice of the plan."),
            Reason.NOT_AT_THIS_DEVICE: self.env._(
                "This door is closed to the plan now."
            ),
            Reason.EXIT_NOT_PAID: self.env._("Please go to the cash desk first."),
            Reason.NO_TICKET: self.env._("A ticket with entries left is needed."),
            Reason.LIMIT_REACHED: self.env._("All entries of this month are used up."),
            Reason.ANTI_PASSBACK: self.env._(
                "The exit was not seen: ask reception to note it."
            ),
            Reason.ZONE_FULL: self.env._("Wait until somebody leaves."),
            Reason.SECOND_PERSON_NEEDED: self.env._("A second person must come along."),
        }

    def _opens_words(self):
        at = next_grant(self.rules, self.state, self.attempt)
        if at is None:
            return ""
        return self.env._("It opens from %(time)s.", time=self.words.time(at))


def _without_pin(policy):
    """Give the rules with no point that asks for a PIN."""

    def lighter(one):
        if one.mode is Mode.CONTROLLED_PIN:
            return replace(one, mode=Mode.CONTROLLED)
        return one

    return policy.with_parts(
        points={key: lighter(point) for key, point in policy.points.items()},
        orders={key: lighter(order) for key, order in policy.orders.items()},
    )


assert {code for code, _words in REASONS} >= {reason.value for reason in Reason}
