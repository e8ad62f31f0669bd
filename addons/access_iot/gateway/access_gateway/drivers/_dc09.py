"""SIA DC-09: frames of alarm panels, and what Contact ID and SIA codes in them mean."""

import re
import secrets
from datetime import datetime, timezone
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from . import Hazard

LIMIT = 4096
_BLOCK = 16
_TIME = "%H:%M:%S,%m-%d-%Y"
_BODY = re.compile(
    r'"(?P<secret>\*?)(?P<kind>[A-Z0-9-]+)"(?P<sequence>\d{4})(?P<receiver>R[0-9A-F]{1,6})?'
    r"(?P<line>L[0-9A-F]{1,6})#(?P<account>[0-9A-F]{3,16})\[(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE,
)
_REST = re.compile(r"(?P<data>[^\]]*)\](?P<more>(?:\[[^\]]*\])*)(?:_(?P<at>.{19}))?$")


class FrameError(ValueError):
    """A frame that is not as it should be."""


class Frame(NamedTuple):
    """``sequence`` and ``prefix`` are as sent, as an answer repeats them."""

    kind: str
    sequence: str
    prefix: str
    account: str
    data: str = ""
    at: datetime | None = None
    is_secret: bool = False


class Event(NamedTuple):
    hazard: Hazard
    active: bool
    area: str | None
    words: str


def crc(data: bytes) -> int:
    """Give the CRC-16 of a frame's body.

    >>> hex(crc(b"123456789"))
    '0xbb3d'
    """
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


def wrap(body: str) -> bytes:
    said = body.encode("latin-1")
    return b"\n%04X%04X%s\r" % (crc(said), len(said), said)


def unwrap(data: bytes) -> str:
    """Give the body of a frame; raise ``FrameError`` if it is damaged."""
    data = data.strip(b"\r\n")
    try:
        expected, length = int(data[:4], 16), int(data[4:8], 16)
    except ValueError:
        raise FrameError("no frame") from None
    body = data[8:]
    if length != len(body) or expected != crc(body):
        raise FrameError("a damaged frame")
    return body.decode("latin-1")


def read(body: str, key: bytes | None) -> Frame:
    """Read a body; raise ``FrameError``, also if it can't be deciphered."""
    found = _BODY.fullmatch(body)
    if found is None:
        raise FrameError("no message")
    rest, is_secret = found["rest"], bool(found["secret"])
    if is_secret:
        rest = _deciphered(rest, key)
    inner = _REST.fullmatch(rest)
    if inner is None:
        raise FrameError("a message that breaks off, or another key")
    return Frame(
        found["kind"].upper(),
        found["sequence"],
        f"{found['receiver'] or ''}{found['line']}#{found['account']}",
        found["account"].upper(),
        inner["data"],
        _time(inner["at"]),
        is_secret,
    )


def write(frame: Frame, key: bytes | None) -> bytes:
    """Give a frame as it is sent; ciphered if it is secret."""
    at = f"_{frame.at.strftime(_TIME)}" if frame.at is not None else ""
    rest = f"{frame.data}]{at}"
    if frame.is_secret:
        rest = _ciphered(f"|{rest}" if frame.data else rest, key)
    mark = "*" if frame.is_secret else ""
    return wrap(f'"{mark}{frame.kind}"{frame.sequence}{frame.prefix}[{rest}')


def answer(kind: str, frame: Frame, key: bytes | None) -> bytes:
    """Give our ACK or DUH to a frame."""
    at = datetime.now(timezone.utc) if frame.is_secret else None
    is_secret = frame.is_secret and kind == "ACK"
    return write(frame._replace(kind=kind, data="", at=at, is_secret=is_secret), key)


def not_now() -> bytes:
    """Give our NAK, which tells the panel the right time."""
    return wrap(f'"NAK"0000R0L0A0[]_{datetime.now(timezone.utc).strftime(_TIME)}')


def _ciphered(text: str, key: bytes) -> str:
    said = text.encode("latin-1")
    pad = 2 * _BLOCK - len(said) % _BLOCK
    # These have a meaning of their own in what follows.
    letters = [one for one in range(256) if one not in b"|[]"]
    said = bytes(secrets.choice(letters) for _ in range(pad)) + said
    return (_cipher(key).encryptor().update(said)).hex().upper()


