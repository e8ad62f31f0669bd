from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import access_rehearsal_replay, access_stepwise, access_verify
from .log_common import LogCommon
from .test_access_rehearsal import RehearsalCommon


class SmallSteps:
    """One passage a step."""

    def setUp(self):
        super().setUp()
        for module, name, value in (
            (access_stepwise, "STEP_SECONDS", 0),
            (access_verify, "FETCHED_AT_ONCE", 1),
            (access_rehearsal_replay, "PAGE", 1),
            (access_rehearsal_replay, "LINES", 1),
        ):
            self.enterContext(patch.object(module, name, value))


class TestCheckInSteps(SmallSteps, LogCommon):
    def setUp(self):
        super().setUp()
        self.other = self.env["access.journal"].create({"name": "Other"})
        for journal in (self.journal, self.other):
            self._send(*(self._event(n) for n in range(3)), journal=journal)
        self.auditor = self._user("auditor")
        self.check = self.env["access.check"].with_user(self.auditor).create({})

    def test_steps_tell_how_far_it_is(self):
        action = self.check.action_check()
        self.assertEqual(
            action["params"], {"model": "access.check", "id": self.check.id}
        )
        answers = self._step_through(self.check)
        count = self.check.event_count
        # the passages, the end of the log, three comparisons, the words
        self.assertEqual([one["done"] for one in answers[:3]], [1, 2, 3])
        self.assertEqual(len(answers), count + 5)
        self.assertEqual({one["total"] for one in answers}, {count})
        self.assertEqual(self.check.state, "whole")
        self.assertEqual(answers[-1]["next"]["res_id"], self.check.id)

    def test_steps_find_what_all_at_once_finds(self):
        self._plant("UPDATE access_event SET hash = 'x' WHERE sequence >= 2")
        self.env.cr.execute("DELETE FROM access_presence")
        self.check.action_check()
        self._step_through(self.check)
        words = self.check.words
        verify = self.env["access.verify"]
        with patch.object(access_verify, "FETCHED_AT_ONCE", 1000):
            at_once = verify._breaks(self.env.companies)
        self.assertIn("Other breaks at number 2", words)
        for line in map(verify._break_words, at_once):
            self.assertEqual(words.count(str(line)), 1)
        self.assertEqual(words.count("breaks at"), len(at_once))
        self.assertTrue(self.check.is_different)

    def test_what_comes_meanwhile_is_no_break(self):
        self.check.action_check()
        self.check.action_step()
        self._send(self._event(9), journal=self.other)
        self._step_through(self.check)
        self.assertEqual(self.check.state, "whole")

    def test_stopped_work_is_over(self):
        self.check.action_check()
        self.check.action_step()
        self.assertEqual(self.check.action_stop()["res_id"], self.check.id)
        self.assertEqual(self.check.state, "new")
        with self.assertRaisesRegex(UserError, "was stopped"):
            self.check.action_step()

    def test_what_a_step_goes_by_is_said_by_nobody(self):
        self.check.action_check()
        for field in ("progress", "progress_base"):
            with self.assertRaises(AccessError):
                self.check.write({field: "{}"})
            with self.assertRaises(AccessError):
                self.check.read([field])
        with self.assertRaises(AccessError):
            self.check.create({"progress": "{}"})

    def test_each_step_asks_who_it_is(self):
        self.check.action_check()
        self.auditor.group_ids = self.env.ref("access_base.group_user")
        for method in ("action_step", "action_stop"):
            with self.assertRaises(AccessError):
                getattr(self.check, method)()

    def test_companies_are_those_of_the_begin(self):
        count = self.check.action_check() and len(self._step_through(self.check))
        self.check.action_check()
        none = self.check.with_context(allowed_company_ids=[])
        self.assertEqual(len(self._step_through(none)), count)


@tagged("post_install", "-at_install")
class TestReplayInSteps(SmallSteps, RehearsalCommon):
    def setUp(self):
        super().setUp()
        self.band = self._band("Day time", *((day, 6, 22) for day in range(7)))
        self.right = self._right(bands=[(self.band, 8)])
        for day in range(10, 16):
            self._came(f"2026-11-{day} 07:30", f"2026-11-{day} 09:30")
        self._came("2026-11-21 07:30", partner=self.bob, reason="no_right")
        self.rehearsal = self._rehearse(self.right)
        self.rehearsal._draft().band_line_ids.monthly_limit = 4

    def test_steps_count_as_all_at_once_does(self):
        """Of six days four are good: what was used up goes from step to step."""
        [anna] = self._changes(self.rehearsal)
        self.assertEqual(anna[1:3], ("Anna Nowak", 4))
        lines = self.rehearsal.line_ids
        told = (lines.day_count, str(lines.last_date), lines.event_ids)
        with patch.object(access_rehearsal_replay, "PAGE", 1000):
            self.assertEqual(self._changes(self.rehearsal), [anna])
        lines = self.rehearsal.line_ids
        self.assertEqual((lines.day_count, str(lines.last_date), lines.event_ids), told)

    def test_steps_tell_how_far_it_is(self):
        self.assertEqual(
            [(one["done"], one["total"]) for one in self._play(self.rehearsal)[:3]],
            [(0, 13), (1, 13), (2, 13)],
        )
        self.assertEqual(self.rehearsal.passage_count, 13)

    def test_rules_and_passages_are_those_of_the_begin(self):
        self.rehearsal.action_replay()
        self.rehearsal.action_step()
        self._came("2026-11-22 07:30")
        self.right.partner_ids = self.bob
        self.rehearsal.date_from = "2026-11-20"
        self._step_through(self.rehearsal)
        self.assertEqual(self.rehearsal.passage_count, 13)
        self.assertEqual(self.rehearsal.line_ids.partner_id, self.anna)

    def test_stopped_replay_leaves_the_result_of_before(self):
        self._play(self.rehearsal)
        self.rehearsal.action_replay()
        for _step in range(3):
            self.rehearsal.action_step()
        self.rehearsal.action_stop()
        self.assertEqual(
            (self.rehearsal.state, self.rehearsal.refused_count), ("played", 1)
        )
        self.assertFalse(self.rehearsal.sudo().progress_base)

    def test_rehearsal_that_was_dropped_meanwhile_is_over(self):
        self.rehearsal.action_replay()
        self.rehearsal.action_step()
        self.rehearsal.action_drop()
        with self.assertRaisesRegex(UserError, "over"):
            self.rehearsal.action_step()
