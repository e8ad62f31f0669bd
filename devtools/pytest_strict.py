"""A pytest plugin: no silent skips, no unexpected warnings in Odoo's log.

A skipped test must be named in `tests/allowed_skips.txt`. An entry of level WARNING or
above that a test causes fails that test; one that nobody's test causes fails the run.
"""

import fnmatch
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools import odoo_log

ALLOWED_SKIPS = Path(__file__).parent.parent / "tests" / "allowed_skips.txt"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--strict-log", action="store_true", help="Fail on unexpected log entries."
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SkipCheck(allowed_skips(ALLOWED_SKIPS)))
    if config.getoption("--strict-log"):
        config.pluginmanager.register(LogCheck())


def allowed_skips(file: Path) -> list[str]:
    """The patterns of the list; what follows a # is the reason."""
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]


class SkipCheck:
    """Fails a run in which a test was skipped that is not on the list."""

    def __init__(self, allowed: list[str]) -> None:
        self._allowed = allowed
        self._skipped: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        expected_failure = hasattr(report, "wasxfail")
        known = any(fnmatch.fnmatch(report.nodeid, name) for name in self._allowed)
        if report.skipped and not expected_failure and not known:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self._skipped[report.nodeid] = reason

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        _fail(session, bool(self._skipped))

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        lines = [f"{test}: {reason}" for test, reason in self._skipped.items()]
        _report(terminalreporter, f"skipped, and not in {ALLOWED_SKIPS.name}", lines)


class LogCheck(logging.Handler):
    """Collects what Odoo logs; `mute_logger` and `assertLogs` keep entries from it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._entries: list[str] = []
        self._stray: list[str] = []
        logging.getLogger().addHandler(self)

    def pytest_unconfigure(self) -> None:
        logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if not odoo_log.is_expected(record.name, message):
            self._entries.append(f"{record.levelname} {record.name}: {message}")

    def _take(self) -> list[str]:
        taken, self._entries = self._entries, []
        return taken

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        self._stray += self._take()
        yield

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Iterator[None]:
        yield
        if entries := self._take():
            pytest.fail("unexpected in the log:\n" + "\n".join(entries), pytrace=False)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._stray += self._take()
        _fail(session, bool(self._stray))

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        _report(terminalreporter, "unexpected in the log", self._stray)


def _fail(session: pytest.Session, wrong: bool) -> None:
    if wrong and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _report(reporter: pytest.TerminalReporter, title: str, lines: list[str]) -> None:
    if lines:
        reporter.section(title, red=True)
    for line in lines:
        reporter.line(line)
