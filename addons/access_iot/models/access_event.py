from odoo import models

from . import waker


class AccessEvent(models.Model):
    _inherit = "access.event"

    def _ingest(self, journal, events):
        new = super()._ingest(journal, events)
        if new:
            news = ("facts", journal.company_id.id, journal.id)
            waker.facts.after_commit(self.env.cr, news)
        return new
