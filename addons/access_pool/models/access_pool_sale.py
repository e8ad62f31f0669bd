from odoo import fields, models, tools
from odoo.tools import SQL


class AccessPoolSale(models.Model):
    """What tills took for stays: admissions sold, and lines of price lists paid.

    Each is a line of a paid order, on the venue's opening day on which it was paid.
    Tills write what a refund gives back without a sign: its quantity has it.
    """

    _name = "access.pool.sale"
    _description = "Sale by Price List Line"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "name"

    name = fields.Char(string="What For", readonly=True)
    type = fields.Selection(
        [
            ("ticket", "Admission"),
            ("card", "Season card"),
            ("time", "Time"),
            ("lost", "Lost band"),
            ("tab", "On the band"),
            ("correction", "Correction"),
            ("refund", "Refund"),
        ],
        readonly=True,
    )
    date = fields.Datetime(string="Paid", readonly=True)
    day = fields.Date(readonly=True, help="By the clock of the venue.")
    venue_id = fields.Many2one("access.venue", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    product_id = fields.Many2one("product.product", readonly=True)
    zone_id = fields.Many2one("access.zone", readonly=True)
    kind_id = fields.Many2one("access.customer.kind", string="Customer", readonly=True)
    admission_id = fields.Many2one("access.admission", readonly=True)
    config_id = fields.Many2one("pos.config", string="Till", readonly=True)
    order_id = fields.Many2one("pos.order", string="Order", readonly=True)
    stay_id = fields.Many2one("access.stay", string="Guest", readonly=True)
    user_id = fields.Many2one("res.users", string="Cashier", readonly=True)
    quantity = fields.Float(readonly=True)
    amount = fields.Monetary(readonly=True, help="Tax included.")

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        view = SQL.identifier(self._table)
        self.env.cr.execute(SQL("CREATE VIEW %s AS %s", view, SQL(_SALES)))


_SALES = """
SELECT line.id,
       COALESCE(charge.name, line.full_product_name, line.name) AS name,
       COALESCE(charge.type, CASE admission.type
           WHEN 'card' THEN 'card' ELSE 'ticket' END) AS type,
       sale.date_order AS date,
       (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE venue.tz
           - opening.starts * interval '1 hour')::date AS day,
       venue.id AS venue_id,
       venue.company_id,
       line.product_id,
       charge.zone_id,
       charge.kind_id,
       COALESCE(charge.admission_id, admission.id) AS admission_id,
       session.config_id,
       sale.id AS order_id,
       charge.stay_id,
       sale.user_id,
       line.qty AS quantity,
       SIGN(line.qty) * SIGN(line.price_unit) * ABS(line.price_subtotal_incl) AS amount
  FROM pos_order_line AS line
  JOIN pos_order AS sale ON sale.id = line.order_id
  LEFT JOIN pos_session AS session ON session.id = sale.session_id
  JOIN product_product AS product ON product.id = line.product_id
  JOIN product_template AS template ON template.id = product.product_tmpl_id
  LEFT JOIN access_stay_charge AS charge
       ON charge.order_line_id = line.id AND charge.state = 'paid'
  LEFT JOIN access_admission AS admission
       ON admission.id = template.access_admission_id
  LEFT JOIN access_tariff AS tariff ON tariff.id = admission.tariff_id
  JOIN access_venue AS venue
       ON venue.id = COALESCE(charge.venue_id, tariff.venue_id)
 CROSS JOIN LATERAL (
       SELECT COALESCE(max(day_starts), 0) AS starts FROM access_tariff
        WHERE venue_id = venue.id AND active) AS opening
 WHERE sale.state IN ('paid', 'done')
"""
