from ..access_policy import PassageEvent, link
from .common import AccessCommon


class LogCommon(AccessCommon):
    """Builds events as gateways send them, and state as the log has it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bands = cls._band("Day", (0, 8, 16)) | cls._band("Night", (0, 16, 24))
        cls.rights = cls._right() | cls._right(name="Pool")
        cls.sauna = cls._zone("Sauna")
        cls.bob = cls.env["res.partner"].create({"name": "Bob Lis"})
        (cls.anna | cls.bob)._ensure_access_person()
        cls.persons = (cls.anna | cls.bob).access_person_ids
        cls.journal = cls.env["access.journal"].create({"name": "Gateway"})

    def _event(self, minute=0, **values):
        """An event of Anna's entry, which used up one and led into the gym."""
        return PassageEvent(
            **{
                "time": f"2026-11-21T07:{minute:02}:00.000Z",
                "point": self.turnstile.id,
                "granted": True,
                "reason": "right",
                "person": self.persons[0].id,
                "right": self.rights[0].id,
                "band": self.bands[0].id,
                "day": "2026-11-21",
                "zone": self.gym.id,
                **values,
            }
        )

    def _rows(self, events, journal=None):
        """Give events as they follow one another in a journal."""
        sequence, digest = (journal or self.journal)._head()
        rows = []
        for number, event in enumerate(events, sequence + 1):
            record = event.record(number)
            digest = link(digest, record)
            rows.append((record, digest))
        return rows

    def _send(self, *events, journal=None):
        journal = journal or self.journal
        rows = self._rows(events, journal)
        return self.env["access.event"]._ingest(journal, rows)

    def _plant(self, query, *values):
        """Do to the log what its trigger forbids."""
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE access_event DISABLE TRIGGER USER")
        self.env.cr.execute(query, values)
        self.env.cr.execute("ALTER TABLE access_event ENABLE TRIGGER USER")
        self.env.invalidate_all()
