"""The commands of `./dev`."""

import argparse
import errno
import os
import shutil
import signal
import sys

from . import (
    benchmarks,
    browser,
    demo,
    environment,
    lint,
    odoo_conf,
    odoo_source,
    paths,
    postgres,
    testing,
    translations,
)
from .cluster import client
from .processes import attend
from .steps import UserError, exclusive

# Odoo, the environment, Chromium and a few databases.
NEEDED_SPACE = 4 * 1024**3


# Their arguments belong to another program and are handed on as they are.
HANDED_ON = ("test", "odoo", "psql", "release")


def main() -> int:
    """Run one command; what the user can mend is said in one line."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: sys.exit(128 + received))
    words = sys.argv[1:]
    end = 1 if words and words[0] in HANDED_ON else len(words)
    arguments = _parser().parse_args(words[:end])
    arguments.rest = words[end:]
    try:
        return arguments.run(arguments)
    except UserError as error:
        print(f"dev: {error}", file=sys.stderr)
    except OSError as error:
        full = "The disk is full: make room and start again."
        words = full if error.errno == errno.ENOSPC else error
        print(f"dev: {words}", file=sys.stderr)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for run, text in (
        (_setup, "fetch and install all that is needed"),
        (_test, "run tests: [PATH ...] [options of pytest]"),
        (_lint, "check style and rules"),
        (_demo, "start a venue to try things in"),
        (_bench, "measure"),
        (_release, "build and sign the gateway's wheel: --key FILE [--out DIR]"),
        (_translate, "write the texts of our add-ons for translators"),
        (_odoo, "Odoo's own command line, on the database `demo`"),
        (_psql, "a PostgreSQL prompt, on the database `demo`"),
    ):
        name = run.__name__.removeprefix("_")
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        if run is _demo:
            command.add_argument("--check", action="store_true", help=demo.CHECK)
            command.add_argument("--fresh", action="store_true", help=demo.FRESH)
            command.add_argument(
                "--port",
                type=int,
                choices=range(1, 65536),
                metavar="PORT",
                help="of Odoo's web server",
            )
        elif run is _lint:
            command.add_argument("--fix", action="store_true", help="mend what can be")
        elif run is _bench:
            command.add_argument("name", nargs="?", metavar="NAME")
            command.add_argument("--json", action="store_true", help="print JSON lines")
    return parser


def setup() -> None:
    """Make what is missing or outdated."""
    paths.STATE.mkdir(parents=True, exist_ok=True)
    with exclusive("setup"):
        steps = [*odoo_source.steps(), *environment.steps()]
        if not all(step.is_fresh() for step in steps):
            _check_space()
        for step in steps:
            step.ensure()
        browser.install()


def _check_space() -> None:
    free = shutil.disk_usage(paths.STATE).free
    if free < NEEDED_SPACE:
        raise UserError(
            f"{paths.STATE} has {free / 1024**3:.1f} GiB left, 4 are needed:"
            " make room, or set ACCESS_DEV_DIR to a folder elsewhere."
        )


def _setup(_arguments: argparse.Namespace) -> int:
    setup()
    print(f"Odoo {odoo_source.version()} in {odoo_source.folder()}")
    with postgres.running() as server:
        print(server.query("SHOW server_version")[0].join(("PostgreSQL ", " answers")))
    return 0


def _test(arguments: argparse.Namespace) -> int:
    setup()
    is_option = [word.startswith("-") for word in arguments.rest]
    end = is_option.index(True) if True in is_option else len(is_option)
    return testing.run(arguments.rest[:end], arguments.rest[end:])


def _lint(arguments: argparse.Namespace) -> int:
    setup()
    return lint.check(arguments.fix)


def _demo(arguments: argparse.Namespace) -> int:
    setup()
    return demo.run(arguments.check, arguments.fresh, arguments.port)


def _bench(arguments: argparse.Namespace) -> int:
    setup()
    return benchmarks.run(arguments.name, arguments.json)


def _release(arguments: argparse.Namespace) -> int:
    setup()
    command = [str(environment.PYTHON), "-m", "devtools.release", *arguments.rest]
    return attend(command, {**os.environ, **environment.variables()}, paths.ROOT)


def _translate(_arguments: argparse.Namespace) -> int:
    setup()
    return translations.write()


def _odoo(arguments: argparse.Namespace) -> int:
    setup()
    with postgres.running() as server:
        odoo_conf.write(server)
        variables = odoo_conf.variables(os.environ.get("PGDATABASE", demo.DATABASE))
        command = odoo_conf.command(*arguments.rest)
        return attend(command, variables)


def _psql(arguments: argparse.Namespace) -> int:
    setup()
    with postgres.running() as server:
        database = os.environ.get("PGDATABASE", demo.DATABASE)
        variables = {**os.environ, **server.variables(database)}
        command = [client(), *arguments.rest]
        return attend(command, variables)
