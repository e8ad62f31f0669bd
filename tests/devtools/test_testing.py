"""Which tests belong to which part of a run."""

import pytest

from devtools.steps import UserError
from devtools.testing import ADDONS, END_TO_END, PURE, select

FILES = (
    "tests/policy/test_a.py",
    "tests/vectors/decision.json",
    "tests/e2e/test_b.py",
    "addons/one/__manifest__.py",
    "addons/one/tests/test_c.py",
    "addons/two/__manifest__.py",
    "addons/two/tests/test_d.py",
    "addons/two/gateway/tests/test_e.py",
)


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name in FILES:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def chosen(root, *wanted):
    found = select(list(wanted), root)
    return {
        kind: [path.removeprefix(f"{root}/") for path in found[kind]] for kind in found
    }


def test_without_a_path_everything_runs(root):
    assert chosen(root) == {
        PURE: ["tests/policy", "addons/two/gateway/tests"],
        ADDONS: ["addons/one/tests", "addons/two/tests"],
        END_TO_END: ["tests/e2e"],
    }


def test_a_folder_stands_for_the_tests_below(root):
    assert chosen(root, "addons/two") == {
        PURE: ["addons/two/gateway/tests"],
        ADDONS: ["addons/two/tests"],
    }


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("addons/one/tests/test_c.py::TestC::test_x", ADDONS),
        ("tests/policy/test_a.py", PURE),
        ("addons/two/gateway/tests/test_e.py::test_y", PURE),
        ("tests/e2e/test_b.py", END_TO_END),
    ],
)
def test_a_file_or_one_test_runs_alone(root, path, kind):
    assert chosen(root, path) == {kind: [path]}


@pytest.mark.parametrize("path", ["nowhere", "tests/vectors", "tests/policy/test_z.py"])
def test_a_path_without_tests_is_refused(root, path):
    with pytest.raises(UserError, match=path):
        select([path], root)
