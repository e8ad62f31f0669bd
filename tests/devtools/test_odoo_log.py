"""Which lines of Odoo's log make a run fail."""

import pytest

from devtools import odoo_log


def line(level: str, text: str, logger: str = "odoo.modules.loading") -> str:
    return f"2026-11-21 10:00:00,123 4711 {level} some_db {logger}: {text}"


def test_notes_are_no_complaints():
    assert odoo_log.complaints([line("INFO", "fine"), "ERROR: printed by a tool"]) == []


@pytest.mark.parametrize("level", ["WARNING", "ERROR", "CRITICAL"])
def test_a_serious_entry_is_a_complaint(level):
    found = odoo_log.complaints(
        [line("INFO", "a"), line(level, "b"), line("INFO", "c")]
    )
    assert found == [f"{level} odoo.modules.loading: b"]


def test_a_complaint_names_the_last_exception_of_its_traceback():
    lines = [
        line("CRITICAL", "Failed to initialize database"),
        "Traceback (most recent call last):",
        '  File "x.py", line 1, in <module>',
        "ValueError: what is behind it",
        "odoo.tools.convert.ParseError: while parsing views.xml:3",
        "<record>",
        line("INFO", "Shutdown"),
        "KeyError: of another entry",
    ]
    [complaint] = odoo_log.complaints(lines)
    assert complaint.startswith("CRITICAL odoo.modules.loading: Failed to initialize")
    assert complaint.endswith("ParseError: while parsing views.xml:3")


def test_what_is_known_of_others_is_let_be(monkeypatch):
    known = ((r"odoo\.addons\.other", "Old style", "theirs"),)
    monkeypatch.setattr(odoo_log, "EXPECTED", known)
    lines = [
        line("WARNING", "Old style thing", "odoo.addons.other"),
        line("WARNING", "Old style thing", "odoo.addons.access_base"),
        line("WARNING", "New thing", "odoo.addons.other"),
    ]
    assert len(odoo_log.complaints(lines)) == 2
