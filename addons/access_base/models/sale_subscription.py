from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .access_policy_change import MOST_PERSONS

# What an invoice is that still waits for money.
UNPAID = ("not_paid", "partial", "blocked")


class SaleSubscription(models.Model):
    """Whoever has a running subscription to a plan holds the rights of the plan."""

    _name = "sale.subscription"
    _inherit = ["sale.subscription", "access.policy.input"]

    template_id = fields.Many2one(index=True)
    sale_order_id = fields.Many2one(index="btree_not_null")
    access_closed_on = fields.Date(
        string="Closed on", compute="_compute_access_closed_on", store=True, copy=False
    )
    access_paused_on = fields.Date(
        string="Paused on", compute="_compute_access_paused_on", store=True, copy=False
    )
    access_unpaid_due = fields.Date(
        string="Unpaid since",
        compute="_compute_access_unpaid_due",
        compute_sudo=True,
        store=True,
        copy=False,
        help="By when the first invoice was to be paid that is not paid yet.",
    )

    @api.depends("stage_id.type")
    def _compute_access_closed_on(self):
        for subscription in self:
            day = subscription.access_closed_on
            if subscription.stage_id.type != "post":
                day = False
            elif not day:
                day = subscription._access_today()
            subscription.access_closed_on = day

    @api.depends("is_paused")
    def _compute_access_paused_on(self):
        for subscription in self:
            day = subscription.access_paused_on or subscription._access_today()
            subscription.access_paused_on = subscription.is_paused and day

    def _access_today(self):
        return (self.company_id or self.env.company)._access_today()

    @api.depends(
        "invoice_ids.state",
        "invoice_ids.payment_state",
        "invoice_ids.invoice_date_due",
        "sale_order_ids.order_line.invoice_lines.move_id.state",
        "sale_order_ids.order_line.invoice_lines.move_id.payment_state",
        "sale_order_ids.order_line.invoice_lines.move_id.invoice_date_due",
        "sale_order_id.order_line.invoice_lines.move_id.state",
        "sale_order_id.order_line.invoice_lines.move_id.payment_state",
        "sale_order_id.order_line.invoice_lines.move_id.invoice_date_due",
    )
    def _compute_access_unpaid_due(self):
        """As a field, so that whatever pays or cancels an invoice outdates policies."""
        for subscription in self:
            due = min(subscription._unpaid_due_dates(), default=False)
            known, subscription.access_unpaid_due = subscription.access_unpaid_due, due
            if due != known:
                subscription._rules_changed()

    def _unpaid_due_dates(self):
        orders = self.sale_order_id | self.sale_order_ids
        invoices = self.invoice_ids | orders.order_line.invoice_lines.move_id
        for invoice in invoices:
            is_unpaid = invoice.state == "posted" and invoice.payment_state in UNPAID
            if invoice.move_type == "out_invoice" and is_unpaid:
                yield invoice.invoice_date_due or invoice.invoice_date

    @api.model
    def _holders(self, domain):
        """Give who has such a subscription, or so many that naming them is no use."""
        found = self.sudo()._read_group(domain, ["partner_id"], limit=MOST_PERSONS + 1)
        return [partner.id for [partner] in found]

    def _changed_parts(self):
        # Whatever the plan opens now: it may be given its first right at this moment.
        return {"partners": self.partner_id.ids}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "active",
            "company_id",
            "date",
            "date_start",
            "is_paused",
            "partner_id",
            "paused_until",
            "stage_id",
            "template_id",
        }


class SaleSubscriptionStage(models.Model):
    _name = "sale.subscription.stage"
    _inherit = ["sale.subscription.stage", "access.policy.input"]

    def _changed_parts(self):
        gives_rights = ("template_id.access_right_ids", "!=", False)
        domain = [("stage_id", "in", self.ids), gives_rights]
        return {"partners": self.env["sale.subscription"]._holders(domain)}

    def _policy_fields(self):
        return super()._policy_fields() | {"type"}


class SaleSubscriptionTemplate(models.Model):
    """A plan, and the rights that its holders have."""

    _name = "sale.subscription.template"
    _inherit = ["sale.subscription.template", "access.policy.input"]

    access_right_ids = fields.Many2many(
        "access.right",
        string="Rights",
        copy=False,
        groups="access_base.group_user",
        help="What holders of the plan may pass.",
    )
    access_holder_count = fields.Integer(
        string="Holders",
        compute="_compute_access_holder_count",
        compute_sudo=True,
        groups="access_base.group_user",
    )

    def _compute_access_holder_count(self):
        counts = dict(
            self.env["sale.subscription"]._read_group(
                [*self._running(), ("template_id", "in", self.ids)],
                ["template_id"],
                ["partner_id:count_distinct"],
            )
        )
        for plan in self:
            plan.access_holder_count = counts.get(plan, 0)

    def _running(self):
        return [
            ("stage_id.type", "=", "in_progress"),
            ("company_id", "in", self.env.companies.ids),
        ]

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        # Also those that came as a default.
        if plans.sudo().with_context(active_test=False).access_right_ids:
            self._check_may_give_rights()
        return plans

    def write(self, vals):
        if "access_right_ids" in vals:
            self._check_may_give_rights()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_rights(self):
        if right := self.sudo().with_context(active_test=False).access_right_ids[:1]:
            raise UserError(
                self.env._(
                    "Holders of this plan have the right %(right)s: "
                    "take it out there first.",
                    right=right.name,
                )
            )

    def _check_may_give_rights(self):
        """Refuse those who sell plans, but do not say what a plan opens."""
        is_operator = self.env.user.has_group("access_base.group_operator")
        if not (self.env.su or is_operator):
            raise AccessError(
                self.env._("Only operators may give rights to a plan or take them.")
            )

    def action_view_access_holders(self):
        self.ensure_one()
        subscriptions = self.env["sale.subscription"].sudo()
        running = subscriptions.search(
            [*self._running(), ("template_id", "=", self.id)]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Holders of %(plan)s", plan=self.name),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": [("id", "in", running.partner_id.ids)],
        }

    def _policy_records(self):
        return self.filtered(lambda plan: plan.sudo().access_right_ids)

    def _changed_parts(self):
        domain = [("template_id", "in", self.ids)]
        return {"partners": self.env["sale.subscription"]._holders(domain)}

    def _policy_fields(self):
        return super()._policy_fields() | {"access_right_ids"}
