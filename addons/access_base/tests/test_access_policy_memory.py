from unittest.mock import patch

from odoo.fields import Command
from odoo.tools.lru import LRU

from .test_access_point_concurrent import TwoReaders

CARD = "rfid:04A1B2C3"


class TestAccessPolicyMemory(TwoReaders):
    """What is kept in memory is taken only by who would compile the same."""

    def _make(self, env):
        self.anna = env["res.partner"].create({"name": "Anna"})
        self.right = self._right(env, self.anna)
        self.card = self._cards(env, self.anna, "04A1B2C3")
        yoga = {"name": "Yoga", "access_is_program": True}
        self.program = env["calendar.event.type"].create(yoga)
        self.booking = env["calendar.event"].create(
            {
                "name": "Yoga",
                "start": "2999-01-01 08:00:00",
                "stop": "2999-01-01 09:00:00",
                "categ_ids": self.program.ids,
                "partner_ids": self.anna.ids,
            }
        )
        self.kind = env["access.ticket.type"].create({"name": "Once", "entries": 1})
        ticket = {"partner_id": self.anna.id, "type_id": self.kind.id}
        self.ticket = env["access.ticket"].create(ticket)
        self.order = env["access.order"].create(
            {
                "name": "Cleaning",
                "kind": "schedule",
                "mode": "unlocked",
                "point_ids": self.points.ids,
            }
        )
        self._subscribe(env)
        return [
            *(self.order, self.booking, self.program, self.ticket, self.card),
            *(self.plan, self.plan.pricelist_id, self.right, self.plan.template_id),
            *(self.kind, self.anna.access_person_ids, self.anna),
        ]

    def _subscribe(self, env):
        gym = env["sale.subscription.template"].create({"name": "Gym"})
        gym.access_right_ids = self.right
        prices = env["product.pricelist"].create({"name": "Plans"})
        stage = env.ref("subscription_oca.subscription_stage_in_progress")
        self.plan = env["sale.subscription"].create(
            {
                "partner_id": self.anna.id,
                "template_id": gym.id,
                "pricelist_id": prices.id,
                "stage_id": stage.id,
                "date_start": "2026-01-01",
            }
        )

    def _rules(self, reader):
        env = self.env(cr=self.cursors[reader])
        env.invalidate_all()
        return env["access.policy"], env["access.point"].browse(self.points[0].id)

    def _policy(self, reader, *tokens):
        rules, point = self._rules(reader)
        policy, _names = rules._rules_for(point, tokens or (CARD,), None)
        return policy

    def _suspend(self, reader):
        env = self.env(cr=self.cursors[reader])
        env["res.partner"].browse(self.anna.id).access_suspended = True

    def _is_suspended(self, reader):
        [person] = self._policy(reader).persons.values()
        return person.suspended

    def test_what_another_transaction_changed_counts_next(self):
        for change in (
            lambda: self.card.action_block(),
            lambda: self.right.write({"valid_to": "2999-01-01 00:00:00"}),
            lambda: self.right.write({"partner_ids": [Command.clear()]}),
            lambda: self.plan.write({"date": "2999-01-01"}),
            lambda: self.booking.write({"start": "2026-11-30 08:00:00"}),
            lambda: self.kind.write({"once_a_day": True}),
            lambda: self.ticket.action_cancel(),
            lambda: self.order.write({"mode": "locked"}),
            lambda: self.points.write({"normal_mode": "locked"}),
            lambda: self.anna.write({"access_suspended": True}),
            lambda: self.anna.write({"access_identity": "pending"}),
        ):
            before = self._policy(1)
            self.cursors[1].rollback()
            change()
            self.cursors[0].commit()
            after = self._policy(1)
            self.assertNotEqual(after, before)
            rules, point = self._rules(1)
            held, _names = rules._held(point.company_id.id, (CARD,))
            self.assertEqual(after.with_parts(**held), after)
            self.cursors[1].rollback()

    def test_second_attempt_compiles_nothing(self):
        self._policy(0)
        rules = type(self._rules(0)[0])
        with patch.object(rules, "_held", side_effect=AssertionError):
            self._policy(0)
            self.cursors[1].rollback()
            self._policy(1)

    def test_rolled_back_change_never_counts(self):
        self._suspend(0)
        self.assertTrue(self._is_suspended(0))
        self.cursors[0].rollback()
        self.assertFalse(self._is_suspended(0))

    def test_each_of_two_changes_of_one_transaction_counts(self):
        self._suspend(0)
        self.assertTrue(self._is_suspended(0))
        self.anna.access_suspended = False
        self.assertFalse(self._is_suspended(0))

    def test_late_commit_is_not_missed(self):
        self._suspend(1)  # begins first, commits last
        self.card.action_block()
        self.cursors[0].commit()
        self.assertFalse(self._is_suspended(0))
        self.cursors[1].commit()
        self.cursors[0].rollback()
        self.assertTrue(self._is_suspended(0))

    def test_who_began_before_takes_nothing_newer(self):
        self.assertFalse(self._is_suspended(1))
        self._suspend(0)
        self.cursors[0].commit()
        self.assertTrue(self._is_suspended(0))
        self.assertFalse(self._is_suspended(1))

    def test_forgotten_marks_bring_nothing_back(self):
        changes = self.env(cr=self.cursors[0])["access.policy.change"]
        forget = patch.object(type(changes), "_kept_snapshots", lambda _self: [])
        with forget:
            changes._gc_seen()
            self.cursors[0].commit()
            self.assertFalse(self._is_suspended(0))
            self._suspend(0)
            self.cursors[0].commit()
            changes._gc_seen()
            self.cursors[0].commit()
        self.assertTrue(self._is_suspended(0))

    def _jan(self, **values):
        env = self.env(cr=self.cursors[0])
        return env["res.partner"].create({"name": "Jan", **values})

    def test_card_that_changed_hands_has_another_holder(self):
        self._policy(1)
        self.cursors[1].rollback()
        self.made.append(jan := self._jan(access_suspended=True))
        self.card.partner_id = jan
        self.cursors[0].commit()
        self.assertTrue(self._is_suspended(1))

    def test_merged_contact_is_one_holder_with_both_names(self):
        env = self.env(cr=self.cursors[0])
        card = self._cards(env, self._jan(), "0499887766")
        self.made.insert(0, card)
        self.cursors[0].commit()
        rules, point = self._rules(1)
        tokens = ("rfid:0499887766",)
        _policy, names = rules._rules_for(point, tokens, None)
        self.assertEqual([len(same) for same in names.values()], [1])
        self.cursors[1].rollback()
        both = (card.partner_id | self.anna).ids
        wizard = env["base.partner.merge.automatic.wizard"]
        wizard._merge(both, self.anna)
        self.cursors[0].commit()
        _policy, names = rules._rules_for(point, tokens, None)
        self.assertEqual([len(same) for same in names.values()], [2])

    def test_unknown_cards_take_no_place(self):
        self._policy(0, "rfid:FFFFFFFF")
        rules = type(self._rules(0)[0])
        with patch.object(rules, "_held", side_effect=AssertionError):
            for number in range(10):
                self._policy(0, f"rfid:{number:08X}")

    def test_memory_is_bounded(self):
        few = LRU(3)
        caches = {**self.registry._Registry__caches, "default": few}
        with patch.object(self.registry, "_Registry__caches", caches):
            for pin in range(10):
                self._policy(0, CARD, f"pin:{pin}")
        self.assertEqual(len(few), 3)
