from odoo import api, fields, models
from odoo.tools import SQL


class AccessPolicyChange(models.Model):
    """A transaction that changed the rules, so that compiled policies can be outdated.

    The row carries the transaction's number. Who keeps a compiled policy keeps the
    database snapshot it was read in beside it; a change that this snapshot did not see
    makes the policy outdated, also when it began earlier and was committed later.
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
                date timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc')
            )
            """
        )

    def _mark(self):
        """Note that this transaction changes the rules; once is enough."""
        noted = self.env.cr.precommit.data.setdefault("access.policy.change", set())
        if not noted:
            noted.add(True)
            self.env.execute_query(
                SQL("INSERT INTO access_policy_change DEFAULT VALUES RETURNING id")
            )

    def _snapshot(self):
        """Give what the current transaction sees, to be kept with what it compiles.

        The number of the database cluster is part of it: after a move to another one
        transaction numbers begin anew and say nothing.
        """
        [(snapshot,)] = self.env.execute_query(
            SQL(
                "SELECT system_identifier || ' ' || pg_current_snapshot()"
                " FROM pg_control_system()"
            )
        )
        return snapshot

    def _kept_snapshots(self):
        """Give the snapshots that are kept with compiled policies."""
        return []

    @api.autovacuum
    def _gc_seen(self):
        """Forget the changes that every compiled policy has seen."""
        seen = [kept.partition(" ")[2] for kept in self._kept_snapshots() if kept]
        self.env.execute_query(
            SQL(
                """
                DELETE FROM access_policy_change
                 WHERE transaction_number < pg_snapshot_xmin(pg_current_snapshot())
                   AND transaction_number < ALL (
                           SELECT pg_snapshot_xmin(snapshot::pg_snapshot)
                             FROM unnest(%s::text[]) AS snapshot)
                RETURNING id
                """,
                seen,
            )
        )

    def _since(self, snapshot):
        """Tell whether the rules changed since a snapshot (empty: never compiled)."""
        cluster, _space, seen = (snapshot or "").partition(" ")
        if not seen or cluster != self._snapshot().partition(" ")[0]:
            return True
        [(changed,)] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM access_policy_change
                     WHERE transaction_number >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
                       AND NOT pg_visible_in_snapshot(
                               transaction_number, %(seen)s::pg_snapshot)
                )
                """,
                seen=seen,
            )
        )
        return changed
