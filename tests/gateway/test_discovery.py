"""What is plugged in or answers on the network is offered."""

import asyncio

import pytest
from serial.tools.list_ports_common import ListPortInfo

from access_gateway import discovery
from access_gateway.discovery import (
    Offer,
    onvif_devices,
    own_addresses,
    serial_ports,
)

ANSWER = """<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Body><d:ProbeMatches>
<d:ProbeMatch><d:Scopes>onvif://www.onvif.org/Profile/{profile}
 onvif://www.onvif.org/name/North%20Gate onvif://www.onvif.org/hardware/X1</d:Scopes>
<d:XAddrs>http://192.0.2.7/onvif/device_service</d:XAddrs></d:ProbeMatch>
</d:ProbeMatches></e:Body></e:Envelope>"""


class Device(asyncio.DatagramProtocol):
    def __init__(self, *answers):
        self._answers = answers

    def connection_made(self, transport):
        self._transport = transport

    def datagram_received(self, _data, address):
        for answer in self._answers:
            self._transport.sendto(answer, address)


async def found(monkeypatch, *answers):
    monkeypatch.setattr(discovery, "ANSWERS_WITHIN_S", 0.2)
    transport, _device = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Device(*answers), local_addr=("127.0.0.1", 0)
    )
    offers = await onvif_devices(transport.get_extra_info("sockname"))
    transport.close()
    return offers


@pytest.mark.parametrize(
    ("profile", "driver"),
    [("Streaming", "onvif_camera"), ("C", "onvif_door"), ("A", "onvif_door")],
)
async def test_a_device_on_the_network_is_found(monkeypatch, profile, driver):
    answer = ANSWER.format(profile=profile).encode()
    address = "http://192.0.2.7/onvif/device_service"
    assert await found(monkeypatch, answer, answer) == [
        Offer(driver, address, "North Gate X1")
    ]


DOCUMENT_TYPE = "<!DOCTYPE a [<!ENTITY b 'c'>]>" + ANSWER.format(profile="C")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff\x00",
        b"<a",
        b"<a/>",
        DOCUMENT_TYPE.encode(),
        DOCUMENT_TYPE.encode("utf-16"),
    ],
)
async def test_rubbish_is_no_device(monkeypatch, answer):
    assert await found(monkeypatch, answer) == []


async def test_it_listens_only_where_it_asks_from(monkeypatch):
    """Each socket has one address of ours, never all of them."""
    bound = []
    real = discovery._asking

    def asking(address):
        made = real(address)
        bound.append(made.getsockname()[0])
        return made

    monkeypatch.setattr(discovery, "_asking", asking)
    await found(monkeypatch)
    assert bound == own_addresses() and "127.0.0.1" in bound
    assert "0.0.0.0" not in bound


async def test_an_interface_that_is_gone_does_not_stop_the_others(monkeypatch):
    # An address for documentation, which no interface of ours has.
    addresses = ["192.0.2.1", "127.0.0.1"]
    monkeypatch.setattr(discovery, "own_addresses", lambda: addresses)
    assert await found(monkeypatch, ANSWER.format(profile="C").encode())


async def test_nothing_that_is_no_web_address_is_offered(monkeypatch):
    answer = ANSWER.format(profile="C").replace("http://192", "file:///etc/192")
    assert await found(monkeypatch, answer.encode()) == []


def test_a_port_is_offered_by_the_name_that_stays(tmp_path, monkeypatch):
    device = tmp_path / "ttyUSB0"
    device.touch()
    (tmp_path / "serial/by-id").mkdir(parents=True)
    (tmp_path / "serial/by-id/usb-FTDI_A1").symlink_to(device)
    usb, built_in = ListPortInfo(str(device)), ListPortInfo("/dev/ttyS0")
    usb.vid, usb.description = 0x0403, "FT232R"
    monkeypatch.setattr(discovery.list_ports, "comports", lambda: [usb, built_in])
    assert serial_ports(tmp_path) == [
        Offer("serial_reader", "serial/by-id/usb-FTDI_A1", "FT232R")
    ]


async def test_what_was_found_is_told_to_the_erp(place, monkeypatch):
    async def look_around():
        return [Offer("serial_reader", "usb-1", "FTDI")]

    monkeypatch.setattr(place.gateway.orders, "_look_around", look_around)
    place.erp.command("a", kind="discover")
    await place.erp.until(lambda: place.erp.status.get("found"))
    assert place.erp.status["found"] == [
        {"driver": "serial_reader", "address": "usb-1", "words": "FTDI"}
    ]
    await place.erp.until(lambda: "found" not in place.erp.status)
