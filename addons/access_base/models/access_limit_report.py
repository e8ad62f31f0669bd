from odoo import fields, models
from odoo.tools import SQL


class AccessLimitReport(models.Model):
    """How many entries of a month a person used of a right in a time band.

    A contact with two names in the log (after a merge) is one person.
    """

    _name = "access.limit.report"
    _description = "Entries against the Monthly Limit"
    _auto = False
    _order = "month desc, state desc, used desc, id"
    _rec_name = "person_id"
    _depends = {
        "access.person": ["partner_id"],
        "access.right.band": ["right_id", "band_id", "monthly_limit"],
    }

    month = fields.Date(readonly=True)
    person_id = fields.Many2one("access.person", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True)
    right_id = fields.Many2one("access.right", readonly=True)
    band_id = fields.Many2one("access.band", string="Time Band", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    used = fields.Integer(readonly=True)
    monthly_limit = fields.Integer(
        string="Limit",
        readonly=True,
        aggregator=None,
        help="As it is today; 0 is no limit.",
    )
    state = fields.Selection(
        [("1_within", "Within"), ("2_reached", "Reached"), ("3_over", "Over")],
        readonly=True,
    )
    last_day = fields.Date(string="Last Entry", readonly=True, aggregator="max")

    @property
    def _table_query(self):
        return SQL(_QUERY)


_QUERY = """
SELECT counted.*,
       COALESCE(line.monthly_limit, 0) AS monthly_limit,
       CASE WHEN COALESCE(line.monthly_limit, 0) = 0 THEN '1_within'
            WHEN used > line.monthly_limit THEN '3_over'
            WHEN used = line.monthly_limit THEN '2_reached'
            ELSE '1_within' END AS state
  FROM (SELECT min(use.id) AS id,
               date_trunc('month', use.day)::date AS month,
               min(use.person_id) AS person_id, min(person.partner_id) AS partner_id,
               use.right_id, use.band_id, use.company_id,
               count(DISTINCT use.day) AS used, max(use.day) AS last_day
          FROM access_use AS use
          JOIN access_person AS person ON person.id = use.person_id
         WHERE use.ticket_id IS NULL
         GROUP BY date_trunc('month', use.day),
                  COALESCE(person.partner_id, -person.id),
                  use.right_id, use.band_id, use.company_id) AS counted
  LEFT JOIN access_right_band AS line
         ON line.right_id = counted.right_id AND line.band_id = counted.band_id
"""
