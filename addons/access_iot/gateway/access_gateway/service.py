"""The systemd unit: printed, or written with what is to be done next."""

import os
import shlex
import sys
from importlib import resources
from pathlib import Path

from .files import write_atomically
from .sealing import CREDENTIAL

UNIT = "access-gateway.service"
SEALED_KEY = Path("/etc/credstore.encrypted", CREDENTIAL)
# Where systemd puts it for the running service and who else is its user.
HANDED_OUT = Path("/run/credentials", UNIT)

_SEALING = f"LoadCredentialEncrypted={CREDENTIAL}:{SEALED_KEY}\n"

_USER = """\
Written: {path}

As root, once:
  useradd --system --no-create-home --shell /usr/sbin/nologin access-gateway
  install -d -m 0700 -o access-gateway -g access-gateway /var/lib/access-gateway
  systemctl daemon-reload
"""

_SEAL = f"""\
Make the key that seals the secrets on the disk (bound to the TPM if there is one):
  mkdir -p -m 0700 {SEALED_KEY.parent}
  head -c 32 /dev/urandom | systemd-creds encrypt --name={CREDENTIAL} - {SEALED_KEY}
"""

_START = """\
Pair, with a code from the ERP:
  runuser -u access-gateway -- {command} pair URL CODE
Start, now and after each boot:
  systemctl enable --now {unit}
"""


def unit(seal: bool) -> str:
    """Give the unit for the program as it is installed here."""
    text = resources.files(__package__).joinpath(UNIT).read_text("utf-8")
    text = text.replace("@COMMAND@", _command())
    return text.replace("@SEALING@\n", _SEALING if seal else "")


def write(folder: Path, seal: bool) -> str:
    """Write the unit; give what to do next."""
    path = folder / UNIT
    write_atomically(path, unit(seal))
    path.chmod(0o644)
    steps = [_USER, _SEAL, _START] if seal else [_USER, _START]
    return "".join(steps).format(path=path, command=_command(), unit=UNIT)


def with_key() -> str:
    """Give how root runs the doctor with the key that the service gets."""
    key = f"-p LoadCredentialEncrypted={CREDENTIAL}:{SEALED_KEY}"
    run = "systemd-run --pipe --wait --collect -p User=access-gateway"
    return f"{run} {key} {_command()} doctor"


def _command() -> str:
    """The program's command beside the interpreter that it runs on."""
    beside = Path(sys.executable).with_name("access-gateway")
    if os.access(beside, os.X_OK):
        return shlex.quote(str(beside))
    return f"{shlex.quote(sys.executable)} -I -m access_gateway"
