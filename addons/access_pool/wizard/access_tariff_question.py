from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.access_base.access_tariff import (
    DocumentError,
    Held,
    Passage,
    Stay,
    next_charge,
    price,
    tariff_from_document,
)

# The most that a stay may last: a price list by the minute has a line for each case.
LONGEST = timedelta(days=31)


class AccessTariffQuestion(models.TransientModel):
    """Tells what a stay costs by a price list as it is now, before anybody stays.

    The bill is computed while the question is typed; nothing is saved.
    """

    _name = "access.tariff.question"
    _description = "What Does It Cost?"

    tariff_id = fields.Many2one(
        "access.tariff",
        string="Price List",
        required=True,
        default=lambda self: self.env["access.tariff"].search([], limit=1),
    )
    company_id = fields.Many2one(related="tariff_id.company_id")
    venue_id = fields.Many2one(related="tariff_id.venue_id")
    currency_id = fields.Many2one(related="tariff_id.currency_id")
    kind_id = fields.Many2one(
        "access.customer.kind",
        string="Customer",
        domain="[('company_id', '=', company_id)]",
    )
    ticket_type_id = fields.Many2one(
        "access.ticket.type",
        string="Ticket",
        domain="[('company_id', '=', company_id)]",
    )
    cover_id = fields.Many2one(
        "access.tariff.cover",
        string="Paid by",
        domain="[('tariff_id', '=', tariff_id)]",
        help="A ticket, a package or the price of a family that was bought before.",
    )
    cover_counts = fields.Boolean(compute="_compute_cover_counts")
    cover_left = fields.Integer(string="Left of It", default=1)
    passage_ids = fields.One2many(
        "access.tariff.question.passage",
        "question_id",
        string="Enters",
    )
    at = fields.Datetime(
        string="Leaves",
        required=True,
        default=lambda self: fields.Datetime.now() + timedelta(hours=2),
        help="By your own clock.",
    )
    is_lost = fields.Boolean(string="Band Lost")
    credit_limit = fields.Monetary(help="What may be put on the band.")

    line_ids = fields.One2many(
        "access.tariff.question.line", "question_id", compute="_compute_bill"
    )
    total = fields.Monetary(compute="_compute_bill")
    taken_words = fields.Char(string="Taken", compute="_compute_bill")
    next_at = fields.Datetime(string="More Is Due", compute="_compute_bill")
    next_amount = fields.Monetary(string="Then More", compute="_compute_bill")
    problem = fields.Char(compute="_compute_bill")

    @api.onchange("tariff_id")
    def _onchange_tariff_id(self):
        """Begin where the first clock runs, unless it was said otherwise."""
        if self.cover_id.tariff_id != self.tariff_id:
            self.cover_id = False
        if self.passage_ids.zone_id.venue_id != self.venue_id:
            now = fields.Datetime.now()
            zones = self.tariff_id.clock_ids[:1]._entry_zones()
            self.passage_ids = [
                Command.clear(),
                *(Command.create({"zone_id": one.id, "at": now}) for one in zones[:1]),
            ]

    @api.depends("cover_id.type")
    def _compute_cover_counts(self):
        for one in self:
            one.cover_counts = one.cover_id.type in ("minutes", "entries")

    @api.depends(
        "tariff_id",
        "kind_id",
        "ticket_type_id",
        "cover_id",
        "cover_left",
        "passage_ids.zone_id",
        "passage_ids.at",
        "at",
        "is_lost",
        "credit_limit",
    )
    @api.depends_context("lang")
    def _compute_bill(self):
        for question in self:
            question.update(
                {
                    "line_ids": [Command.clear()],
                    "total": 0,
                    "taken_words": False,
                    "next_at": False,
                    "next_amount": 0,
                    "problem": question._problem(),
                }
            )
            if question.tariff_id and question.at and not question.problem:
                question._answer()

    def _problem(self):
        """Tell what of the question cannot be answered."""
        times = [*self.passage_ids.filtered("at").mapped("at")]
        if self.at and times:
            if self.at < min(times):
                return self.env._("Nobody leaves before they enter.")
            if self.at - min(times) > LONGEST:
                return self.env._("Ask about a stay of 31 days at most.")
        return False

    def _answer(self):
        tariff = self.tariff_id._origin
        tariff.check_access("read")
        try:
            rules = tariff_from_document(tariff.sudo()._document())
        except DocumentError as e:
            # Zones were moved since it was saved, say.
            self.problem = tariff._refusal_words(e)
            return
        stay, at = self._stay(), _aware(self.at)
        bill = price(rules, stay, at)
        self.line_ids = [
            Command.create(self._line_values(line, tariff)) for line in bill.lines
        ]
        self.total = tariff._amount(bill.total, tariff.currency_id)
        self.taken_words = self._taken_words(bill)
        if then := next_charge(rules, stay, at):
            self.next_at = then.at.astimezone(timezone.utc).replace(tzinfo=None)
            self.next_amount = tariff._amount(then.amount, tariff.currency_id)

    def _stay(self):
        passages = self.passage_ids.filtered("at").sorted("at")
        tariff, cover = self.tariff_id, self.cover_id
        return Stay(
            passages=tuple(
                Passage(one.zone_id._origin.id or None, _aware(one.at))
                for one in passages
            ),
            kind=self.kind_id.code or "",
            ticket=str(self.ticket_type_id._origin.id or ""),
            held=(Held(cover.name, max(self.cover_left, 0)),) if cover else (),
            lost=self.is_lost,
            credit_limit=max(tariff._units(self.credit_limit, self.currency_id), 0),
        )

    def _line_values(self, line, tariff):
        currency = tariff.currency_id
        start = line.start and line.start.replace(tzinfo=None)
        return {
            "name": tariff._line_words(line),
            "zone_id": line.zone,
            "start": start,
            "quantity": line.quantity,
            "price_unit": tariff._amount(line.unit_price, currency),
            "amount": tariff._amount(line.amount, currency),
            "currency_id": currency.id,
            "product_id": tariff._product(line.product).id,
        }

    def _taken_words(self, bill):
        counts = {cover.name: cover.type for cover in self.tariff_id.cover_ids}
        words = []
        for draw in bill.draws:
            if counts.get(draw.cover) == "minutes":
                words.append(
                    self.env._(
                        "%(count)s minutes of %(cover)s",
                        count=draw.quantity,
                        cover=draw.cover,
                    )
                )
            else:
                words.append(
                    self.env._(
                        "%(count)s entries of %(cover)s",
                        count=draw.quantity,
                        cover=draw.cover,
                    )
                )
        return ", ".join(words)


