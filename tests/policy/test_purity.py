"""The package is pure: standard library only, no clock, no input or output."""

import ast
import doctest
import importlib
import sys
from pathlib import Path

import pytest

import access_policy

FILES = sorted(Path(access_policy.__file__).parent.glob("*.py"))
IMPURE_MODULES = frozenset(
    "asyncio http io logging multiprocessing os pathlib random secrets shutil socket"
    " sqlite3 ssl subprocess tempfile threading time urllib uuid".split()
)
IMPURE_CALLS = frozenset(
    "__import__ eval exec fromtimestamp getenv gmtime input localtime monotonic now"
    " open perf_counter print read_text sleep socket time today urandom utcnow".split()
)

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def imported_modules(tree: ast.AST) -> set[str]:
    """Name the modules that do not lie in the package."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level != 1:
            names.add("." * node.level + (node.module or ""))
    return {name if name[0] == "." else name.partition(".")[0] for name in names}


def called_names(tree: ast.AST) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {getattr(call, "id", None) or getattr(call, "attr", "") for call in calls}


@every_file
def test_imports_only_itself_and_the_standard_library(file: Path):
    modules = imported_modules(ast.parse(file.read_text(encoding="utf-8")))
    assert modules - sys.stdlib_module_names == set()


@every_file
def test_imports_nothing_that_reaches_outside(file: Path):
    modules = imported_modules(ast.parse(file.read_text(encoding="utf-8")))
    assert modules & IMPURE_MODULES == set()


@every_file
def test_asks_no_clock_and_opens_nothing(file: Path):
    calls = called_names(ast.parse(file.read_text(encoding="utf-8")))
    assert calls & IMPURE_CALLS == set()


@every_file
def test_examples(file: Path):
    name = "" if file.stem == "__init__" else f".{file.stem}"
    module = importlib.import_module(f"access_policy{name}")
    assert doctest.testmod(module).failed == 0


def test_all_that_is_exported_is_there():
    missing = [n for n in access_policy.__all__ if not hasattr(access_policy, n)]
    assert missing == []
