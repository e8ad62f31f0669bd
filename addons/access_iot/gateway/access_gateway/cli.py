"""The command ``access-gateway``."""

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path

from . import __version__, drivers, runtime
from .files import DirectoryInUse, exclusive, in_use
from .identity import Identity, IdentityError
from .journal import JournalError
from .pairing import PairingError, pair

_EXPECTED = (DirectoryInUse, IdentityError, JournalError, PairingError, OSError)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; give the exit code. What goes wrong is one line on stderr."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except _EXPECTED as error:
        print(f"access-gateway: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="access-gateway",
        description="The edge program of Access for Odoo: opens doors by the ERP's "
        "rules, with or without the ERP.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--state-dir",
        type=Path,
        default=Path("/var/lib/access-gateway"),
        metavar="DIR",
        help="where identity, rules and journal are kept (%(default)s)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("pair", help="become a gateway of an ERP")
    command.set_defaults(command=_pair)
    command.add_argument("url", metavar="URL", help="as https://erp.example.com")
    command.add_argument("code", metavar="CODE", help="as shown in the ERP")
    command.add_argument(
        "--keep-events",
        action="store_true",
        help="send what the former gateway has not sent as events of this one",
    )
    command = commands.add_parser("run", help="work until stopped")
    command.set_defaults(command=_run)
    command.add_argument(
        "--serial-dir",
        type=Path,
        default=Path("/dev"),
        metavar="DIR",
        help="where device addresses without a slash are found (%(default)s)",
    )
    command.add_argument(
        "--poll",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="how often the ERP is asked for news while it does not push (%(default)s)",
    )
    command.add_argument("--verbose", action="store_true", help="log more")
    command = commands.add_parser("drivers", help="describe the drivers as JSON")
    command.set_defaults(command=_drivers)
    command = commands.add_parser("status", help="show how the gateway is")
    command.set_defaults(command=_status)
    return parser


def _pair(options: argparse.Namespace) -> int:
    identity = pair(options.state_dir, options.url, options.code, options.keep_events)
    print(f"paired with {identity.url} as gateway {identity.gateway}")
    return 0


def _run(options: argparse.Namespace) -> int:
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # What these say at every try, the gateway says once and in words.
    for chatty in ("httpcore", "httpx", "pymodbus", "zeep"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    identity = Identity.load(options.state_dir)
    settings = runtime.Settings(options.state_dir, options.serial_dir, options.poll)
    with exclusive(options.state_dir):
        asyncio.run(runtime.run(settings, identity))
    return 0


def _drivers(_options: argparse.Namespace) -> int:
    print(json.dumps(drivers.describe(), indent=1, ensure_ascii=False))
    return 0


def _status(options: argparse.Namespace) -> int:
    identity = Identity.load(options.state_dir)
    print(f"gateway {identity.gateway} of {identity.url}")
    if not in_use(options.state_dir):
        print("not running")
        return 1
    try:
        path = options.state_dir / runtime.STATUS_FILE
        status = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        print("starting")
        return 0
    print(f"server: {status['server_problem'] or 'reachable'}")
    pushes = status["push_problem"]
    print(f"push: {f'none ({pushes}), asking instead' if pushes else 'connected'}")
    print(f"policy: version {status['policy_version']}", end="")
    print(f", good until {status['policy_expires_at'] or 'further notice'}")
    print(f"events not sent yet: {status['pending']}")
    for device, shown in status["devices"].items():
        words = shown["problem"] or "well"
        print(f"device {device}: {'online' if shown['online'] else 'offline'}, {words}")
    print(f"problem: {status['problem'] or 'none'}")
    return 0
