from datetime import timezone

from odoo import models, tools
from odoo.tools import SQL

from ..access_policy import Policy, State, policy_from_document


class AccessPolicy(models.AbstractModel):
    """The records as the rules that ``access_policy`` decides by.

    One set of queries gives the rules of a whole gateway and those of one attempt.
    """

    _name = "access.policy"
    _description = "Access Rules"

    def _document(self, company, points):
        """Compile the policy document of a company for some of its access points."""
        self.env.flush_all()
        credentials = self._credential_rows(company)
        return {
            **self._venue_document(company),
            "points": {str(point.id): point._policy_entry() for point in points},
            "orders": self.env["access.order"]._policy_entries(points),
            "rights": dict(self._right_entries(company)),
            "persons": {str(row["person"]): _person_entry(row) for row in credentials},
            "credentials": {
                row["token"]: _credential_entry(row) for row in credentials
            },
        }

    def _for_attempt(self, point, token):
        """Give the policy and state that decide one attempt at one point."""
        self.env.flush_all()
        company = point.company_id.sudo()
        company.fetch(["access_rules_version"])
        rows = self._credential_rows(company, token) if token else []
        right_ids = [right for row in rows for right in row["rights"]]
        facts = policy_from_document(
            {
                "points": {str(point.id): point._policy_entry()},
                "orders": self.env["access.order"]._policy_entries(point),
                "rights": dict(self._right_entries(company, right_ids)),
                "persons": {str(row["person"]): _person_entry(row) for row in rows},
                "credentials": {row["token"]: _credential_entry(row) for row in rows},
            }
        )
        venues = self._venue_policy(company.id, company.access_rules_version)
        policy = Policy(
            venues=venues.venues,
            bands=venues.bands,
            zones=venues.zones,
            points=facts.points,
            orders=facts.orders,
            persons=facts.persons,
            credentials=facts.credentials,
            rights=facts.rights,
        )
        return policy, State()

    @tools.ormcache("company_id", "version")
    def _venue_policy(self, company_id, version):
        """Give venues, bands and zones of a company.

        ``version`` is what the caller's own transaction sees, and is raised by the
        transaction that changes them: so what is kept here can't be outdated.
        """
        company = self.env["res.company"].browse(company_id)
        return policy_from_document(self._venue_document(company))

    def _venue_document(self, company):
        def ours(model, **context):
            records = self.env[model].sudo().with_context(**context)
            return records.search([("company_id", "=", company.id)])

        # The points of an archived venue still need its clock.
        venues = ours("access.venue", active_test=False)
        return {
            "venues": {str(v.id): {"timezone": v.tz} for v in venues},
            "bands": {str(b.id): {"hours": b._hours()} for b in ours("access.band")},
            "zones": {str(z.id): z._policy_entry() for z in ours("access.zone")},
        }

    def _credential_rows(self, company, token=None):
        """Give the credentials of a company, or the one with a token, as dicts.

        A returned credential stands back behind a newer issue of the same card.
        """
        only = SQL("AND credential.token = %s", token) if token else SQL()
        self.env.cr.execute(
            SQL(_CREDENTIALS, company=company.id, only=only), log_exceptions=False
        )
        return self.env.cr.dictfetchall()

    def _right_entries(self, company, right_ids=None):
        """Yield number and entry of the rights of a company, or of those named."""
        if right_ids is not None and not right_ids:
            return
        only = SQL() if right_ids is None else SQL("AND r.id = ANY(%s)", right_ids)
        self.env.cr.execute(SQL(_RIGHTS, company=company.id, only=only))
        for row in self.env.cr.dictfetchall():
            yield str(row["id"]), _right_entry(row)


def _person_entry(row):
    return {"rights": row["rights"], "suspended": row["suspended"]}


def _credential_entry(row):
    return {
        "id": row["id"],
        "person": row["person"],
        "status": row["state"],
        "valid_from": _utc(row["valid_from"]),
        "valid_to": _utc(row["valid_to"]),
    }


def _right_entry(row):
    return {
        "effect": row["effect"],
        "zones": row["zones"],
        "points": row["points"],
        "bands": row["bands"],
        "weekdays": [day for day, counts in enumerate(row["weekdays"]) if counts],
        "valid_from": _utc(row["valid_from"]),
        "valid_to": _utc(row["valid_to"]),
    }


def _utc(naive):
    return naive and naive.replace(tzinfo=timezone.utc).isoformat()


_CREDENTIALS = """
SELECT DISTINCT ON (credential.token)
       credential.token, credential.id, credential.state,
       credential.valid_from, credential.valid_to,
       person.id AS person,
       partner.access_suspended IS TRUE OR partner.active IS NOT TRUE AS suspended,
       ARRAY(SELECT access_right_id
               FROM access_right_res_partner_rel
              WHERE res_partner_id = credential.partner_id
              UNION
             SELECT access_right_id
               FROM access_right_res_partner_category_rel
               JOIN res_partner_res_partner_category_rel AS tag
                    ON tag.category_id = res_partner_category_id
              WHERE tag.partner_id = credential.partner_id) AS rights
  FROM access_credential AS credential
  JOIN res_partner AS partner ON partner.id = credential.partner_id
  JOIN LATERAL (SELECT min(id) AS id FROM access_person
                 WHERE partner_id = partner.id) AS person ON person.id IS NOT NULL
 WHERE credential.company_id = %(company)s AND credential.token IS NOT NULL %(only)s
 ORDER BY credential.token, credential.state = 'returned', credential.id DESC
"""

_RIGHTS = """
SELECT r.id, r.effect, r.valid_from, r.valid_to,
       ARRAY[on_monday, on_tuesday, on_wednesday, on_thursday, on_friday,
             on_saturday, on_sunday] AS weekdays,
       ARRAY(SELECT access_zone_id FROM access_right_access_zone_rel
              WHERE access_right_id = r.id) AS zones,
       ARRAY(SELECT access_point_id FROM access_point_access_right_rel
              WHERE access_right_id = r.id) AS points,
       CASE WHEN r.hours = 'bands' THEN
            ARRAY(SELECT access_band_id FROM access_band_access_right_rel
                   WHERE access_right_id = r.id) END AS bands
  FROM access_right AS r
 WHERE r.active AND r.company_id = %(company)s %(only)s
"""
