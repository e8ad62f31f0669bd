import json
from datetime import timezone
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import xlsxwriter

from odoo import models
from odoo.fields import Domain

READ_AT_ONCE = 2000
ROWS_OF_A_SHEET = 1_048_576


class AccessEvent(models.Model):
    _inherit = "access.event"

    def action_export(self):
        """Give the selected passages, or all that the search shows, as a file."""
        domain = self.env.context.get("active_domain") or []
        if self:
            domain = [("id", "in", self.ids)]
        query = {
            "domain": json.dumps(list(Domain(domain))),
            "companies": ",".join(map(str, self.env.companies.ids)),
        }
        return {
            "type": "ir.actions.act_url",
            "url": f"/access/passages.xlsx?{urlencode(query)}",
            "target": "download",
        }

    def _write_xlsx(self, file, domain):
        """Write passages as a spreadsheet, in words and by the venue's clock.

        Neither the rows nor the file are ever in memory as a whole.
        """
        self.check_access("read")
        book = xlsxwriter.Workbook(file, {"constant_memory": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        bold = book.add_format({"bold": True})
        codes = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("result", "reason")
        }
        sheet, row = self._new_sheet(book, bold), 1
        for event in self._read_in_parts(domain):
            if row == ROWS_OF_A_SHEET:
                sheet, row = self._new_sheet(book, bold), 1
            sheet.write_datetime(row, 0, event._local_time(), moment)
            for column, words in enumerate(event._export_words(codes), 1):
                # As text: what begins with "=" is no formula.
                sheet.write_string(row, column, str(words or ""))
            row += 1
        book.close()

    def _read_in_parts(self, domain):
        ids = self.search(domain)._ids
        for start in range(0, len(ids), READ_AT_ONCE):
            yield from self.browse(ids[start : start + READ_AT_ONCE])
            self.env.invalidate_all(flush=False)

    def _new_sheet(self, book, bold):
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(_EXPORTED), 18)
        sheet.write_string(0, 0, self._label("date"), bold)
        for column, name in enumerate(_EXPORTED, 1):
            sheet.write_string(0, column, self._label(name), bold)
        return sheet

    def _label(self, name):
        return self.fields_get([name], ["string"])[name]["string"]

    def _local_time(self):
        zone = self.venue_id.sudo().tz or self.env.user.tz or "UTC"
        utc = self.date.replace(tzinfo=timezone.utc)
        local = utc.astimezone(ZoneInfo(zone))
        return local.replace(tzinfo=None, microsecond=0)

    def _export_words(self, codes):
        """Give what is exported of a passage, without numbers of cards.

        :param codes: by field the words of its codes
        """
        return [self._export_word(name, codes) for name in _EXPORTED]

    def _export_word(self, name, codes):
        if name == "seen":
            return self._seen_words()
        value = self[name]
        if name in codes:
            return codes[name].get(value)
        return value.sudo().display_name if isinstance(value, models.Model) else value


_EXPORTED = (
    "venue_id",
    "point_id",
    "result",
    "reason",
    "warning_words",
    "person_id",
    "companion_id",
    "seen",
    "right_id",
    "band_id",
    "ticket_id",
    "day",
    "zone_id",
    "user_id",
    "duty_user_id",
    "note",
    "journal_id",
    "sequence",
)
