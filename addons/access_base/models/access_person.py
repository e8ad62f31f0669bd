from odoo import api, fields, models
from odoo.tools import SQL


class AccessPerson(models.Model):
    """The name under which the log knows a contact.

    The log is append-only, but contacts are merged, corrected and erased. So events
    name this record; it follows its contact through a merge and outlives its deletion.
    """

    _name = "access.person"
    _description = "Person in the Access Log"

    partner_id = fields.Many2one(
        "res.partner", string="Contact", index=True, ondelete="set null"
    )

    @api.depends("partner_id.display_name")
    def _compute_display_name(self):
        for person in self:
            person.display_name = person.partner_id.display_name or self.env._(
                "Former person %(number)s", number=person.id
            )

    @api.model
    def _search_display_name(self, operator, value):
        return [("partner_id.display_name", operator, value)]

    def _names(self, person_ids):
        """Give by person all names of the contact: what one did, the contact did.

        Contacts are merged, and keep the names that they had.
        """
        names = {person: {person} for person in person_ids}
        query = SQL(_SAME_CONTACT, list(person_ids))
        for person, same in self.env.execute_query(query):
            names[person].add(same)
        return names


_SAME_CONTACT = """
SELECT asked.id, same.id
  FROM access_person AS asked
  JOIN access_person AS same ON same.partner_id = asked.partner_id
 WHERE asked.id = ANY(%s)
"""
