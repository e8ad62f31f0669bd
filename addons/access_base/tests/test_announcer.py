import queue

from odoo.tests import BaseCase

from ..models.announcer import Announcer


class TestAnnouncer(BaseCase):
    def _announcer(self, interval):
        told = queue.Queue()
        return Announcer(told.put, interval), told

    def test_news_is_told(self):
        announcer, told = self._announcer(interval=60)
        announcer.news("db")
        self.assertEqual(told.get(timeout=5), "db")

    def test_burst_is_told_at_once_and_once_more(self):
        announcer, told = self._announcer(interval=0.2)
        for _event in range(100):
            announcer.news("db")
        told.get(timeout=5)
        for _event in range(100):
            announcer.news("db")
        told.get(timeout=5)
        with self.assertRaises(queue.Empty):
            told.get(timeout=0.5)

    def test_databases_do_not_wait_for_each_other(self):
        announcer, told = self._announcer(interval=60)
        announcer.news("one")
        announcer.news("other")
        self.assertEqual({told.get(timeout=5) for _ in range(2)}, {"one", "other"})
