"""What an OSDP reader is told to do, as libosdp wants it; times are in 100 ms."""

import unicodedata
from typing import Any

from osdp import Command, CommandLEDColor


def output(output: int, code: int, count: int = 0) -> dict[str, Any]:
    return {
        "command": Command.Output,
        "output_no": output,
        "control_code": code,
        "timer_count": count,
    }


def led(reader: int, color: int, on: int, off: int) -> dict[str, Any]:
    """Blink for two seconds; times are in 100 ms."""
    return {
        "command": Command.LED,
        "reader": reader,
        "led_number": 0,
        "temporary": True,
        "control_code": 2,
        "on_count": on,
        "off_count": off,
        "on_color": color,
        "off_color": CommandLEDColor.Black,
        "timer_count": 20,
    }


def beeps(reader: int, number: int) -> dict[str, Any]:
    return {
        "command": Command.Buzzer,
        "reader": reader,
        "control_code": 2,
        "on_count": 2,
        "off_count": 1,
        "rep_count": number,
    }


def text(reader: int, text: str) -> dict[str, Any]:
    """Show a line for five seconds."""
    return {
        "command": Command.Text,
        "reader": reader,
        "control_code": 3,
        "temp_time": 5,
        "offset_row": 1,
        "offset_col": 1,
        "data": text,
    }


def status(kind: int) -> dict[str, Any]:
    return {"command": Command.Status, "type": kind}


def plain(text: str) -> str:
    """Give a text in letters that every display has, as far as it goes.

    >>> plain("Dostęp: brak karnetu")
    'Dostep: brak karnetu'
    """
    split = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L"))
    return "".join(sign for sign in split if " " <= sign <= "~")[:32]