class AccessTariffQuestionPassage(models.TransientModel):
    _name = "access.tariff.question.passage"
    _description = "Entry of a Stay That Is Asked about"
    _order = "at, id"

    question_id = fields.Many2one(
        "access.tariff.question", required=True, index=True, ondelete="cascade"
    )
    venue_id = fields.Many2one(related="question_id.venue_id")
    zone_id = fields.Many2one(
        "access.zone",
        domain="[('venue_id', '=', venue_id)]",
        help="Empty: outdoors.",
    )
    at = fields.Datetime(required=True, default=fields.Datetime.now)


class AccessTariffQuestionLine(models.TransientModel):
    """A line of the bill that answers; it is shown and never saved."""

    _name = "access.tariff.question.line"
    _description = "Line of a Bill That Is Asked for"

    question_id = fields.Many2one(
        "access.tariff.question", index=True, ondelete="cascade"
    )
    name = fields.Char(string="What For", readonly=True)
    zone_id = fields.Many2one("access.zone", readonly=True)
    start = fields.Datetime(string="From", readonly=True)
    quantity = fields.Integer(readonly=True)
    price_unit = fields.Monetary(string="Each", readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    product_id = fields.Many2one("product.product", string="Sold as", readonly=True)


def _aware(moment):
    return moment.replace(tzinfo=timezone.utc)