def _deciphered(text: str, key: bytes | None) -> str:
    try:
        said = bytes.fromhex(text)
    except ValueError:
        raise FrameError("no ciphered message") from None
    if key is None or not said or len(said) % _BLOCK:
        raise FrameError("a ciphered message, and no key for it")
    clear = _cipher(key).decryptor().update(said).decode("latin-1")
    # Without data there is nothing between the padding and the bracket.
    pad = re.match(r"[^|\[\]]*(?:\||(?=\]))", clear)
    if pad is None:
        raise FrameError("another key")
    return clear[pad.end() :]


def _cipher(key: bytes) -> Cipher:
    # The standard has it so: random padding comes first instead.
    return Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK)))


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=timezone.utc)
    except ValueError:
        raise FrameError("no time") from None


_CONTACT_ID = re.compile(r"(?:#\w+\|)?([136])([0-9A-F]{3}) ([0-9A-F]{2}) ([0-9A-F]{3})")
# By the beginning of the code; the longest that fits counts.
_CONTACT_ID_HAZARDS = {
    "10": Hazard.PANIC,
    "11": Hazard.FIRE,
    "12": Hazard.PANIC,
    "121": Hazard.DURESS,
    "13": Hazard.INTRUSION,
    "137": Hazard.TAMPER,
    "14": Hazard.INTRUSION,
    "144": Hazard.TAMPER,
    "145": Hazard.TAMPER,
    "383": Hazard.TAMPER,
}


def contact_id(data: str) -> Event | None:
    """Read an event of Contact ID; nothing if it tells of no danger.

    >>> contact_id("#1234|1130 01 015")[:3]
    (<Hazard.INTRUSION: 'intrusion'>, True, '015')
    """
    found = _CONTACT_ID.fullmatch(data.upper())
    if found is None:
        raise FrameError("no event of Contact ID")
    qualifier, code, partition, zone = found.groups()
    words = f"code {code}, partition {partition}"
    if code[0] == "4":
        armed = Hazard.DISARMED if qualifier == "1" else Hazard.ARMED
        known = code[:2] in ("40", "44", "45")
        return Event(armed, True, partition, words) if known else None
    if code[0] == "6":
        return None
    prefixes = (code[:length] for length in (3, 2))
    found_hazards = (_CONTACT_ID_HAZARDS.get(prefix) for prefix in prefixes)
    hazard = next(filter(None, found_hazards), Hazard.TROUBLE)
    return Event(hazard, qualifier != "3", zone, words)


_SIA_EVENT = re.compile(r"([A-Z]{2})([0-9A-F]*)")
_SIA_HAZARDS = {
    "B": Hazard.INTRUSION,
    "C": Hazard.ARMED,
    "F": Hazard.FIRE,
    "H": Hazard.DURESS,
    "K": Hazard.FIRE,
    "M": Hazard.PANIC,
    "O": Hazard.DISARMED,
    "P": Hazard.PANIC,
    "T": Hazard.TAMPER,
}
_SIA_TROUBLE = "AEGLQVWXYZ"
_SIA_TESTS = ("TS", "TE", "TX", "TP", "TW")
_SIA_WEAK, _SIA_OVER = "TJSUB", "RHCJU"


def sia(data: str) -> list[Event]:
    """Read the events of SIA codes that tell of danger.

    >>> [event[:3] for event in sia("#1234|Nri1/BA001")]
    [(<Hazard.INTRUSION: 'intrusion'>, True, '001')]
    """
    # An account may come first, and a text in words after it.
    blocks = [block for block in data.split("|") if not block.startswith("#")]
    parts = re.sub("^[NO]", "", blocks[0]) if blocks else ""
    group, found, is_event = "", [], False
    for part in parts.split("/"):
        if part[:2] == "ri":
            group = part[2:]
        event = _SIA_EVENT.match(part)
        if event is None:
            continue
        is_event = True
        one = _sia_event(*event.groups(), group)
        if one is not None:
            found.append(one)
    if not is_event:
        raise FrameError("no event in SIA codes")
    return found


def _sia_event(code: str, zone: str, group: str) -> Event | None:
    words = f"code {code}, area {group}" if group else f"code {code}"
    first, second = code
    if code in _SIA_TESTS:
        return None
    hazard = _SIA_HAZARDS.get(first)
    if hazard in (Hazard.ARMED, Hazard.DISARMED):
        return Event(hazard, True, group or zone or None, words)
    if hazard is None and first not in _SIA_TROUBLE:
        # Of users, access, and programming.
        return None
    if hazard is None or second in _SIA_WEAK:
        hazard = Hazard.TROUBLE
    return Event(hazard, second not in _SIA_OVER, zone or None, words)
