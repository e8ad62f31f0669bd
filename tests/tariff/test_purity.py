"""The package is pure, as ``access_policy`` is; of that it takes two files."""

import ast
import doctest
import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

import access_tariff

from ..policy.test_purity import (
    IMPURE_CALLS,
    IMPURE_MODULES,
    called_names,
    imported_modules,
)

FILES = sorted(Path(access_tariff.__file__).parent.glob("*.py"))
BESIDE = {
    "access_policy",
    "..access_policy.document",
    "..access_policy.fields",
    "..access_policy.spans",
}

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


@every_file
def test_imports_only_itself_and_the_standard_library(file: Path):
    modules = imported_modules(ast.parse(file.read_text(encoding="utf-8")))
    allowed = BESIDE if file.name == "_beside.py" else set()
    assert modules - sys.stdlib_module_names == allowed


@every_file
def test_reaches_nothing_outside(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert imported_modules(tree) & IMPURE_MODULES == set()
    assert called_names(tree) & IMPURE_CALLS == set()


@every_file
def test_no_float_is_made(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    constants = [one.value for one in ast.walk(tree) if isinstance(one, ast.Constant)]
    divisions = [one for one in ast.walk(tree) if isinstance(one, ast.Div)]
    assert not any(isinstance(value, float) for value in constants)
    assert "float" not in called_names(tree) and not divisions


@every_file
def test_examples(file: Path):
    name = "" if file.stem == "__init__" else f".{file.stem}"
    module = importlib.import_module(f"access_tariff{name}")
    assert doctest.testmod(module).failed == 0


def test_all_that_is_exported_is_there():
    missing = [n for n in access_tariff.__all__ if not hasattr(access_tariff, n)]
    assert missing == []


def test_runs_as_a_part_of_an_addon(monkeypatch: pytest.MonkeyPatch):
    addon = ModuleType("addon")
    addon.__path__ = [str(FILES[0].parent.parent)]
    monkeypatch.setattr(sys, "modules", {**sys.modules, "addon": addon})
    inside = importlib.import_module("addon.access_tariff")
    assert inside.DocumentError.__module__ == "addon.access_policy.document"
    assert access_tariff.DocumentError.__module__ == "access_policy.document"
