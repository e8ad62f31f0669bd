from functools import wraps

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.access_base.access_policy import CredentialError, credential_token


def for_cashiers(method):
    """Let cashiers of the till call it; it works beyond what they may read."""

    @wraps(method)
    def called(self, *args, **values):
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(self.env._("Only cashiers may do this."))
        return method(self.sudo().with_company(self.company_id), *args, **values)

    return called


def for_managers(method):
    @wraps(method)
    def called(self, *args, **values):
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(self.env._("Only a manager may do this."))
        return method(self, *args, **values)

    return called


class PosConfig(models.Model):
    """What a till asks about bands: read, give, bill, put on, let go."""

    _inherit = "pos.config"

    # -- read ------------------------------------------------------

    @for_cashiers
    def action_access_read(self, value, order_uuid=False):
        """Tell what was held to the reader, or typed.

        :return: a dict with its ``type``: ``band``, ``stay``, ``card``, ``refused`` or
            ``unknown``
        """
        bands = self.env["access.wristband"]
        band = bands._read(self.company_id, value)
        band = band or bands._numbered(self.company_id, value.strip())
        if band:
            return self._access_read_band(band, order_uuid)
        if card := self._access_card(value):
            return {"type": "card", "card": self._access_card_values(card)}
        if ticket := self._access_exit_ticket(value):
            return {"type": "stay", "stay": ticket.access_stay_id._till_values()[0]}
        return {"type": "unknown"}

    def _access_read_band(self, band, order_uuid):
        if band.stay_id:
            return {"type": "stay", "stay": band.stay_id._till_values()[0]}
        try:
            band._check_free(order_uuid=order_uuid)
        except UserError as error:
            return {"type": "refused", "message": str(error)}
        return {
            "type": "band",
            "id": band.id,
            "number": band.number,
            "color": band.band_color,
        }

    def _access_credential(self, value, *kinds):
        """Give the credentials of what was read, the latest first."""
        tokens = set()
        for kind in kinds:
            try:
                tokens.add(credential_token(kind, value.strip()))
            except CredentialError:
                continue
        known = [
            ("token", "in", sorted(tokens)),
            ("company_id", "=", self.company_id.id),
        ]
        return self.env["access.credential"].search(known, order="id desc")

    def _access_card(self, value):
        credentials = self._access_credential(value, "card", "barcode", "qr")
        cards = self.env["access.pool.card"]
        if not credentials:
            known = [
                ("number", "=ilike", value),
                ("company_id", "=", self.company_id.id),
            ]
            return cards.search(known, limit=1)
        active = credentials.filtered(lambda one: one.state == "active")
        return cards.search([("credential_id", "in", active.ids)], limit=1)

    def _access_exit_ticket(self, value):
        tickets = self._access_credential(value, "barcode")
        return tickets.filtered(lambda one: one.access_stay_id)[:1]

    def _access_card_values(self, card):
        admission, holder = card.admission_id, card.partner_id
        return {
            "id": card.id,
            "name": holder.name,
            "number": card.number,
            "photo": f"/access_pool/card/{card.id}/photo"
            if card._wants_photo()
            else False,
            "admission_id": admission.id,
            "balance": [
                {"name": admission.name, "left": card.left, "unit": card.unit},
            ],
            "debt": card.is_in_debt,
            "blocked": card.is_blocked,
            "bands_most": admission.bands_most,
            "bands_out": card.bands_out,
            "product_ids": admission.product_ids.product_variant_ids.ids,
        }

    # -- give ------------------------------------------------------

    @for_cashiers
    def action_access_reserve(self, wristband_id, admission_line_id, order_uuid):
        """Keep a band for an order that sells an admission."""
        band = self._access_own("access.wristband", wristband_id)
        line = self._access_own("access.admission.line", admission_line_id)
        band._reserve(order_uuid, line.kind_id)
        return {"number": band.number, "color": band.band_color}

    @for_cashiers
    def action_access_give(self, order_id, bands):
        """Give bands of a paid order that were not held to the reader before."""
        order = self._access_own("pos.order", order_id)
        if order.state not in ("paid", "done"):
            raise UserError(self.env._("This order is not paid yet."))
        party = order.lines.access_stay_ids[:1].party_id
        for line in order.lines:
            if line._access_missing() > 0:
                stays = line._access_give(bands, party)
                party = party or stays[:1]
        order.invalidate_recordset(["access_missing_bands"])
        return {"missing": order.access_missing_bands}

    @for_cashiers
    def action_access_hand_out(self, card_id, wristband_ids):
        """Give bands against a card; no money is taken."""
        card = self._access_own("access.pool.card", card_id)
        bands = self._access_own("access.wristband", wristband_ids)
        stays = bands.stay_id
        # Else the till did not hear that it was done.
        if len(stays) < len(bands) or stays.card_id != card:
            stays = card._hand_out(bands)
        return {
            "stays": stays._till_values(),
            "card": self._access_card_values(card),
        }

    # -- bill ------------------------------------------------------

    @for_cashiers
    def action_access_bill(self, stay_ids, order_uuid, what="all", take_over=False):
        """Make a bill of what guests owe, for an order of this till."""
        stays = self._access_own("access.stay", stay_ids)
        claims = stays._claimed_elsewhere(order_uuid)
        if claims and not take_over:
            till = claims[0].config_id.name or self.env._("another till")
            return {"lines": [], "stays": stays._till_values(), "claimed_by": till}
        charges = stays._bill(order_uuid, self, what)
        return {
            "lines": [charge._till_line() for charge in charges],
            "stays": stays._till_values(),
            "claimed_by": False,
        }

    @for_cashiers
    def action_access_release(self, order_uuid, stay_ids=False):
        """Let go of what an order has claimed, which is given up."""
        known = [("order_uuid", "=", order_uuid), ("state", "=", "open")]
        known += [("stay_id", "in", stay_ids)] if stay_ids else []
        self.env["access.stay.charge"].search(known)._give_up()
        if not stay_ids:
            self.env["access.wristband"]._release(order_uuid)
        return True

    @for_cashiers
    def action_access_exit(self, stay_ids, order_uuid=False, ignore_lockers=False):
        """Give exit tickets to those who owe nothing, and take their bands back."""
        if ignore_lockers and not self._access_is_manager():
            raise AccessError(self.env._("Only a manager may leave a locker locked."))
        stays = self._access_own("access.stay", stay_ids)
        stays._refuse_to_leave(ignore_lockers)
        stays._leave(ignore_lockers=ignore_lockers)
        return {"tickets": [stay._ticket_slip() for stay in stays]}

    def _access_is_manager(self):
        return self.env.user.has_group("point_of_sale.group_pos_manager")

    # -- on the band, lost, corrected -----------------------------------------------

    @for_cashiers
    def action_access_put_on_band(self, order_id, value):
        """Put a draft order of this till on the band that was read."""
        order = self._access_own("pos.order", order_id)
        band = self.env["access.wristband"]._read(self.company_id, value)
        band = band or band._numbered(self.company_id, value.strip())
        stay = band.stay_id
        if not stay:
            raise UserError(self.env._("No guest has this band."))
        if order.state == "draft" and order.access_stay_id == stay:
            # The till did not hear that it was done.
            return {"number": band.number, "limit_left": stay._limit_left()}
        if order.state != "draft" or order.access_stay_id:
            raise UserError(self.env._("This order is paid or on a band already."))
        if order.payment_ids:
            raise UserError(self.env._("This order is paid in part already."))
        lines = order.lines
        if lines.filtered("access_charge_uuid") or lines._access_admission():
            raise UserError(
                self.env._("Admissions and bills are paid, not put on a band.")
            )
        order._access_put_on(stay)
        return {"number": band.number, "limit_left": stay._limit_left()}

    @for_cashiers
    def action_access_lost(self, stay_id, wristband_id=False, reason=False):
        """Block a lost band at once; with another one the stay carries on."""
        stay = self._access_own("access.stay", stay_id)
        new = wristband_id and self._access_own("access.wristband", wristband_id)
        stay._lose(new, reason)
        return {"stay": stay._till_values()[0]}

    @for_managers
    @for_cashiers
    def action_access_correct(self, stay_id, amount, reason):
        """Let a guest owe less, with a reason."""
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the bill is corrected."))
        stay = self._access_own("access.stay", stay_id)
        stay._correct(amount, reason.strip())
        return {"stay": stay._till_values()[0]}

    def _access_own(self, model, ids):
        """Give records by what a till sent, if they are there and of its company."""
        ids = [ids] if isinstance(ids, int) else list(ids)
        records = self.env[model].browse(map(int, ids)).exists()
        if len(records) != len(ids) or records.company_id - self.company_id:
            raise UserError(self.env._("This is not there any more: read it again."))
        return records


