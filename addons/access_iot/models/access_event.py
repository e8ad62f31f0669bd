from odoo import models

from . import waker


class AccessEvent(models.Model):
    _inherit = "access.event"

    def _ingest(self, journal, events, is_known=False, told=None):
        new = super()._ingest(journal, events, is_known, told)
        if new:
            news = ("facts", journal.company_id.id, journal.id)
            waker.facts.after_commit(self.env.cr, news)
        return new
