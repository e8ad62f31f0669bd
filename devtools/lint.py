"""`./dev lint`: the checks that OCA runs on its add-ons, by the same tools."""

import os
import shutil
import subprocess
from dataclasses import dataclass

from . import environment, paths
from .steps import Step, run

PROGRAMS = paths.ROOT / "node_modules" / ".bin"
FORMATTED = (
    "addons/**/*.{css,js,json,scss,xml}",
    "docs/**/*.{json,yaml}",
    "*.{cjs,json}",
)
SCRIPTS = ("addons/**/*.js", "*.cjs")


@dataclass(frozen=True)
class Check:
    """A tool, and how it mends what it finds where it can."""

    title: str
    command: list[str]
    looking: tuple[str, ...] = ()
    mending: tuple[str, ...] = ()

    def run(self, mend: bool) -> bool:
        """Print what it finds; tell whether that is nothing."""
        print(f"{self.title}:", flush=True)
        command = [*self.command, *(self.mending if mend else self.looking)]
        variables = {**os.environ, **environment.variables()}
        return not subprocess.run(command, env=variables, cwd=paths.ROOT).returncode


def check(mend: bool) -> int:
    """Run all checks, also after one has failed."""
    checks = _python_checks()
    if shutil.which("npm"):
        _packages().ensure()
        checks += _web_checks()
    else:
        print("Note: npm is missing: XML, JavaScript and styles are not checked.")
    # A list, for `all` would stop at the first that fails.
    return 0 if all([one.run(mend) for one in checks]) else 1


def _python_checks() -> list[Check]:
    python = str(environment.PYTHON)
    ruff = [python, "-m", "ruff"]
    checks = [
        Check("ruff", [*ruff, "check", "--quiet"], mending=("--fix",)),
        Check("ruff format", [*ruff, "format", "--quiet"], looking=("--diff",)),
    ]
    if addons := [f"addons/{name}" for name in paths.own_addons()]:
        pylint = [python, "-m", "pylint", "--rcfile=.pylintrc", *addons]
        module = str(environment.PYTHON.with_name("oca-checks-odoo-module"))
        checks += [
            Check("pylint-odoo", pylint),
            Check("oca-checks-odoo-module", [module, *addons], mending=("--fix",)),
        ]
    return checks


def _web_checks() -> list[Check]:
    prettier = [str(PROGRAMS / "prettier"), "--log-level=warn", *FORMATTED]
    eslint = [str(PROGRAMS / "eslint"), "--max-warnings=0", *SCRIPTS]
    unmatched = "--no-error-on-unmatched-pattern"
    return [
        Check("prettier", [*prettier, unmatched], ("--check",), ("--write",)),
        Check("eslint", [*eslint, unmatched], mending=("--fix",)),
    ]


def _packages() -> Step:
    """The tools that npm has."""
    files = (paths.ROOT / "package.json", paths.ROOT / "package-lock.json")

    def install() -> None:
        command = ["npm", "ci", "--ignore-scripts"]
        run(command, "setup-node", "Is the network up?", cwd=paths.ROOT)

    return Step("node", "Tools from npm", paths.digest(*files), install)
