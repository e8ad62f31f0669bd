from itertools import chain
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL


class Changes(NamedTuple):
    """What changed: of these contacts, of these rights, the venues, or everything."""

    partners: frozenset[int] = frozenset()
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
                rights int4[] NOT NULL DEFAULT '{}',
                venues boolean NOT NULL DEFAULT false,
                whole boolean NOT NULL DEFAULT false
            )
            """
        )

    def _mark(self, partners=(), rights=(), venues=False):
        """Note that this transaction changes the rules; once for each part is enough.

        :param partners: numbers of contacts of whom rights, credentials, tickets,
            bookings or state changed
        :param rights: numbers of rights that changed in themselves
        :param venues: whether what all share changed: venues, bands, zones, points,
            orders, devices
        With none of these everything may have changed.
        """
        whole = not (partners or rights or venues)
        told = self.env.cr.precommit.data.setdefault("access.policy.change", set())
        if "whole" in told:
            return
        parts = {("partners", one) for one in partners} | {
            ("rights", o) for o in rights
        }
        parts |= {"venues"} if venues else set()
        parts |= {"whole"} if whole else set()
        new = parts - told
        if not new:
            return
        told |= new
        self.env.execute_query(
            SQL(
                "INSERT INTO access_policy_change (partners, rights, venues, whole)"
                " VALUES (%s, %s, %s, %s) RETURNING id",
                [one for one in partners if ("partners", one) in new],
                [one for one in rights if ("rights", one) in new],
                "venues" in new,
                whole,
            )
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
        """Give what changed since a snapshot (``Changes``), or none.

        After a snapshot that is empty or of another cluster that is everything.
        """
        cluster, _space, seen = (snapshot or "").partition(" ")
        if not seen or cluster != self._snapshot().partition(" ")[0]:
            return Changes(whole=True)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partners, rights, venues, whole
                  FROM access_policy_change
                 WHERE transaction_number >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
                   AND NOT pg_visible_in_snapshot(
                           transaction_number, %(seen)s::pg_snapshot)
                """,
                seen=seen,
            )
        )
        if not rows:
            return None
        partners, rights, venues, whole = zip(*rows, strict=True)
        return Changes(
            frozenset(chain.from_iterable(partners)),
            frozenset(chain.from_iterable(rights)),
            any(venues),
            any(whole),
        )
