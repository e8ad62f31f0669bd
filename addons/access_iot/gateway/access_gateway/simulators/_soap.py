"""SOAP as an ONVIF device speaks it: requests and answers by the official WSDL."""

import asyncio
import base64
import hashlib
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from ..drivers._onvif import SERVICES, document

SOAP = "http://www.w3.org/2003/05/soap-envelope"
TOPICS = "http://www.onvif.org/ver10/topics"
MAY_DIFFER = timedelta(seconds=5)


class Fault(Exception):
    """What the device refuses, by its code in the standard."""

    def __init__(self, code: str, words: str):
        super().__init__(words)
        self.code, self.words = code, words


class Subscription:
    """Who pulls events: what waits for it, and until when it need not renew."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        self.waiting: list[str] = []
        self.arrived = asyncio.Event()


def parse(body: bytes) -> tuple[Any, Any]:
    """Give the envelope of a request, and what is asked in it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    envelope = etree.fromstring(body, parser)
    return envelope, envelope.find(f"{{{SOAP}}}Body")[0]


def require_token(envelope: Any, user: str, password: str, now: datetime) -> None:
    """Refuse whose token is wrong, or was made at another time than now."""
    given = {etree.QName(one).localname: one.text for one in envelope.iter("{*}*")}
    created, nonce = given.get("Created") or "", given.get("Nonce") or ""
    said = base64.b64decode(nonce) + created.encode() + password.encode()
    digest = base64.b64encode(hashlib.sha1(said).digest()).decode()
    if given.get("Username") != user or given.get("Password") != digest:
        raise Fault("ter:NotAuthorized", "Sender not authorized")
    if abs(datetime.fromisoformat(created.replace("Z", "+00:00")) - now) > MAY_DIFFER:
        raise Fault("ter:NotAuthorized", "The token was made at another time")


@cache
def operations() -> dict[str, tuple[str, Any]]:
    """Give by the name of its request each operation, and its service."""
    return {
        operation.input.body.qname.text: (name, operation)
        for name in SERVICES
        for binding in document(name).bindings.values()
        for operation in binding.all().values()
        if getattr(operation.input.body, "qname", None) is not None
    }


def notification(
    topic: str, at: datetime, source: dict[str, str], data: dict[str, str]
) -> str:
    def items(values: dict[str, str]) -> str:
        pairs = [(quoteattr(name), quoteattr(value)) for name, value in values.items()]
        return "".join(f"<tt:SimpleItem Name={n} Value={v}/>" for n, v in pairs)

    return (
        "<wsnt:NotificationMessage><wsnt:Topic Dialect="
        '"http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">'
        f"tns1:{escape(topic)}</wsnt:Topic><wsnt:Message>"
        f'<tt:Message UtcTime="{utc(at)}"><tt:Source>{items(source)}</tt:Source>'
        f"<tt:Data>{items(data)}</tt:Data></tt:Message>"
        "</wsnt:Message></wsnt:NotificationMessage>"
    )


def pulled(now: datetime, told: list[str]) -> bytes:
    end = utc(now + timedelta(seconds=60))
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:tns1="{TOPICS}" '
        'xmlns:tev="http://www.onvif.org/ver10/events/wsdl" '
        'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" '
        'xmlns:tt="http://www.onvif.org/ver10/schema"><s:Body>'
        f"<tev:PullMessagesResponse><tev:CurrentTime>{utc(now)}</tev:CurrentTime>"
        f"<tev:TerminationTime>{end}</tev:TerminationTime>{''.join(told)}"
        "</tev:PullMessagesResponse></s:Body></s:Envelope>"
    ).encode()


def refusal(fault: Fault) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:ter="http://www.onvif.org/ver10/error">'
        "<s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>"
        f"{fault.code}</s:Value></s:Subcode></s:Code><s:Reason>"
        f'<s:Text xml:lang="en">{escape(fault.words)}</s:Text></s:Reason></s:Fault>'
        "</s:Body></s:Envelope>"
    ).encode()


def utc(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"


def date_time(at: datetime) -> dict[str, dict[str, int]]:
    return {
        "Time": {"Hour": at.hour, "Minute": at.minute, "Second": at.second},
        "Date": {"Year": at.year, "Month": at.month, "Day": at.day},
    }
