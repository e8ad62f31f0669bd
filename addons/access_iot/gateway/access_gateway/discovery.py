"""What is plugged in or answers on the network, to be offered as devices.

ONVIF devices are asked for by WS-Discovery: a probe by multicast, which those that are
switched to be discoverable answer with their addresses and scopes.
"""

import asyncio
import fcntl
import logging
import os
import socket
import struct
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from serial.tools import list_ports

from .plain_xml import parsed

log = logging.getLogger(__name__)

MULTICAST = ("239.255.255.250", 3702)
ANSWERS_WITHIN_S = 2.0
MOST = 100
LONGEST = 200

# SIOCGIFADDR of Linux, and the room for an interface's name in it.
_GET_ADDRESS, _LONGEST_NAME = 0x8915, 15

_PROBE = """<?xml version="1.0" encoding="utf-8"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"
 xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">
<e:Header><w:MessageID>urn:uuid:{message}</w:MessageID>
<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>
<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>
<e:Body><d:Probe/></e:Body></e:Envelope>"""

_DISCOVERY = "{http://schemas.xmlsoap.org/ws/2005/04/discovery}"
# What sort of device a scope tells of.
_KINDS = (("Profile/C", "onvif_door"), ("Profile/A", "onvif_door"))


class Offer(NamedTuple):
    """Something that could be a device; ``driver`` is a guess."""

    driver: str
    address: str
    words: str


async def discover(serial_dir: Path, probe: tuple[str, int] = MULTICAST) -> list[Offer]:
    """Look at the serial ports and ask the network; takes some seconds."""
    found = await asyncio.to_thread(serial_ports, serial_dir)
    found += await onvif_devices(probe)
    return found[:MOST]


def serial_ports(serial_dir: Path) -> list[Offer]:
    """Give the ports that a reader or board may hang on, by names that stay."""
    stable = {
        str(link.resolve()): str(link.relative_to(serial_dir))
        for link in sorted((serial_dir / "serial" / "by-id").glob("*"))
    }
    found = []
    for port in list_ports.comports():
        address = stable.get(str(Path(port.device).resolve()))
        if address is None and port.vid is None:
            # Built in, and there on every board whether or not something hangs on it.
            continue
        found.append(_offer("serial_reader", address or port.device, port.description))
    return found


async def onvif_devices(probe: tuple[str, int] = MULTICAST) -> list[Offer]:
    """Give the ONVIF devices that answer a probe.

    An interface that cannot be asked at, as one that is just going, stops no other.
    """
    loop = asyncio.get_running_loop()
    answers: list[bytes] = []
    question = _PROBE.format(message=uuid.uuid4()).encode()
    listening = []
    try:
        for address in await asyncio.to_thread(own_addresses):
            try:
                transport, _protocol = await loop.create_datagram_endpoint(
                    lambda: _Listener(answers), sock=_asking(address)
                )
            except OSError as error:
                log.info("devices cannot be asked for at %s: %s", address, error)
                continue
            listening.append(transport)
            transport.sendto(question, probe)
        await asyncio.sleep(ANSWERS_WITHIN_S)
    finally:
        for transport in listening:
            transport.close()
    found = {offer.address: offer for answer in answers for offer in _offers(answer)}
    return list(found.values())


def own_addresses() -> list[str]:
    """Give the IPv4 address of each network interface that has one."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for interface in sorted(os.listdir("/sys/class/net")):
            # A request holds the name and gets, as C has it, the address behind it.
            request = struct.pack("256s", os.fsencode(interface)[:_LONGEST_NAME])
            with suppress(OSError):
                told = fcntl.ioctl(any_socket, _GET_ADDRESS, request)
                found.append(socket.inet_ntoa(told[20:24]))
    return found


def _asking(address: str) -> socket.socket:
    """Give a socket that asks, and hears answers, at one address of ours only."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out_of = socket.inet_aton(address)
    try:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, out_of)
        made.setblocking(False)
        made.bind((address, 0))
    except OSError:
        made.close()
        raise
    return made


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, answers: list[bytes]):
        self._answers = answers

    def datagram_received(self, data: bytes, _address: tuple[Any, ...]) -> None:
        if len(self._answers) < MOST:
            self._answers.append(data)

    def error_received(self, error: Exception) -> None:
        log.debug("asking for devices: %s", error)


def _offers(answer: bytes) -> list[Offer]:
    """Read an answer; what anybody on the network sends may be rubbish."""
    try:
        root = parsed(answer)
    except ValueError:
        return []
    found = []
    for match in root.iter(f"{_DISCOVERY}ProbeMatch"):
        addresses = (match.findtext(f"{_DISCOVERY}XAddrs") or "").split()
        scopes = (match.findtext(f"{_DISCOVERY}Scopes") or "").split()
        usable = [one for one in addresses if urlsplit(one).scheme in ("http", "https")]
        if usable:
            found.append(_offer(_kind(scopes), usable[0], _name(scopes)))
    return found


def _kind(scopes: list[str]) -> str:
    for ending, driver in _KINDS:
        if any(scope.endswith(ending) for scope in scopes):
            return driver
    return "onvif_camera"


def _name(scopes: list[str]) -> str:
    """Give what the device calls itself, and its hardware."""
    said = [
        unquote(scope.rpartition("/")[2])
        for part in ("/name/", "/hardware/")
        for scope in scopes
        if part in scope
    ]
    return " ".join(said)


def _offer(driver: str, address: str, words: str | None) -> Offer:
    clean = "".join(sign for sign in words or "" if sign.isprintable())
    return Offer(driver, address[:LONGEST], clean[:LONGEST])
