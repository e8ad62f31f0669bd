import io
import json
import zipfile
from unittest.mock import patch
from urllib.parse import urlencode
from xml.etree import ElementTree

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import access_event_export
from .log_common import LogCommon
from .security_common import ROLES, STAFF


def _rows(content):
    """Read the text of a spreadsheet's first sheet, row by row."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    return [
        ["".join(cell.itertext()) for cell in row.iterfind("x:c", space)]
        for row in sheet.iterfind(".//x:row", space)
    ]


class TestAccessEventExport(LogCommon):
    def _export(self, domain=(), user=None):
        file = io.BytesIO()
        events = self.env["access.event"].with_user(user or self._user("reception"))
        events._write_xlsx(file, list(domain))
        return file.getvalue()

    def test_words_and_local_time(self):
        self._send(self._event(30, warnings=("anti_passback",)))
        [heads, row] = _rows(self._export())
        self.assertEqual(heads[0], "Time")
        # 07:30 UTC is 08:30 in Warsaw; a spreadsheet counts in days.
        self.assertAlmostEqual(float(row[0]) % 1, 8.5 / 24, places=5)
        for words in (
            "Gym turnstile",
            "Has the right",
            "Is inside already",
            "Anna Nowak",
        ):
            self.assertIn(words, row)

    def test_no_number_of_a_card_leaves(self):
        self._send(
            self._event(
                granted=False, reason="credential_unknown", seen="rfid:04DEADBEEF"
            )
        )
        content = str(_rows(self._export()))
        self.assertIn("rfid:…BEEF", content)
        self.assertNotIn("04DEADBEEF", content)

    def test_odoo_own_export_does_not_offer_numbers_or_records(self):
        fields = self.env["access.event"].fields_get(["seen", "record"], ["exportable"])
        self.assertEqual(
            [field["exportable"] for field in fields.values()], [False, False]
        )

    def test_only_what_the_search_shows(self):
        self._send(self._event(1), self._event(2, granted=False, reason="no_right"))
        rows = _rows(self._export([("result", "=", "refused")]))
        self.assertEqual(len(rows), 2)
        self.assertIn("Refused", rows[1])

    def test_text_is_no_formula(self):
        self._send(self._event(note="=1+1"))
        with zipfile.ZipFile(io.BytesIO(self._export())) as book:
            self.assertNotIn(b"<f>", book.read("xl/worksheets/sheet1.xml"))

    def test_full_sheet_goes_on_in_the_next(self):
        self._send(*(self._event(minute) for minute in range(5)))
        with (
            patch.object(access_event_export, "ROWS_OF_A_SHEET", 3),
            patch.object(access_event_export, "READ_AT_ONCE", 2),
        ):
            content = self._export()
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            sheets = [n for n in book.namelist() if "worksheets/sheet" in n]
        self.assertEqual(len(sheets), 3)

    def test_button_exports_the_search(self):
        events = self.env["access.event"].with_context(
            active_domain=[("granted", "=", False)]
        )
        self.assertIn("granted", events.action_export()["url"])


@tagged("post_install", "-at_install")
class TestDownload(LogCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self._send(self._event())
        self.event = self.env["access.event"].search([], limit=1)
        self.domain = [("id", "in", self.event.ids)]

    def _get(self, login, domain=None, companies=""):
        self.authenticate(login, login and login.ljust(8, "x"))
        query = {"domain": json.dumps(domain or self.domain), "companies": companies}
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
            return self.url_open(
                f"/access/passages.xlsx?{urlencode(query)}", allow_redirects=False
            )

    def test_who_may_read_the_log_downloads_it(self):
        for role in sorted(STAFF):
            self._user(role)
            response = self._get(role)
            self.assertEqual(response.status_code, 200, role)
            self.assertEqual(len(_rows(response.content)), 2, role)

    def test_what_is_no_search_is_refused_in_words(self):
        self._user("auditor", password="auditor")
        self.authenticate("auditor", "auditor")
        for query in (
            {"domain": "garbage"},
            {"domain": "{}"},
            {"domain": "7"},
            {"domain": '[["nothing", "=", 1]]'},
            {"domain": '[["granted", "perhaps", 1]]'},
            {"domain": '[["partner_id.user_ids.password", "=", "x"]]'},
            {"domain": "[1]"},
            {"companies": "abc"},
        ):
            answer = self.url_open(f"/access/passages.xlsx?{urlencode(query)}")
            self.assertEqual(answer.status_code, 400, query)
            self.assertIn("no search of passages", answer.text)

    def test_others_get_nothing(self):
        for role in sorted(ROLES.keys() - STAFF):
            new_test_user(self.env, role, groups=ROLES[role])
            response = self._get(role)
            self.assertEqual(response.status_code, 403, role)
            self.assertNotIn("Anna", response.text)

    def test_nobody_gets_nothing(self):
        response = self._get(None)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_passages_of_another_company_are_not_in_it(self):
        """Nor are they when their numbers are known, or their company is named."""
        other = self.env["res.company"].create({"name": "Other"})
        groups = "access_base.group_manager,access_base.group_auditor"
        new_test_user(
            self.env,
            "stranger",
            groups=groups,
            company_id=other.id,
            company_ids=other.ids,
        )
        for domain in (
            self.domain,
            [("company_id", "=", self.env.company.id)],
            ["|", (0, "=", 1), (1, "=", 1)],
            [("person_id.partner_id.name", "=", "Anna Nowak")],
        ):
            [heads] = _rows(self._get("stranger", domain).content)
            self.assertEqual(heads[0], "Time")
        response = self._get("stranger", companies=str(self.env.company.id))
        self.assertEqual(response.status_code, 403)
        both = f"{other.id},{self.env.company.id}"
        self.assertEqual(self._get("stranger", companies=both).status_code, 403)

    def test_not_searched_by_what_nobody_reads(self):
        """Else how many rows there are would tell a token, sign by sign."""
        self._user("auditor")
        domain = [("credential_id.token", "=like", "rfid:04%")]
        self.assertEqual(self._get("auditor", domain).status_code, 403)
