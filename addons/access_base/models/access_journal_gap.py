from odoo import fields, models
from odoo.tools import SQL


class AccessJournalGap(models.Model):
    """Numbers of a journal that the log will never have, as who wrote it tells.

    The ERP was restored from a backup, and the gateway does not have the events any
    more either. ``hash`` is that of the last missing one: the chain goes on from it.
    """

    _name = "access.journal.gap"
    _description = "Missing Events"
    _order = "journal_id, first"
    _rec_name = "first"

    journal_id = fields.Many2one(
        "access.journal", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="journal_id.company_id", store=True, index=True
    )
    first = fields.Integer(string="From Number", required=True, readonly=True)
    last = fields.Integer(string="To Number", required=True, readonly=True)
    hash = fields.Char(required=True, readonly=True)
    create_date = fields.Datetime(string="Told On", readonly=True)

    _last_unique = models.Constraint(
        "UNIQUE (journal_id, last)", "Missing events are noted once."
    )
    _in_order = models.Constraint("CHECK (0 < first AND first <= last)", "No gap.")


class AccessJournal(models.Model):
    _inherit = "access.journal"

    gap_ids = fields.One2many(
        "access.journal.gap", "journal_id", string="Missing Events", readonly=True
    )

    def _end(self):
        """Give the sequence and hash that the next event must follow, told gaps too."""
        gap = self.env["access.journal.gap"].search_fetch(
            [("journal_id", "=", self.id)], ["last", "hash"], order="last desc", limit=1
        )
        head = self._head()
        return (gap.last, gap.hash) if gap.last > head[0] else head

    def _note_gap(self, last, digest):
        """Note that events up to a number will never come; give the first of them."""
        self.ensure_one()
        first = self._end()[0] + 1
        values = {"journal_id": self.id, "first": first, "last": last, "hash": digest}
        self.env["access.journal.gap"].create(values)
        return first

    def _gap_hashes(self):
        """Give by number the hashes of the last missing events."""
        rows = self.env.execute_query(
            SQL(
                "SELECT last, hash FROM access_journal_gap WHERE journal_id = %s",
                self.id,
            )
        )
        return dict(rows)
