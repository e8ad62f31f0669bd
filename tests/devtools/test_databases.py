"""When a prepared database is still good, and what it holds."""

import pytest

from devtools.databases import Recipe, odoo_source
from devtools.steps import UserError


@pytest.fixture
def addons(tmp_path, monkeypatch):
    monkeypatch.setattr(odoo_source, "version", lambda: "19.0")
    for name, needs in (("one", ["mail", "two"]), ("two", ["contacts"]), ("three", [])):
        folder = tmp_path / name
        (folder / "tests").mkdir(parents=True)
        (folder / "__manifest__.py").write_text(repr({"name": name, "depends": needs}))
        (folder / "model.py").write_text("a = 1")
        (folder / "tests" / "test_model.py").write_text("b = 1")
    return tmp_path


def recipe(addons, *modules, demo=False):
    return Recipe(modules, demo, addons)


def test_what_an_addon_needs_comes_along(addons):
    assert recipe(addons, "one").own() == ["one", "two"]
    assert recipe(addons, "one").foreign() == ["contacts", "mail"]


def test_without_addons_of_ours_there_are_only_those_of_others(addons):
    assert recipe(addons, "contacts").own() == []
    assert recipe(addons, "contacts").foreign() == ["contacts"]


@pytest.mark.parametrize(
    "file",
    [
        "one/model.py",
        "two/model.py",
        "one/views/new.xml",
        "one/static/tests/tour.js",  # it is in the asset bundles made beforehand
    ],
)
def test_a_changed_source_changes_the_key(addons, file):
    before = recipe(addons, "one")
    key, foreign_key = before.key(), before.foreign_key()
    (addons / file).parent.mkdir(parents=True, exist_ok=True)
    (addons / file).write_text("changed")
    assert recipe(addons, "one").key() != key
    assert recipe(addons, "one").foreign_key() == foreign_key


@pytest.mark.parametrize(
    "file",
    [
        "one/tests/test_model.py",
        "one/gateway/program.py",
        "one/readme/DESCRIPTION.md",
        "one/i18n/one.pot",
        "one/__pycache__/model.pyc",
        "three/model.py",
    ],
)
def test_what_is_not_in_the_database_does_not_change_the_key(addons, file):
    key = recipe(addons, "one").key()
    (addons / file).parent.mkdir(parents=True, exist_ok=True)
    (addons / file).write_text("changed")
    assert recipe(addons, "one").key() == key


def test_another_dependency_changes_both_layers(addons):
    before = recipe(addons, "three")
    key, foreign_key = before.key(), before.foreign_key()
    (addons / "three" / "__manifest__.py").write_text(repr({"depends": ["mail"]}))
    assert recipe(addons, "three").foreign_key() != foreign_key
    assert recipe(addons, "three").key() != key


def test_demo_data_makes_another_database(addons):
    plain, demo = recipe(addons, "one"), recipe(addons, "one", demo=True)
    assert plain.foreign_key() != demo.foreign_key()
    assert plain.key() != demo.key()


def test_a_broken_manifest_is_named(addons):
    (addons / "one" / "__manifest__.py").write_text("{")
    with pytest.raises(UserError, match="one/__manifest__.py"):
        recipe(addons, "one").key()
