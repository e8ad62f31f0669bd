from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .lock import lock

# What a till notes of an order that it prints.
PRINTED = {"nb_print"}


class PosOrder(models.Model):
    """An order lets guests in, is put on a band, or pays what bands owe.

    What is put on a band is a draft order of no session, so that it outlives the till's
    day; the desk copies its lines to an order of its own, and it is cancelled when all
    of them are paid.
    """

    _inherit = "pos.order"

    access_stay_id = fields.Many2one(
        "access.stay",
        string="On the Band",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    access_is_handled = fields.Boolean(
        readonly=True, copy=False, help="What follows from its payment was done."
    )
    access_exit_tickets = fields.Json(
        compute="_compute_access_exit_tickets", compute_sudo=True
    )
    access_missing_bands = fields.Integer(
        string="Bands still to be Given",
        compute="_compute_access_missing_bands",
        compute_sudo=True,
    )

    @api.depends("lines.access_charge_uuid", "state")
    def _compute_access_exit_tickets(self):
        for order in self:
            slips = []
            if order.state in ("paid", "done"):
                for stay in order._access_charges().sudo().stay_id:
                    slips.append(stay._ticket_slip())
            order.access_exit_tickets = [slip for slip in slips if slip]

    @api.depends("lines.access_stay_ids", "lines.refunded_qty", "state")
    def _compute_access_missing_bands(self):
        for order in self:
            is_paid = order.state in ("paid", "done")
            missing = [
                max(line._access_missing(), 0) for line in order.lines if is_paid
            ]
            order.access_missing_bands = sum(missing)

    def _access_charges(self):
        uuids = [uuid for uuid in self.lines.mapped("access_charge_uuid") if uuid]
        charges = self.env["access.stay.charge"].sudo()
        return charges.search([("uuid", "in", uuids)]) if uuids else charges

    # -- paid ------------------------------------------------------

    def action_pos_order_paid(self):
        if self.access_stay_id:
            raise UserError(
                self.env._("This order is on a band: it is paid at the cash desk.")
            )
        result = super().action_pos_order_paid()
        if not self.access_is_handled:
            self.access_is_handled = True
            self._access_after_payment()
        return result

    def _access_after_payment(self):
        """Let in whom it was sold to, and out who has paid.

        The money is taken: nothing here may refuse the order. What cannot be done is
        shown at the till and is done from there.
        """
        order = self.sudo()
        order.lines._access_take_back()
        order.lines._access_give_bands()
        order.lines._access_top_up_cards()
        order._access_take_payment()

    def _access_take_payment(self):
        by_uuid = {charge.uuid: charge for charge in self._access_charges()}
        paid = {
            line: by_uuid[line.access_charge_uuid]
            for line in self.lines
            if line.access_charge_uuid in by_uuid
        }
        paid = {line: one for line, one in paid.items() if one.state != "paid"}
        charges = self.env["access.stay.charge"].union(*paid.values())
        if not charges:
            return
        stays = charges.stay_id
        stays._take_payment(paid)
        final = charges.filtered("is_final").stay_id
        if final:
            at = stays._billed_at(charges)
            settled = final._settle(at)
            (settled & charges.filtered("is_at_desk").stay_id)._leave(at)

    @api.model
    def _process_order(self, order, existing_order):
        """Leave alone what is on a band, though a till that was cut off sends it again.

        Where the till took money for it meanwhile, that is what it was paid with.
        """
        if existing_order and existing_order.sudo().access_stay_id:
            if order.get("state") != "paid":
                return existing_order.id
            tab = existing_order.sudo()
            lock(tab.access_stay_id)
            tab.access_stay_id = False
        if existing_order:
            for name in ("lines", "payment_ids"):
                self._access_know_again(order, existing_order, name)
        return super()._process_order(order, existing_order)

    def _access_know_again(self, order, existing_order, name):
        """Find what a till makes anew, as it was not told that it is there already."""
        known = {one.uuid: one.id for one in existing_order[name]}
        order[name] = [
            Command.update(known[command[2]["uuid"]], command[2])
            if command[0] == Command.CREATE and command[2].get("uuid") in known
            else command
            for command in order.get(name) or []
        ]

    # -- on the band ------------------------------------------------------

    def _access_put_on(self, stay):
        """Put a draft order on a guest's band, up to its limit."""
        self.ensure_one()
        lock(stay)
        if not stay.is_open or stay.is_lost and not stay._has_band():
            raise UserError(
                self.env._("Band %(band)s takes no more.", band=stay.band_number)
            )
        if claims := stay._claimed_at_tills():
            raise UserError(
                self.env._(
                    "Band %(band)s is being paid at %(till)s.",
                    band=stay.band_number,
                    till=claims[0].config_id.name or self.env._("the cash desk"),
                )
            )
        left = stay._limit_left()
        if self.currency_id.compare_amounts(self.amount_total, left) > 0:
            raise UserError(
                self.env._(
                    "Over the limit: %(left)s may still be put on band %(band)s.",
                    left=self.currency_id.format(left),
                    band=stay.band_number,
                )
            )
        stay._off_phones()
        self.write({"access_stay_id": stay.id, "session_id": False})

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._access_check_band(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._access_check_band(vals)
        if set(vals) - PRINTED:
            self._access_check_tab()
        return super().write(vals)

    def _access_check_band(self, vals):
        """Refuse to put an order on a band but by the till's own call."""
        if vals.get("access_stay_id") and not self.env.su:
            raise AccessError(self.env._("Read the band to put an order on it."))

    def _access_check_tab(self):
        """Refuse users who change what is on a band, as calls by hand might."""
        if not self.env.su:
            self.sudo()._access_keep_on_band()

    def action_pos_order_cancel(self):
        self._access_keep_on_band()
        return super().action_pos_order_cancel()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_band(self):
        self._access_keep_on_band()

    def _access_keep_on_band(self):
        """Keep what is on a band: only payment takes it off."""
        if self.access_stay_id:
            raise UserError(
                self.env._("This is on a guest's band: a manager corrects the bill.")
            )


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    access_charge_uuid = fields.Char(
        string="Charge", readonly=True, copy=False, index="btree_not_null"
    )
    access_charge_id = fields.Many2one(
        "access.stay.charge", compute="_compute_access_charge_id", compute_sudo=True
    )
    access_bands = fields.Json(
        string="Bands", copy=False, help="Those that were held to the reader."
    )
    access_card_id = fields.Many2one(
        "access.pool.card",
        string="Season Card",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    access_stay_ids = fields.One2many("access.stay", "order_line_id", string="Guests")
    access_paid_by_ids = fields.One2many(
        "access.stay.charge",
        "tab_line_id",
        string="Paid by",
        domain=[("state", "=", "paid")],
    )

    @api.depends("access_charge_uuid")
    def _compute_access_charge_id(self):
        charges = self.env["access.stay.charge"]
        for line in self:
            known = [("order_line_id", "=", line.id), ("type", "!=", "refund")]
            line.access_charge_id = line.access_charge_uuid and charges.search(
                known, limit=1
            )

    def _access_admission(self):
        return self.sudo().product_id.product_tmpl_id.access_admission_id

    def _access_places(self):
        """Give for each band that this line sells the line of the admission."""
        self.ensure_one()
        admission = self._access_admission()
        if admission.type != "bands" or self.qty <= 0:
            return []
        return [
            line
            for line in admission.line_ids
            for _band in range(line.count * int(self.qty))
        ]

    def _access_missing(self):
        """Count the bands that are paid for and not given; less than 0 are too many."""
        refunded = self._access_each() * int(self.refunded_qty)
        given = self.access_stay_ids.filtered(lambda stay: stay.state != "cancelled")
        return len(self._access_places()) - refunded - len(given)

    def _access_each(self):
        """Count the bands that come with one of what the line sells."""
        return sum(self._access_admission().line_ids.mapped("count"))

    def _access_give_bands(self):
        """Give the bands that were held to the reader; skip what cannot be given."""
        party = self.env["access.stay"]
        for line in self.filtered("access_bands"):
            party = party or line.order_id.lines.access_stay_ids[:1].party_id
            stays = line._access_give(line.access_bands, party)
            party = party or stays[:1]

    def _access_give(self, bands, party=None):
        """Begin stays with bands, each ``{"id": band, "line": line of admission}``."""
        self.ensure_one()
        places = self.access_stay_ids._places_left(self._access_places())
        uuid, givings = self.order_id.uuid, []
        for given in bands:
            band = self.env["access.wristband"].browse(int(given["id"])).exists()
            place = next((one for one in places if one.id == given.get("line")), None)
            if not band or place is None or band in [one for one, _vals in givings]:
                continue
            try:
                band._check_free(place.kind_id, uuid)
            except UserError:
                continue
            places.remove(place)
            givings.append((band, self._access_stay_values(place)))
        givings = givings[: max(self._access_missing(), 0)]
        stays = self.env["access.stay"]._begin(givings, party)
        self._access_note_bands(givings)
        return stays

    def _access_note_bands(self, givings):
        """Tell tills which bands came with the line, also those given later."""
        bands = self.access_bands or []
        known = {one["id"] for one in bands}
        self.access_bands = bands + [
            {"id": band.id, "number": band.number, "line": values["admission_line_id"]}
            for band, values in givings
            if band.id not in known
        ]

    def _access_stay_values(self, place):
        return {
            "admission_id": place.admission_id.id,
            "admission_line_id": place.id,
            "kind_id": place.kind_id.id,
            "is_leader": place.is_leader,
            "order_line_id": self.id,
            "held": [[place.cover_id.name, 0]] if place.cover_id else [],
        }

    def _access_top_up_cards(self):
        for line in self:
            admission = line._access_admission()
            if admission.type != "card" or line.qty <= 0:
                continue
            # Also a till that was tampered with tops up no card of another kind.
            card = line.access_card_id.filtered(
                lambda one, admission=admission: one.admission_id == admission
            )
            if not card and line.order_id.partner_id:
                card = card.create(
                    {
                        "partner_id": line.order_id.partner_id.id,
                        "admission_id": admission.id,
                    }
                )
                line.access_card_id = card
            if card:
                card._top_up(int(line.qty), line)

    def _access_take_back(self):
        """Cancel what was sold and is refunded, of guests who have not come in."""
        for line in self.filtered("refunded_orderline_id"):
            sold, count = line.refunded_orderline_id, int(-line.qty)
            if sold._access_admission().type == "bands":
                line._access_coming_back(count)._cancel()
            if sold.access_card_id:
                sold.access_card_id._take_back(count, line)
            if charge := sold.access_charge_id:
                charge._note_refund(line)

    def _access_coming_back(self, count):
        """Give the stays that a refund ends: first those whose bands were read.

        Of the others it ends no more than are paid for no longer, as bands that were
        never given are refunded as well. Who is inside stays inside.
        """
        sold = self.refunded_orderline_id
        stays = sold.access_stay_ids.filtered("is_open")
        absent = stays.filtered(lambda stay: not stay.entered_at)
        bands = {one["id"] for one in self.access_bands or []}
        read = absent.filtered(lambda stay: stay.wristband_id.id in bands)
        back = read[: count * sold._access_each()]
        more = -sold._access_missing() - len(back)
        return back | (absent - read)[: max(more, 0)]

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._access_check_tab()
        return lines

    def write(self, vals):
        self.order_id._access_check_tab()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_band(self):
        self.order_id._access_keep_on_band()
