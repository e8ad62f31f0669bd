from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

# A little longer than a driver ever asks a controller what it did alone.
LOOKED_BACK = timedelta(days=15)


class AccessDevice(models.Model):
    """Up to when what a controller noted itself is in the log.

    Its gateway knows that by its own journal. A box that is new beside it has none, so
    the rules say it: else all that the controller still has would be told again.
    """

    _inherit = "access.device"

    # Its time of the last event that it told, and how many it told of that moment.
    logged = fields.Json(readonly=True, copy=False)

    def write(self, vals):
        gateway = vals.get("gateway_id")
        moved = self.filtered(lambda one: gateway and one.gateway_id.id != gateway)
        result = super().write(vals)
        moved._note_logged()
        return result

    def _note_logged(self):
        """Note it for a box that is new beside them."""
        for device in self.filtered("is_controller").sudo():
            device.logged = device._last_told()

    def _last_told(self):
        rows = self.env.execute_query(
            SQL(
                _LAST_TOLD,
                company=self.company_id.id,
                since=fields.Datetime.now() - LOOKED_BACK,
                somewhere=f"%(device {self.id}%",
                source=rf"\(device {self.id}(, event \d+)?( of \S+)?\)$",
                later=r" of (\d{4}(-\d\d){2}T(\d\d:){2}\d\d\.\d{3}Z)\)$",
            )
        )
        return list(rows[0]) if rows else False

    def _system_fields(self):
        return super()._system_fields() | {"logged"}

    def _policy_fields(self):
        return super()._policy_fields() | {"logged"}


# As the gateway writes it down (``recorder.py``): where the clock of the device was
# ahead, its own time ends the note.
_LAST_TOLD = """
SELECT COALESCE(substring(note FROM %(later)s),
                to_char(date, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS at,
       count(*)
  FROM access_event
 WHERE company_id = %(company)s AND date >= %(since)s
   AND note LIKE %(somewhere)s AND note ~ %(source)s
 GROUP BY at
 ORDER BY at DESC
 LIMIT 1
"""
