import threading
from collections.abc import Hashable
from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.modules import module
from odoo.modules.registry import Registry

from odoo.addons.access_base.models.announcer import Announcer

# Staff changed a rule or gave a command: a second is all the time there is until it
# decides at the reader, so what comes in quick succession waits no longer than this.
PRESSING = 0.2
# Passages elsewhere: there may be many a second, all day long.
FACTS = 0.5

# The news that the rules have changed, which any gateway may be the one to carry out.
RULES = ("rules",)


class Waker:
    """Wakes gateways after a commit: the first at once, then once in an interval.

    What is new meanwhile is collected: each gateway is woken once for all of it.
    """

    def __init__(self, name: str, interval: float):
        self._name = f"access_iot.waker.{name}"
        self._announcer = Announcer(self._tell, interval)
        self._lock = threading.Lock()
        self._new: dict[str, set[Hashable]] = {}

    def after_commit(self, cr, *news: Hashable) -> None:
        """Wake whom news concern (as ``access.gateway._wake`` has them) in time."""
        collected = cr.postcommit.data.get(self._name)
        if collected is None:
            collected = cr.postcommit.data[self._name] = set()
            cr.postcommit.add(partial(self._committed, cr))
        collected.update(news)

    def _committed(self, cr) -> None:
        news = cr.postcommit.data.pop(self._name, ())
        # Not while modules are installed: that may end before it is told.
        if Registry(cr.dbname).ready:
            self.news(cr.dbname, news)

    def news(self, database: str, news) -> None:
        with self._lock:
            self._new.setdefault(database, set()).update(news)
        self._announcer.news(database)

    def _tell(self, database: str) -> None:
        with self._lock:
            news = self._new.pop(database, None)
        # The cursor would be that of the test: the bus itself is silent in tests too.
        if not news or module.current_test:
            return
        with Registry(database).cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["access.gateway"]._wake(news)


pressing, facts = Waker("pressing", PRESSING), Waker("facts", FACTS)
