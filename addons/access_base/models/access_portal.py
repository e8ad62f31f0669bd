from datetime import datetime, timedelta, timezone

from reportlab.graphics.barcode.qr import QrCodeWidget

from odoo import models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..access_policy import CredentialError, credential_token
from ..access_policy.rotating_qr import STEP_SECONDS, step_at

# Codes a phone gets at once, so that it has them where there is no network.
CODES = 10

# What members may add themselves, and the company's field that says how many.
LIMITS = {"phone": "access_portal_phones", "plate": "access_portal_plates"}


class AccessPortal(models.AbstractModel):
    """What members see of their access, and what they do to it themselves.

    They may read none of its records. The controller calls this as superuser, with the
    contact of whoever is logged in; each method keeps to what belongs to that contact.
    """

    _name = "access.portal"
    _description = "Members' Own Access"

    def _company(self, partner):
        return partner.company_id or self.env.company

    # -- keys ---------------------------------------------------------------------

    def _keys(self, partner):
        """Give by kind what a member holds.

        Who makes a member open a door may look at the phone as well: it does not tell
        that there is a PIN for duress.
        """
        found = self.env["access.credential"].search(
            [
                *self._own(partner),
                ("state", "!=", "returned"),
                ("is_duress", "=", False),
            ]
        )
        return found.sorted(lambda key: (key.state != "active", key.id)).grouped("kind")

    def _key(self, partner, credential_id, *kinds):
        """Give a credential of a member by its number, or none."""
        return self.env["access.credential"].search(
            [
                *self._own(partner),
                ("id", "=", credential_id),
                ("kind", "in", kinds),
                ("is_duress", "=", False),
            ]
        )

    def _own(self, partner):
        company = self._company(partner)
        return [("partner_id", "=", partner.id), ("company_id", "=", company.id)]

    def _may_not_add(self, partner):
        """Say why a member may make no keys now; nothing where they may.

        A right can be everybody's who holds a credential. So nobody makes their first
        one who was given nothing: else it would be open to all who sign up.
        """
        if partner.access_suspended or not partner.active:
            return self.env._("Your access is suspended. Please speak with reception.")
        if not self._was_given_something(partner):
            return self.env._(
                "You have no plan, ticket or card yet. Please ask reception for one."
            )
        return ""

    def _was_given_something(self, partner):
        of_staff = ("create_uid", "not in", partner.user_ids.ids)
        active = [*self._own(partner), ("state", "=", "active"), of_staff]
        keys = self.env["access.credential"].search(active)
        tickets = self._tickets(partner)
        return (
            any(key.validity != "expired" for key in keys)
            or any(ticket.state in ("valid", "not_yet") for ticket in tickets)
            or any(held.opens or held.begins for held in self._held(partner))
        )

    def _check_may_add(self, partner):
        if why := self._may_not_add(partner):
            raise UserError(why)
        # Of two requests at the same moment the second is tried anew by Odoo, and
        # then sees what the first one added.
        query = (
            "UPDATE res_partner SET write_date = write_date WHERE id = %s RETURNING id"
        )
        self.env.execute_query(SQL(query, partner.id))

    def _add(self, partner, kind, value):
        """Issue a phone number or plate, as the member typed it."""
        self._check_may_add(partner)
        company = self._company(partner)
        held = len(self._keys(partner).get(kind, ()))
        if held >= company[LIMITS[kind]]:
            raise UserError(self.env._("You have as many as you may add."))
        token = self._token(kind, value, company)
        known = [("company_id", "=", company.id), ("token", "=", token)]
        credentials = self.env["access.credential"]
        if credentials.search_count([*known, ("state", "!=", "returned")], limit=1):
            raise UserError(
                self.env._("It is registered already. Please ask reception about it.")
            )
        return credentials.create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "kind": kind,
                "value": value,
            }
        )

    def _token(self, kind, value, company):
        if kind == "phone":
            value = self.env["access.credential"]._international(value, company)
        try:
            return credential_token(kind, value or "")
        except CredentialError as error:
            raise ValidationError(
                self.env._("A number plate has 2 to 12 letters and digits.")
            ) from error

    # -- QR code and PIN ----------------------------------------------------------

    def _ensure_rotating_qr(self, partner):
        """Give the member's rotating code, made on first use.

        One that is blocked or lost is not replaced by asking for another.
        """
        self._check_may_add(partner)
        keys = self._keys(partner).get("rotating_qr")
        if keys:
            return keys[0]
        company = self._company(partner)
        return self.env["access.credential"].create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "kind": "rotating_qr",
            }
        )

    def _codes(self, partner):
        """Give the codes of the next half minutes, and what time it is here."""
        if partner.access_suspended:
            raise UserError(self._may_not_add(partner))
        keys = self._keys(partner).get("rotating_qr", self.env["access.credential"])
        key = keys.filtered(lambda one: one.state == "active")[:1]
        if not key:
            raise UserError(self.env._("You have no QR code."))
        now = datetime.now(timezone.utc)
        times = [now + timedelta(seconds=STEP_SECONDS * n) for n in range(CODES)]
        return {
            "now": round(now.timestamp() * 1000),
            "step_ms": STEP_SECONDS * 1000,
            "codes": [
                {"step": step_at(at), **drawing(key._rotating_qr(at))} for at in times
            ],
        }

    def _pin(self, partner, credential):
        if partner.access_suspended:
            raise UserError(self._may_not_add(partner))
        return credential._reveal_pin()


def drawing(text):
    """Give a QR code as the path of an SVG, and how many modules it is wide."""
    widget = QrCodeWidget(text, barLevel="M")
    widget.qr.make()
    parts = []
    for y, row in enumerate(widget.qr.modules):
        start = None
        for x, dark in enumerate([*row, False]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                parts.append(f"M{start} {y}h{x - start}v1H{start}z")
                start = None
    return {"size": len(widget.qr.modules), "path": "".join(parts)}
