"""XML as anybody on the network may have sent it."""

from xml.etree import ElementTree


def parsed(document: bytes) -> ElementTree.Element:
    """Give the root; raise ``ValueError`` with what it is instead of plain XML.

    A document type may define entities that grow to any size, so there is none. Only
    UTF-8 is read, in which it cannot be hidden.
    """
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("no UTF-8") from None
    if "<!DOCTYPE" in text:
        raise ValueError("XML with a document type")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"no XML: {error}") from None
