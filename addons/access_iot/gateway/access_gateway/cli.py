"""The command ``access-gateway``."""

import argparse
import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from . import __version__, doctor, installed, launch, runtime, service
from .files import DirectoryInUse, exclusive, in_use, in_words
from .identity import IdentityError, load_for_service, read_document
from .journal import JournalError
from .pairing import PairingError, pair
from .words import facts_in_words

_EXPECTED = (DirectoryInUse, IdentityError, JournalError, PairingError, OSError)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; give the exit code. What goes wrong is one line on stderr."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    options.arguments = arguments
    try:
        code = options.command(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Who read has read enough, as ``head`` does; nor is there more at our end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except _EXPECTED as error:
        words = in_words(error) if isinstance(error, OSError) else error
        print(f"access-gateway: {words}", file=sys.stderr)
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
    for add in (_add_pair, _add_run, _add_looks, _add_install_service):
        add(commands)
    return parser


def _add_pair(commands: "argparse._SubParsersAction[Any]") -> None:
    command = commands.add_parser("pair", help="become a gateway of an ERP")
    command.set_defaults(command=_pair)
    command.add_argument("url", metavar="URL", help="as https://erp.example.com")
    command.add_argument("code", metavar="CODE", help="as shown in the ERP")
    command.add_argument(
        "--keep-events",
        action="store_true",
        help="send what the former gateway has not sent as events of this one",
    )


def _add_run(commands: "argparse._SubParsersAction[Any]") -> None:
    command = commands.add_parser("run", help="work until stopped")
    command.set_defaults(command=_run)
    _add_serial_dir(command, runtime.SERIAL_DIR, str(runtime.SERIAL_DIR))
    command.add_argument(
        "--poll",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="how often the ERP is asked for news while it does not push (%(default)s)",
    )
    command.add_argument("--verbose", action="store_true", help="log more")


def _add_looks(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add what changes nothing."""
    command = commands.add_parser("drivers", help="describe the drivers as JSON")
    command.set_defaults(command=_drivers)
    command = commands.add_parser("status", help="show how the gateway is")
    command.set_defaults(command=_status)
    command = commands.add_parser("doctor", help="find out what is wrong here")
    command.set_defaults(command=_doctor)
    _add_serial_dir(command, None, f"as the program runs, or {runtime.SERIAL_DIR}")


def _add_install_service(commands: "argparse._SubParsersAction[Any]") -> None:
    command = commands.add_parser("install-service", help="print the systemd unit")
    command.set_defaults(command=_install_service)
    command.add_argument("--write", action="store_true", help="write it, as root")
    command.add_argument(
        "--unit-dir",
        type=Path,
        default=Path("/etc/systemd/system"),
        metavar="DIR",
        help="where to (%(default)s)",
    )
    command.add_argument(
        "--seal",
        action="store_true",
        help="with a key from systemd's credential store that seals the secrets",
    )


def _add_serial_dir(
    command: argparse.ArgumentParser, default: Path | None, words: str
) -> None:
    command.add_argument(
        "--serial-dir",
        type=Path,
        default=default,
        metavar="DIR",
        help=f"where device addresses without a slash are found ({words})",
    )


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
    launch.launch(options.state_dir, options.arguments)
    settings = runtime.Settings(options.state_dir, options.serial_dir, options.poll)
    with exclusive(options.state_dir):
        identity, sealing = load_for_service(options.state_dir)
        wants_restart = asyncio.run(runtime.run(settings, identity, sealing))
    if wants_restart:
        launch.relaunch(options.arguments)
    return 0


def _drivers(_options: argparse.Namespace) -> int:
    print(json.dumps(installed.describe(), indent=1, ensure_ascii=False))
    return 0


def _status(options: argparse.Namespace) -> int:
    identity = read_document(options.state_dir)
    print(f"gateway {identity['gateway']} of {identity['url']}")
    if not in_use(options.state_dir):
        print("not running")
        return 1
    status = runtime.read_status(options.state_dir)
    if status is None:
        print("starting")
        return 0
    print(f"program: {status.get('software')}")
    print(f"server: {status['server_problem'] or 'reachable'}")
    pushes = status["push_problem"]
    print(f"push: {f'none ({pushes}), asking instead' if pushes else 'connected'}")
    print(f"policy: version {status['policy_version']}", end="")
    print(f", good until {status['policy_expires_at'] or 'further notice'}")
    print(f"events not sent yet: {status['pending']}")
    for device, shown in status["devices"].items():
        words, at = (
            shown["problem"] or "well",
            "online" if shown["online"] else "offline",
        )
        print(f"{doctor.title_of(device, shown)}: {at}, {words}")
        for name, fact in facts_in_words(shown.get("facts") or {}).items():
            print(f"  {name}: {fact}")
    wrong = [status["server_problem"], status["problem"]]
    wrong += [
        doctor.title_of(key, one)
        for key, one in status["devices"].items()
        if one["problem"]
    ]
    problem = "; ".join(filter(None, wrong))
    print(f"problem: {problem or 'none'}")
    return 1 if problem else 0


def _doctor(options: argparse.Namespace) -> int:
    is_well = True
    for finding in doctor.examine(options.state_dir, options.serial_dir):
        print(finding.line, flush=True)
        is_well = is_well and finding.is_well
    return 0 if is_well else 1


def _install_service(options: argparse.Namespace) -> int:
    if options.write:
        print(service.write(options.unit_dir, options.seal), end="")
    else:
        print(service.unit(options.seal), end="")
    return 0
