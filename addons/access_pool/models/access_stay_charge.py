from datetime import timedelta
from uuid import uuid4

from odoo import api, fields, models

# For so long a bill belongs to the till that made it.
CLAIMED_FOR = timedelta(minutes=10)

# For so long a till may have a bill that it could not send.
KEPT_FOR = timedelta(days=30)


class AccessStayCharge(models.Model):
    """A line of a guest's bill: asked for at a till, then paid, or corrected.

    A till gets it with a price that it cannot change. What is asked for and not paid
    is a claim of that till on the stay, and gone when another bill is made.
    """

    _name = "access.stay.charge"
    _description = "Charge of a Stay"
    _order = "id"
    _rec_name = "name"

    uuid = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: str(uuid4())
    )
    stay_id = fields.Many2one(
        "access.stay", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="stay_id.company_id", store=True, index=True)
    venue_id = fields.Many2one(related="stay_id.venue_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind_id = fields.Many2one(related="stay_id.kind_id", string="Customer", store=True)
    admission_id = fields.Many2one(related="stay_id.admission_id", store=True)
    type = fields.Selection(
        [
            ("time", "Time"),
            ("lost", "Lost band"),
            ("tab", "On the band"),
            ("correction", "Correction"),
            ("refund", "Refund"),
        ],
        required=True,
        readonly=True,
    )
    code = fields.Char(readonly=True, help="What line of the price list it is.")
    key = fields.Char(readonly=True, help="Tells apart the lines of one bill.")
    name = fields.Char(string="What For", required=True, readonly=True)
    product_id = fields.Many2one(
        "product.product", readonly=True, index=True, ondelete="restrict"
    )
    zone_id = fields.Many2one("access.zone", readonly=True, ondelete="restrict")
    quantity = fields.Float(readonly=True, default=1)
    price_unit = fields.Float(string="Each", readonly=True, digits=0)
    amount = fields.Monetary(readonly=True)
    state = fields.Selection(
        [("open", "On a bill"), ("paid", "Paid"), ("void", "Not paid")],
        required=True,
        readonly=True,
        default="open",
    )
    date = fields.Datetime(
        readonly=True, required=True, default=fields.Datetime.now, index=True
    )
    order_uuid = fields.Char(readonly=True, help="Of the bill that has it.")
    is_final = fields.Boolean(
        readonly=True, help="The bill asked for all that is owed, so the guest may go."
    )
    is_at_desk = fields.Boolean(readonly=True, help="The band was read for the bill.")
    config_id = fields.Many2one(
        "pos.config", string="Till", readonly=True, ondelete="set null"
    )
    order_line_id = fields.Many2one(
        "pos.order.line",
        string="Paid by",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    order_id = fields.Many2one(related="order_line_id.order_id", string="Order")
    tab_line_id = fields.Many2one(
        "pos.order.line",
        string="Sold by",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    user_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    reason = fields.Char(readonly=True)

    _uuid_unique = models.Constraint("UNIQUE (uuid)", "A charge is there twice.")
    _tab_once = models.UniqueIndex(
        "(tab_line_id) WHERE tab_line_id IS NOT NULL AND state = 'paid'",
        "This was paid already.",
    )
    _open_idx = models.Index("(order_uuid) WHERE state = 'open'")
    _correction_reason = models.Constraint(
        "CHECK (type <> 'correction' OR reason IS NOT NULL)",
        "Say why the bill is corrected.",
    )

    @api.model
    def _claim_since(self):
        return fields.Datetime.now() - CLAIMED_FOR

    def _give_up(self):
        """Take charges off bills. A till that was cut off may still bring them paid."""
        self.write({"state": "void"})

    @api.autovacuum
    def _gc_not_paid(self):
        """Drop what no till will bring any more."""
        before = fields.Datetime.now() - KEPT_FOR
        self.search([("state", "=", "void"), ("date", "<", before)]).unlink()

    def _note_refund(self, order_line):
        """Tell in reports that money was given back; the guest owes it not again."""
        self.ensure_one()
        amount = order_line.qty * order_line.price_unit
        self.sudo().create(
            {
                "stay_id": self.stay_id.id,
                "type": "refund",
                "state": "paid",
                "code": self.code,
                "name": self.name,
                "product_id": self.product_id.id,
                "zone_id": self.zone_id.id,
                "quantity": order_line.qty,
                "price_unit": order_line.price_unit,
                "amount": self.currency_id.round(amount),
                "order_line_id": order_line.id,
                "config_id": order_line.order_id.config_id.id,
                "user_id": order_line.order_id.user_id.id or self.env.uid,
            }
        )

    def _till_line(self):
        """Give the charge as a till puts it on its order."""
        self.ensure_one()
        return {
            "uuid": self.uuid,
            "product_id": self.product_id.id,
            "name": self.name,
            "qty": self.quantity,
            "price_unit": self.price_unit,
            "stay_id": self.stay_id.id,
            "stay": self.stay_id.band_number,
            "group": self.type,
        }
