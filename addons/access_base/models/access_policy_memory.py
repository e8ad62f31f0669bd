from typing import NamedTuple

from odoo import fields, models, tools
from odoo.tools import SQL

from ..access_policy.document import sections_of


class Marks(NamedTuple):
    """The marks of changes that a transaction sees, as far as they concern an attempt.

    ``version`` is that of the company's rules, ``shared`` the number of marks that may
    concern everybody, ``own`` those of the holders of what was read.
    """

    version: int
    shared: int
    own: tuple[int, ...]
    holders: tuple[int, ...]
    is_changing: bool


class AccessPolicy(models.AbstractModel):
    """What is kept in memory between attempts, and why it can't be outdated.

    Whatever outdates rules is marked in the same transaction (``access.policy.change``,
    what gateways rely on as well), so who sees the same marks sees the same rules. What
    was compiled is kept under the marks that its transaction saw, and each attempt asks
    for them in its own snapshot. Marks only ever come, and their numbers are never used
    again; who forgets some draws a version of the rules that there never was. A
    transaction with marks of its own keeps nothing and takes nothing kept: it marks a
    part once and may go on changing it. What comes near unmarked (bookings, holidays)
    was compiled for weeks to come: it is kept for a day, as by gateways.
    """

    _inherit = "access.policy"

    def _rules_for(self, point, tokens, person):
        """Give the rules that decide about these tokens, or this person, at a point.

        Beside them all names in the log of each of the persons, by the one they have
        in the rules.
        """
        company, today = point.company_id.sudo(), fields.Date.today()
        marks = self._marks(company, tokens, person)
        venues = self._venue_policy(company.id, marks.version, today)
        if marks.is_changing:
            orders = self._orders_at(point.id)
            held, names = self._held(company.id, tokens, person)
        else:
            seen = (marks.version, marks.shared, today)
            orders = self._kept_orders(point.id, seen)
            # What nobody holds is not worth a place in memory.
            asked = (company.id, tokens, person) if marks.holders else (company.id,)
            held, names = self._kept_held(asked, (*seen, marks.own))
        return venues.with_parts(orders=orders, **held), names

    def _marks(self, company, tokens, person):
        holders = SQL(_HOLDERS_OF_TOKENS, company.id, list(tokens))
        if person:
            holders = SQL("%s UNION %s", holders, SQL(_HOLDER_OF_NAME, person))
        self.env.cr.execute(SQL(_MARKS, company=company.id, holders=holders))
        version, shared, own, holders, is_changing = self.env.cr.fetchone()
        return Marks(version, shared, tuple(own), tuple(holders), is_changing)

    @tools.ormcache("point_id", "seen")
    def _kept_orders(self, point_id, seen):  # pylint: disable=unused-argument
        return self._orders_at(point_id)

    @tools.ormcache("asked", "seen")
    def _kept_held(self, asked, seen):  # pylint: disable=unused-argument
        return self._held(*asked)

    def _orders_at(self, point_id):
        point = self.env["access.point"].browse(point_id)
        # Also of those that must be shut: they may stand open.
        points = point | point.interlock_point_ids
        return sections_of({"orders": self._order_entries(points)})["orders"]

    def _held(self, company_id, tokens=(), person=None):
        """Compile credentials, the persons who hold them, and the rights of these."""
        company = self.env["res.company"].sudo().browse(company_id)
        credentials = dict(self._credential_entries(company, tokens=tokens))
        person_ids = {one["person"] for entry in credentials.values() for one in entry}
        person_ids |= {person} if person else set()
        persons = dict(self._person_entries(company, list(person_ids)))
        rights = self._right_entries(company, _granted(persons), with_everyones=True)
        document = {
            "rights": dict(rights),
            "persons": persons,
            "credentials": credentials,
        }
        sections = sections_of(document)
        names = self.env["access.person"]._names(sections["persons"])
        return {name: sections[name] for name in document}, names


def _granted(persons):
    """Give the numbers of the rights that entries of persons name."""
    return {
        grant["right"] if isinstance(grant, dict) else grant
        for entry in persons.values()
        for grant in entry["rights"]
    }


_HOLDERS_OF_TOKENS = """
SELECT partner_id FROM access_credential WHERE company_id = %s AND token = ANY(%s)
"""

_HOLDER_OF_NAME = "SELECT partner_id FROM access_person WHERE id = %s"

_MARKS = """
SELECT access_rules_version,
       (SELECT count(*) FROM access_policy_change
         WHERE whole OR venues OR rights <> '{}' OR persons <> '{}'),
       ARRAY(SELECT id FROM access_policy_change WHERE partners && holders ORDER BY id),
       holders,
       EXISTS (SELECT FROM access_policy_change
                WHERE transaction_number = pg_current_xact_id_if_assigned())
  FROM res_company, (SELECT ARRAY(%(holders)s) AS holders OFFSET 0) AS asked
 WHERE res_company.id = %(company)s
"""
