from odoo import models
from odoo.tools import SQL

from .access_policy_change import MOST_PERSONS


# pylint: disable=consider-merging-classes-inherited
class AccessPolicy(models.AbstractModel):
    """The rules that a change touches, as ``difference.py`` there reads them."""

    _inherit = "access.policy"

    def _difference(self, company, points, changes):
        """Compile what changed of the policy of a company; ``None``: take the whole.

        :param changes: ``Changes``, as ``access.policy.change`` tells them
        """
        if changes.whole or len(changes.partners) > MOST_PERSONS:
            return None
        self.env.flush_all()
        document = {}
        if changes.venues:
            document |= self._venue_document(company)
            document["points"] = self._point_entries(points)
            document["orders"] = self._order_entries(points)
        if changes.rights:
            rights = dict(self._right_entries(company, changes.rights))
            document["rights"] = _or_gone(changes.rights, rights)
        person_ids = self._changed_persons(changes)
        if len(person_ids) > MOST_PERSONS:
            return None
        if person_ids:
            persons = dict(self._person_entries(company, person_ids, holders=True))
            document["persons"] = _or_gone(person_ids, persons)
            document["credentials_of"] = self._credentials_of(company, person_ids)
        return document

    def _changed_persons(self, changes):
        """Give all numbers of the contacts: of several only one is in the rules."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM access_person WHERE partner_id = ANY(%s)"
                " ORDER BY id LIMIT %s",
                sorted(changes.partners),
                MOST_PERSONS + 1,
            )
        )
        return sorted(changes.persons.union(number for [number] in rows))

    def _credentials_of(self, company, person_ids):
        """Give by person the tokens and entries of all that is issued to them."""
        found = {str(person): {} for person in person_ids}
        for token, entries in self._credential_entries(company, person_ids=person_ids):
            for entry in entries:
                tokens = found.get(str(entry["person"]))
                if tokens is not None:
                    tokens.setdefault(token, []).append(entry)
        return found


def _or_gone(numbers, entries):
    return {str(number): entries.get(str(number)) for number in sorted(numbers)}
