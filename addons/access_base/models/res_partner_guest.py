from odoo import fields, models
from odoo.tools import SQL

from .numbers_of import next_numbers

_UNTRACKED = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}


class ResPartner(models.Model):
    """Contacts that stand for somebody nobody knows, one stay after the other.

    They are archived, so that nobody picks them from a list, and open doors all the
    same. What is sold to a stay is handed to the guest that was taken for it; who
    sells it sees to its end (``valid_to``), or takes it back.
    """

    _inherit = "res.partner"

    access_is_guest = fields.Boolean(
        string="Anonymous Guest",
        readonly=True,
        copy=False,
        help="Stands for somebody whose name nobody asked for, and for somebody else "
        "after that. It is archived, and opens doors all the same.",
    )

    _access_guests = models.Index("(company_id) WHERE access_is_guest")

    def _access_take_guests(self, company, count):
        """Give as many guests of a company that are free, and make those that lack.

        Who was not taken or seen for longest is taken first: what gateways that are
        offline tell late is then not of somebody else. Two at once never get the
        same: each skips whom the other has locked, and whom the other took meanwhile
        fails to serialize, so that Odoo tries anew.
        """
        guests = self.sudo().with_company(company).with_context(**_UNTRACKED)
        zones = self.env["access.zone"].sudo()
        zones = zones.search([("company_id", "=", company.id)])
        now = fields.Datetime.now()
        self.env.flush_all()
        query = SQL(
            _TAKE,
            company=company.id,
            count=count,
            now=now,
            zones=zones.ids,
            since=[zone._stays_since(now) for zone in zones],
        )
        taken = guests.browse(partner for (partner,) in self.env.execute_query(query))
        taken.invalidate_recordset(["write_date"])
        return taken + guests._make_access_guests(company, count - len(taken))

    def _make_access_guests(self, company, count):
        if not count:
            return self.browse()
        guests = self.create(
            [
                {
                    "name": self.env._("Guest %(number)s", number=number),
                    "company_id": company.id,
                    "active": False,
                    "access_is_guest": True,
                }
                for number in next_numbers(self.env, "access.guest", count)
            ]
        )
        guests._ensure_access_person()
        return guests


# Nothing of the last stay may open a door for the next one, nor be found by it. To take
# is to write: else who read before it was committed would take the same.
_TAKE = """
WITH free AS (
    SELECT partner.id
      FROM res_partner AS partner
     WHERE partner.access_is_guest AND partner.company_id = %(company)s
       AND partner.access_suspended IS NOT TRUE
       AND partner.access_identity IS DISTINCT FROM 'pending'
       AND NOT EXISTS (
           SELECT FROM access_credential
            WHERE partner_id = partner.id AND state IN ('active', 'blocked')
              AND COALESCE(valid_to, 'infinity') > %(now)s)
       AND NOT EXISTS (
           SELECT FROM access_ticket AS ticket
             JOIN access_ticket_type AS type ON type.id = ticket.type_id
            WHERE ticket.partner_id = partner.id
              AND ticket.is_cancelled IS NOT TRUE
              AND COALESCE(ticket.valid_to, 'infinity') > %(now)s
              AND (type.once_a_day OR COALESCE(ticket.entries, 0) = 0
                   OR ticket.entries + COALESCE(ticket.given_back, 0) > (
                      SELECT count(*) FROM access_use WHERE ticket_id = ticket.id)))
       AND NOT EXISTS (
           SELECT FROM access_right_res_partner_rel
            WHERE res_partner_id = partner.id)
       AND NOT EXISTS (
           SELECT FROM res_partner_res_partner_category_rel
            WHERE partner_id = partner.id)
       AND NOT EXISTS (
           SELECT FROM access_person AS person
             JOIN access_presence AS here ON here.person_id = person.id
             JOIN unnest(%(zones)s::int4[], %(since)s::timestamp[])
                  AS stay(zone, since) ON stay.zone = here.zone_id
            WHERE person.partner_id = partner.id
              AND (stay.since IS NULL OR here.since > stay.since))
     ORDER BY GREATEST(partner.write_date, (
                  SELECT max(here.since) FROM access_person AS person
                    JOIN access_presence AS here ON here.person_id = person.id
                   WHERE person.partner_id = partner.id)),
              partner.id
     LIMIT %(count)s
       FOR UPDATE OF partner SKIP LOCKED
)
UPDATE res_partner SET write_date = clock_timestamp() AT TIME ZONE 'UTC'
  FROM free WHERE res_partner.id = free.id
RETURNING res_partner.id
"""