class AccessStay(models.Model):
    _inherit = "access.stay"

    def _till_values(self):
        """Give the stays as tills show them."""
        owed, locked = self._owed(), self._locked()
        return [stay._till_value(owed[stay.id], locked) for stay in self]

    def _till_value(self, owed, locked):
        time = sum(quantity * each for _line, quantity, each in owed.time)
        time += sum(self._units(charge.amount) for charge in owed.corrections)
        tab = sum(owed.tab.mapped("price_subtotal_incl"))
        return {
            "id": self.id,
            "number": self.band_number,
            "kind": self.kind_id.name,
            "color": self.kind_id.band_color,
            "since": self._utc_text(self.entered_at),
            "zone": self.zone_id.name,
            "owed": self.currency_id.round(self._amount(time) + tab),
            "tab": self.currency_id.round(tab),
            "limit_left": self._limit_left(),
            "lockers": locked.get(self.id, []),
            "state": "lost" if self.is_lost and not self._has_band() else self.state,
            "is_leader": self.is_leader,
            "has_left": bool(self.left_at),
            "party": self._party_inside().ids,
            "party_numbers": self._party_inside().mapped("band_number"),
            "photo": self.card_id._wants_photo()
            and f"/access_pool/card/{self.card_id.id}/photo",
        }

    def _utc_text(self, moment):
        return fields.Datetime.to_string(moment) if moment else False

    def _party_inside(self):
        """Give those who came with this one and are not out yet."""
        came = self.search([("party_id", "=", self.party_id.id), ("state", "=", "out")])
        return (came - self).sorted("band_number")
