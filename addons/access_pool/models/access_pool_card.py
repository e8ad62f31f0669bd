from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .lock import lock


class AccessPoolCard(models.Model):
    """A season or group card: what was bought, what was taken, what is left.

    Bands are handed out against it. The card's own chip or code is a credential of
    its holder and opens nothing by itself.
    """

    _name = "access.pool.card"
    _inherit = ["mail.thread"]
    _description = "Season Card"
    _order = "id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "partner_id"]
    _check_company_auto = True

    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    partner_id = fields.Many2one(
        "res.partner",
        string="Holder",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    admission_id = fields.Many2one(
        "access.admission",
        string="Card for",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('type', '=', 'card')]",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="admission_id.company_id", store=True, index=True
    )
    credential_id = fields.Many2one(
        "access.credential",
        string="Card",
        copy=False,
        ondelete="restrict",
        check_company=True,
        domain="[('partner_id', '=', partner_id), ('kind', 'in', ('card', 'barcode', "
        "'qr'))]",
        help="What is read at the desk.",
    )
    is_blocked = fields.Boolean(string="Blocked", tracking=True)
    valid_to = fields.Date(string="Valid Until", tracking=True)
    move_ids = fields.One2many(
        "access.pool.card.move", "card_id", string="Bought and Taken"
    )
    stay_ids = fields.One2many("access.stay", "card_id", string="Stays")
    left = fields.Integer(compute="_compute_left")
    unit = fields.Selection(
        [
            ("min", "minutes"),
            ("entries", "entries"),
            ("sessions", "sessions"),
            ("days", "days"),
        ],
        compute="_compute_unit",
    )
    is_in_debt = fields.Boolean(string="In Debt", compute="_compute_left")
    bands_out = fields.Integer(string="Bands out", compute="_compute_bands_out")

    _credential_once = models.UniqueIndex(
        "(credential_id) WHERE credential_id IS NOT NULL",
        "This card is used for something else already.",
    )

    @api.depends("move_ids.quantity", "valid_to", "admission_id.draws")
    def _compute_left(self):
        sums = dict(
            self.env["access.pool.card.move"]._read_group(
                [("card_id", "in", self.ids)], ["card_id"], ["quantity:sum"]
            )
        )
        for card in self:
            is_for_days = card.admission_id.draws == "days"
            card.left = card._days_left() if is_for_days else sums.get(card, 0)
            card.is_in_debt = card.left < 0

    def _days_left(self):
        """Count the days for which it is good still, today included."""
        if not self.valid_to:
            return 0
        left = self.valid_to - self.company_id._access_today()
        return max(left.days + 1, 0)

    @api.depends("admission_id.draws", "admission_id.cover_id.type")
    def _compute_unit(self):
        for card in self:
            admission = card.admission_id
            counts = "min" if admission.cover_id.type == "minutes" else "entries"
            card.unit = {"session": "sessions", "days": "days"}.get(
                admission.draws, counts
            )

    @api.depends("stay_ids.state")
    def _compute_bands_out(self):
        for card in self:
            card.bands_out = len(card.stay_ids.filtered("is_open"))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["number"] = self.env["ir.sequence"].next_by_code("access.pool.card")
        return super().create(vals_list)

    # -- bought and taken ------------------------------------------------------

    def _top_up(self, quantity, order_line):
        """Add what was bought; a card for days is good for longer from today on."""
        self.ensure_one()
        lock(self)
        self._move(self.admission_id.units * quantity, order_line_id=order_line.id)

    def _take_back(self, quantity, order_line):
        """Take off what a refund gives the money back for; it may leave a debt."""
        self.ensure_one()
        lock(self)
        self._move(-self.admission_id.units * quantity, order_line_id=order_line.id)

    def _move(self, quantity, **values):
        if self.admission_id.draws == "days":
            yesterday = self.company_id._access_today() - timedelta(days=1)
            last = self.valid_to or yesterday
            if quantity > 0:
                last = max(last, yesterday)
            self.sudo().valid_to = last + timedelta(days=quantity)
        self.sudo().move_ids = [Command.create({"quantity": quantity, **values})]

    def _draw(self, stay, quantity):
        """Take what a stay has taken in all; to ask again takes no more."""
        lock(self)
        if self.admission_id.draws != "stay":
            return
        moves = self.sudo().move_ids.filtered(lambda move: move.stay_id == stay)
        if rest := quantity + sum(moves.mapped("quantity")):
            self._move(-rest, stay_id=stay.id)

    # -- bands against it ------------------------------------------------------

    def _check_may_hand_out(self, count):
        """Refuse what the card does not allow, in words for the cashier."""
        self.ensure_one()
        if self.is_blocked:
            raise UserError(self.env._("This card is blocked."))
        if self._has_ended() and self.unit != "days":
            raise UserError(self.env._("This card has ended."))
        if self.is_in_debt:
            raise UserError(
                self.env._("This card is in debt: it must be topped up first.")
            )
        # Entries that are inside still are taken when they leave.
        spoken_for = self.bands_out + count - 1 if self.unit == "entries" else 0
        is_running = self.unit == "sessions" and self.bands_out
        if self.left <= spoken_for and not is_running:
            raise UserError(self.env._("Nothing is left on this card: top it up."))
        most = self.admission_id.bands_most
        if self.bands_out + count > most:
            raise UserError(
                self.env._(
                    "At most %(most)s bands are given against this card, and "
                    "%(out)s are out.",
                    most=most,
                    out=self.bands_out,
                )
            )

    def _has_ended(self):
        today = self.company_id._access_today()
        return bool(self.valid_to and self.valid_to < today)

    def _hand_out(self, bands):
        """Give bands against the card: only its number is carried over to them."""
        lock(self)
        self._check_may_hand_out(len(bands))
        open_stays = self.stay_ids.filtered("is_open")
        places = open_stays._places_left(self._places())
        if len(bands) > len(places):
            raise UserError(
                self.env._("This card is for %(count)s bands more.", count=len(places))
            )
        draws = self.admission_id.draws
        cover = self.admission_id.cover_id.name
        givings = []
        for band, line in zip(bands, places, strict=False):
            band._check_free(line.kind_id)
            values = {
                "admission_id": self.admission_id.id,
                "admission_line_id": line.id,
                "kind_id": line.kind_id.id,
                "is_leader": line.is_leader,
                "card_id": self.id,
                "held": [[cover, self.left if draws == "stay" else 0]],
            }
            givings.append((band, values))
        stays = self.env["access.stay"]._begin(givings, party=open_stays[:1])
        if draws == "session" and not open_stays:
            self._move(-1, stay_id=stays[0].id)
        return stays

    def _places(self):
        """Give for each band that may be out the line it is given by."""
        places = [
            line for line in self.admission_id.line_ids for _number in range(line.count)
        ]
        more = self.admission_id.bands_most - len(places)
        return places + places[-1:] * max(more, 0)


class AccessPoolCardMove(models.Model):
    """What was bought for a card, or taken from it."""

    _name = "access.pool.card.move"
    _description = "Use of a Season Card"
    _order = "id desc"

    card_id = fields.Many2one(
        "access.pool.card", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True, index=True)
    date = fields.Datetime(readonly=True, required=True, default=fields.Datetime.now)
    quantity = fields.Integer(readonly=True, required=True)
    order_line_id = fields.Many2one(
        "pos.order.line",
        string="Sold by",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    stay_id = fields.Many2one(
        "access.stay",
        string="Taken by",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    reason = fields.Char(readonly=True)

    _bought_once = models.UniqueIndex(
        "(order_line_id) WHERE order_line_id IS NOT NULL",
        "This sale was put on a card already.",
    )
