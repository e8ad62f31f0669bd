"""Silent skips and unexpected log entries make a run fail."""

import pytest

from devtools import pytest_strict

pytest_plugins = ["pytester"]


@pytest.fixture
def run(pytester, monkeypatch, tmp_path):
    # Only the plugin that is tested, and not each that is installed.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    allowed = tmp_path / "allowed.txt"
    monkeypatch.setattr(pytest_strict, "ALLOWED_SKIPS", allowed)

    def run_with(source: str, allow: str = "", *options: str) -> pytest.RunResult:
        allowed.write_text(f"# a comment\n{allow}\n")
        pytester.makepyfile(test_it=f"import logging, pytest\n{source}")
        return pytester.runpytest("-p", "devtools.pytest_strict", *options)

    return run_with


SKIPPED = "def test_a(): pass\ndef test_b(): pytest.skip('no browser')"


def test_a_skip_makes_the_run_fail_and_is_named(run):
    result = run(SKIPPED)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*skipped, and not in*", "test_it.py::test_b:*browser"]
    )
    result.stdout.fnmatch_lines(["=* 1 passed, 1 skipped in *"])


def test_a_skipped_file_makes_the_run_fail(run):
    result = run("pytest.importorskip('no_such_package')\ndef test_a(): pass")
    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["test_it.py: *no_such_package*"])


@pytest.mark.parametrize("pattern", ["test_it.py::test_b  # why", "*::test_b"])
def test_a_skip_on_the_list_is_accepted(run, pattern):
    assert run(SKIPPED, pattern).ret == pytest.ExitCode.OK


def test_an_expected_failure_is_no_skip(run):
    assert run("@pytest.mark.xfail\ndef test_a(): assert False").ret == 0


LOGGING = "def test_a(): logging.getLogger('odoo.x').warning('oh %s', 'no')"


def test_a_warning_fails_the_test_that_caused_it(run):
    result = run(LOGGING + "\ndef test_b(): pass", "", "--strict-log")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["WARNING odoo.x: oh no", "ERROR test_it.py::test_a*"])


def test_a_warning_outside_of_tests_fails_the_run(run):
    source = "logging.getLogger('odoo.x').error('broken')\ndef test_a(): pass"
    result = run(source, "", "--strict-log")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*unexpected in the log*", "ERROR odoo.x: broken"])


def test_plain_tests_may_log(run):
    assert run(LOGGING).ret == pytest.ExitCode.OK
