from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..access_policy import event_of
from ..access_policy.document import MOST_PIN_TRIES
from ..access_policy.event import SEEN_PIN


class AccessPolicy(models.AbstractModel):
    """The wrong PINs of a point, which are looked at only when one is typed."""

    _inherit = "access.policy"

    def _for_attempt(self, point, token=None, pin=None, person=None):
        policy, state = super()._for_attempt(point, token, pin, person)
        if pin or (token or "").startswith("pin:"):
            self._note_wrong_pins(state, point)
        return policy, state

    def _note_wrong_pins(self, state, point):
        venue = point.sudo().venue_id
        # The first of those that count, and as long again while PINs are refused.
        span = timedelta(minutes=2 * venue.pin_lock_minutes)
        rows = self.env.execute_query(
            SQL(
                "SELECT record FROM access_event"
                " WHERE point_id = %s AND date > %s AND (reason = 'pin_wrong'"
                "       OR reason = 'credential_unknown' AND seen = %s)"
                " ORDER BY date DESC, id DESC LIMIT %s",
                *(point.id, fields.Datetime.now() - span, SEEN_PIN, MOST_PIN_TRIES),
            )
        )
        for [record] in rows:
            state.note(event_of(record))
