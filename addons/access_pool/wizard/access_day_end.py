from odoo import api, fields, models
from odoo.fields import Domain


class AccessDayEnd(models.TransientModel):
    """How a day at a venue ends: what is open still, and what was taken.

    A day is one of the venue's clock, and begins when its price lists say. Of a day
    that is over the bands and tabs are told as they were at its end, lockers as they
    are now.
    """

    _name = "access.day.end"
    _description = "Day End"
    _rec_name = "venue_id"

    venue_id = fields.Many2one(
        "access.venue",
        required=True,
        ondelete="cascade",
        default=lambda self: self._default_venue(),
    )
    day = fields.Date(
        required=True,
        compute="_compute_day",
        store=True,
        readonly=False,
        precompute=True,
        help="By the clock of the venue.",
    )
    company_id = fields.Many2one(related="venue_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    bands_out = fields.Integer(compute="_compute_open")
    tabs_open = fields.Integer(string="Open Tabs", compute="_compute_open")
    tab_amount = fields.Monetary(string="On Bands", compute="_compute_open")
    lockers_locked = fields.Integer(compute="_compute_open")
    bands_lost = fields.Integer(compute="_compute_open")
    taken = fields.Monetary(compute="_compute_open")
    details = fields.Html(compute="_compute_details", sanitize=False)

    @api.model
    def _default_venue(self):
        ours = [("company_id", "=", self.env.company.id)]
        return self.env["access.venue"].search(ours, limit=1)

    @api.depends("venue_id")
    def _compute_day(self):
        for one in self:
            today = one.venue_id._opening_day(fields.Datetime.now())
            one.day = one.day or today

    @api.depends("venue_id", "day")
    def _compute_open(self):
        for one in self:
            tabs = one._tab_lines()
            one.bands_out = len(one._bands_out())
            one.tabs_open = len(tabs.order_id.access_stay_id)
            one.tab_amount = sum(tabs.mapped("price_subtotal_incl"))
            one.lockers_locked = len(one._lockers())
            one.bands_lost = len(one._bands_lost())
            one.taken = sum(taking["amount"] for taking in one._takings())

    @api.depends("venue_id", "day")
    @api.depends_context("lang")
    def _compute_details(self):
        for one in self:
            template = "access_pool.access_day_end_details"
            values = {"day_end": one}
            one.details = self.env["ir.qweb"]._render(template, values)

    # -- the numbers ------------------------------------------------------

    def _venue(self):
        """Give the venue, to who may see it: the numbers go beyond what they read."""
        venue = self.venue_id._origin
        venue.check_access("read")
        return venue

    def _span(self):
        return self._venue()._opening_span(self.day)

    def _stays(self, domain):
        ours = Domain("venue_id", "=", self._venue().id)
        return self.env["access.stay"].sudo().search(ours & Domain(domain))

    def _bands_out(self):
        """Give those whose band was not back at the end of the day."""
        if not self.day:
            return self._stays(Domain.FALSE)
        _start, end = self._span()
        back = Domain("ended_at", "=", False) | Domain("ended_at", ">=", end)
        return self._stays(Domain("begun_at", "<", end) & back)

    def _bands_lost(self):
        if not self.day:
            return self._stays(Domain.FALSE)
        start, end = self._span()
        return self._stays([("lost_at", ">=", start), ("lost_at", "<", end)])

    def _tab_lines(self):
        """Give what was on bands at the end of the day and not paid."""
        lines = self.env["pos.order.line"].sudo()
        if not self.day:
            return lines
        _start, end = self._span()
        is_draft = Domain("order_id.state", "=", "draft")
        not_paid = Domain("access_paid_by_ids", "=", False)
        paid_at = "access_paid_by_ids.order_line_id.order_id.date_order"
        return lines.search(
            Domain("order_id.access_stay_id.venue_id", "=", self._venue().id)
            & Domain("order_id.date_order", "<", end)
            & ((is_draft & not_paid) | Domain(paid_at, ">=", end))
        )

    def _lockers(self):
        """Give the numbers of lockers that guests of the day have locked now."""
        return [number for _stay, numbers in self._locked() for number in numbers]

    def _locked(self):
        if not self.day:
            return []
        start, _end = self._span()
        # Those who left count too: a manager may let go who has left a locker locked.
        since = Domain("ended_at", "=", False) | Domain("ended_at", ">=", start)
        stays = self._stays(since)
        return [
            (stays.browse(stay), numbers) for stay, numbers in stays._locked().items()
        ]

    def _sales(self):
        """Give what was sold, by line of the price lists: a product, in a zone."""
        rows = (
            self.env["access.pool.sale"]
            .sudo()
            ._read_group(
                [("venue_id", "=", self._venue().id), ("day", "=", self.day)],
                ["product_id", "zone_id", "type"],
                ["quantity:sum", "amount:sum"],
            )
        )
        types = dict(
            self.env["access.pool.sale"]
            ._fields["type"]
            ._description_selection(self.env)
        )
        sales = [
            {
                "name": product.name,
                "zone": zone.name or "",
                "type": types[kind],
                "quantity": quantity,
                "amount": amount,
            }
            for product, zone, kind, quantity, amount in rows
        ]
        order = [*types.values()].index
        return sorted(sales, key=lambda one: (order(one["type"]), one["name"]))

    def _tills(self):
        """Give the tills of the venue; where none is, those of no venue."""
        venue = self._venue()
        tills = self.env["pos.config"].sudo().with_context(active_test=False)
        tills = tills.search([("company_id", "=", venue.company_id.id)])
        return tills.filtered(lambda till: till.access_venue_id == venue) or (
            tills.filtered(lambda till: not till.access_venue_id)
        )

    def _takings(self):
        """Give what each till took, by way of payment."""
        if not self.day:
            return []
        start, end = self._span()
        rows = self.env["pos.payment"].sudo()
        rows = rows._read_group(
            [
                ("session_id.config_id", "in", self._tills().ids),
                ("payment_date", ">=", start),
                ("payment_date", "<", end),
                ("pos_order_id.state", "in", ("paid", "done")),
            ],
            ["session_id", "payment_method_id"],
            ["amount:sum"],
        )
        sums = {}
        for session, method, amount in rows:
            key = session.config_id.name, method.name
            sums[key] = sums.get(key, 0) + amount
        return [
            {"till": till, "method": method, "amount": amount}
            for (till, method), amount in sorted(sums.items())
        ]

    def _open_tills(self):
        """Give the tills whose own day is not closed."""
        return self._tills().filtered("has_active_session")

    # -- buttons ------------------------------------------------------

    def action_print(self):
        self.check_access("read")
        return self.env.ref("access_pool.access_day_end_report").report_action(self)

    def action_view_bands(self):
        return self._action(self.env._("Bands out"), self._bands_out())

    def action_view_tabs(self):
        stays = self._tab_lines().order_id.access_stay_id
        return self._action(self.env._("Open Tabs"), stays)

    def action_view_lockers(self):
        stays = self.env["access.stay"].union(*(stay for stay, _n in self._locked()))
        return self._action(self.env._("Lockers Still Locked"), stays)

    def action_view_lost(self):
        return self._action(self.env._("Lost Bands"), self._bands_lost())

    def action_view_sales(self):
        action = self._action_of("access_pool.access_pool_sale_action")
        ours = [("venue_id", "=", self.venue_id.id), ("day", "=", self.day)]
        return action | {"domain": ours, "context": {}}

    def _action(self, name, stays):
        return self._action_of("access_pool.access_stay_action") | {
            "display_name": name,
            "name": name,
            "domain": [("id", "in", stays.ids)],
            "context": {},
        }

    def _action_of(self, name):
        self.check_access("read")
        return self.env["ir.actions.act_window"]._for_xml_id(name)
