import time
from unittest.mock import patch

from odoo.addons.access_base.access_policy.event import record_of

from ..models import waker
from .common import GatewayCommon


class TestWake(GatewayCommon):
    """Whom a commit wakes. Who may listen is in ``tests/e2e/test_push.py``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.annex = cls.env["access.gateway"].create({"name": "Annex"})
        company = cls.env["res.company"].create({"name": "Other"})
        cls.foreign = cls.env["access.gateway"].create(
            {"name": "Foreign", "company_id": company.id}
        )

    def setUp(self):
        super().setUp()
        self.env.cr.postcommit.clear()

    def _news(self):
        """Give the news after the commit of what was done, without telling them."""
        told = []
        for one in (waker.pressing, waker.facts):
            self.enterContext(
                patch.object(one, "news", lambda _database, news: told.extend(news))
            )
        self.env.flush_all()
        self.env.cr.postcommit.run()
        return told

    def _woken(self, *news):
        """Give the names of the gateways that news are for."""
        self.env["access.gateway"]._wake(news)
        channels = self.env.cr.postcommit.data.pop("bus.bus.channels")
        self.env.cr.postcommit.clear()
        ids = [number for _database, model, number in channels]
        ours = self.gateway + self.annex + self.foreign
        return set(self.env["access.gateway"].browse(ids) & ours)

    def test_a_change_of_the_rules_is_news(self):
        self._right()
        self.assertEqual(self._news(), [waker.RULES])

    def test_many_changes_are_one_piece_of_news(self):
        self._right()
        self._card()
        self.turnstile.name = "Gate"
        self.assertEqual(self._news(), [waker.RULES])

    def test_a_command_is_news_for_its_gateway(self):
        self._pair()
        self.gateway._report(0, {}, [])
        self.env.cr.postcommit.clear()
        self.turnstile.action_release()
        self.assertEqual(self._news(), [("gateway", self.gateway.id)])

    def test_an_event_is_news_of_its_journal(self):
        journal = self.gateway.journal_id
        sent = [(record_of(one), one["hash"]) for one in self._journal({})]
        self.env["access.event"]._ingest(journal, sent)
        expected = ("facts", self.env.company.id, journal.id)
        self.assertIn(expected, self._news())

    def test_an_event_that_was_there_is_no_news(self):
        journal = self.gateway.journal_id
        sent = [(record_of(one), one["hash"]) for one in self._journal({})]
        self.env["access.event"]._ingest(journal, sent)
        self.env.cr.postcommit.clear()
        self.env["access.event"]._ingest(journal, sent)
        self.assertEqual(self._news(), [])

    def test_who_is_cut_off_is_to_find_out(self):
        self.gateway.action_cut_off()
        self.assertIn(("gateway", self.gateway.id), self._news())

    def test_what_was_rolled_back_is_no_news(self):
        self._right()
        self.env.cr.postcommit.clear()  # as a rollback does
        self.assertEqual(self._news(), [])

    def test_rules_are_for_all(self):
        every = {self.gateway, self.annex, self.foreign}
        self.assertEqual(self._woken(waker.RULES), every)

    def test_an_archived_gateway_is_to_find_out_that_it_is(self):
        self.annex.active = False
        self.assertIn(self.annex, self._woken(waker.RULES))

    def test_a_command_is_for_one(self):
        self.assertEqual(self._woken(("gateway", self.annex.id)), {self.annex})

    def test_what_one_gateway_told_is_for_the_others_of_its_company(self):
        news = ("facts", self.env.company.id, self.gateway.journal_id.id)
        self.assertEqual(self._woken(news), {self.annex})

    def test_waking_leaves_nothing_in_the_table_of_the_bus(self):
        before = self.env["bus.bus"].search_count([])
        self._woken(waker.RULES)
        self.env.cr.precommit.run()
        self.assertEqual(self.env["bus.bus"].search_count([]), before)

    def test_news_in_quick_succession_are_told_together(self):
        told = []
        one = waker.Waker("test", 0.2)
        with patch.object(one, "_announcer") as announcer:
            one.news("db", [("gateway", 1)])
            one.news("db", [("gateway", 2), ("gateway", 1)])
            self.assertEqual(announcer.news.call_count, 2)
        with (
            patch.object(waker, "Registry"),
            patch.object(waker.api, "Environment"),
            patch.object(waker.module, "current_test", None),
        ):
            gateways = waker.api.Environment.return_value.__getitem__.return_value
            gateways._wake.side_effect = told.append
            one._tell("db")
            one._tell("db")
        self.assertEqual(told, [{("gateway", 1), ("gateway", 2)}])

    def test_the_first_news_are_told_at_once(self):
        told = []
        one = waker.Waker("test", 600)
        with patch.object(one._announcer, "_tell", lambda *_key: told.append(1)):
            one.news("db", [waker.RULES])
            deadline = time.monotonic() + 10
            while not told and time.monotonic() < deadline:
                time.sleep(0.01)
        self.assertTrue(told)
