from itertools import chain
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .access_snapshot import Snapshot, current_snapshot

# Beyond so many changed persons the whole is no heavier, and simpler.
MOST_PERSONS = 2_000
_WHOLE = ("whole", True)


class Changes(NamedTuple):
    """What changed: of these contacts, of these rights, the venues, or everything.

    ``persons`` are numbers in the log whose contact is gone.
    """

    partners: frozenset[int] = frozenset()
    persons: frozenset[int] = frozenset()
    rights: frozenset[int] = frozenset()
    venues: bool = False
    whole: bool = False


class AccessPolicyChange(models.Model):
    """A transaction that changed the rules, so that compiled policies can be outdated.

    The row carries the transaction's number and says what changed. Who keeps a
    compiled policy keeps the database snapshot it was read in beside it; a change that
    this snapshot did not see makes the policy outdated, also when it began earlier and
    was committed later.
    """

    _name = "access.policy.change"
    _description = "Change of Access Rules"
    _auto = False
    _log_access = False

    date = fields.Datetime(readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS access_policy_change (
                id serial PRIMARY KEY,
                transaction_number xid8 NOT NULL DEFAULT pg_current_xact_id(),
                date timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
                partners int4[] NOT NULL DEFAULT '{}',
                persons int4[] NOT NULL DEFAULT '{}',
                rights int4[] NOT NULL DEFAULT '{}',
                venues boolean NOT NULL DEFAULT false,
                whole boolean NOT NULL DEFAULT false
            );
            CREATE INDEX IF NOT EXISTS access_policy_change_transaction
                ON access_policy_change (transaction_number);
            CREATE INDEX IF NOT EXISTS access_policy_change_partners
                ON access_policy_change USING gin (partners) WITH (fastupdate = off);
            CREATE INDEX IF NOT EXISTS access_policy_change_shared
                ON access_policy_change (id)
             WHERE whole OR venues OR rights <> '{}' OR persons <> '{}';
            """
        )

    def _mark(self, partners=None, rights=None, venues=None, persons=None):
        """Note that this transaction changes the rules; once for each part is enough.

        :param partners: numbers of contacts whose rights, credentials, tickets,
            bookings or state changed
        :param rights: numbers of rights that changed in themselves
        :param venues: whether what all share changed: venues, bands, zones, points,
            orders, devices
        :param persons: numbers in the log whose contact goes
        With none of these, or too many contacts to name, everything may have changed;
        an empty list is no change.
        """
        listed = {"partners": partners, "persons": persons, "rights": rights}
        parts = {
            (name, one) for name, numbers in listed.items() for one in numbers or ()
        }
        parts |= {("venues", True)} if venues else set()
        is_told = any(part is not None for part in (*listed.values(), venues))
        if not is_told or len(partners or ()) > MOST_PERSONS:
            parts = {_WHOLE}
        told = self.env.cr.precommit.data.setdefault("access.policy.change", set())
        new = set() if _WHOLE in told else parts - told
        if not new:
            return
        told |= new
        self.env.execute_query(
            SQL(
                "INSERT INTO access_policy_change"
                " (partners, persons, rights, venues, whole)"
                " VALUES (%s, %s, %s, %s, %s) RETURNING id",
                *(sorted(n for part, n in new if part == name) for name in listed),
                ("venues", True) in new,
                _WHOLE in new,
            )
        )

    def _snapshot(self):
        """Give what the current transaction sees, to be kept with what it compiles."""
        return current_snapshot(self.env)

    def _kept_snapshots(self):
        """Give the snapshots that are kept with compiled policies."""
        return []

    @api.autovacuum
    def _gc_seen(self):
        """Forget the changes that every compiled policy has seen.

        Those of a day are kept: a whole that is compiled just now, whose snapshot is
        not kept yet, may not have seen them.
        What is kept in memory under the marks there were must not be found any more.
        """
        seen = [kept.partition(" ")[2] for kept in self._kept_snapshots() if kept]
        forgotten = self.env.execute_query(
            SQL(
                """
                DELETE FROM access_policy_change
                 WHERE transaction_number < pg_snapshot_xmin(pg_current_snapshot())
                   AND date < (now() AT TIME ZONE 'utc') - interval '1 day'
                   AND transaction_number < ALL (
                           SELECT pg_snapshot_xmin(snapshot::pg_snapshot)
                             FROM unnest(%s::text[]) AS snapshot)
                RETURNING id
                """,
                seen,
            )
        )
        if forgotten:
            self.env["res.company"].search([])._access_venues_changed()

    def _since(self, snapshot):
        """Give what changed since a snapshot (``Changes``), or none.

        After a snapshot that is empty or of another cluster that is everything.
        """
        seen = Snapshot.read(snapshot)
        if seen is None or seen.cluster != Snapshot.read(self._snapshot()).cluster:
            return Changes(whole=True)
        rows = self.env.execute_query(
            SQL(
                "SELECT partners, persons, rights, venues, whole"
                "  FROM access_policy_change WHERE %s",
                seen.unseen("transaction_number"),
            )
        )
        if not rows:
            return None
        partners, persons, rights, venues, whole = zip(*rows, strict=True)
        return Changes(
            partners=frozenset(chain.from_iterable(partners)),
            persons=frozenset(chain.from_iterable(persons)),
            rights=frozenset(chain.from_iterable(rights)),
            venues=any(venues),
            whole=any(whole),
        )
