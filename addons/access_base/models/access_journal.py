from itertools import takewhile

from odoo import fields, models
from odoo.tools import SQL

from ..access_policy import GENESIS, link


class AccessJournal(models.Model):
    """One unbroken row of events: that of a gateway, or of a point the ERP decides."""

    _name = "access.journal"
    _description = "Access Journal"
    _order = "name"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    nameless_count = fields.Integer(
        string="Events of Unknown Persons",
        readonly=True,
        help="They name somebody who is not known here, as after a restore from a "
        "backup of who was made between the backup and the restore.",
    )

    def _note_nameless(self, count):
        """Note that events named somebody who is not known here."""
        self.ensure_one()
        self.sudo().nameless_count += count

    def _names_known(self, company):
        """Give what changes when its holder is to be told anew of all that happened.

        Who decided by names that are not known here goes on with them until then.
        """
        return f"{company.access_facts_version}.{self.sudo().nameless_count}"

    def _head(self):
        """Give the sequence and the hash of the last event (0 and genesis: none)."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT sequence, hash FROM access_event WHERE journal_id = %s"
                " ORDER BY sequence DESC LIMIT 1",
                self.id,
            )
        )
        return rows[0] if rows else (0, GENESIS)

    def _hashes(self, sequences):
        """Give the hashes of those of the events that are in the log, by sequence."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT sequence, hash FROM access_event"
                " WHERE journal_id = %s AND sequence = ANY(%s)",
                self.id,
                list(sequences),
            )
        )
        return dict(rows)

    def _held_elsewhere(self, links):
        """Give another journal that has these events, and the last of them it has.

        A box that was copied writes on in both; what it had not sent yet comes twice.

        :param links: pairs of sequence and hash, in order
        :return: the journal, and such a pair; or ``None``
        """
        self.ensure_one()
        first, digest = links[0]
        rows = self.env.execute_query(
            SQL(
                "SELECT other.id FROM access_journal AS other"
                "  JOIN access_event AS event ON event.journal_id = other.id"
                "   AND event.sequence = %s"
                " WHERE other.company_id = %s AND other.id != %s AND event.hash = %s",
                first,
                self.company_id.id,
                self.id,
                digest,
            )
        )
        if not rows:
            return None
        other = self.browse(rows[0])
        held = other._hashes([sequence for sequence, _digest in links])
        known = takewhile(lambda pair: held.get(pair[0]) == pair[1], links)
        return other, list(known)[-1]

    def _append(self, *events, is_known=False):
        """Record events that the ERP itself decided (each a ``PassageEvent``).

        :param is_known: as ``access.event._ingest`` takes it
        """
        sequence, digest = self._head()
        rows = []
        for number, event in enumerate(events, sequence + 1):
            record = event.record(number)
            digest = link(digest, record)
            rows.append((record, digest))
        self.env["access.event"]._ingest(self, rows, is_known)
