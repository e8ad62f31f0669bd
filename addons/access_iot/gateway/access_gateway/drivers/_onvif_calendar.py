"""Weekly hours as ONVIF schedules have them: iCalendar by the device's local time."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from access_policy.spans import Span

from ._hours import Week

_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Where a week has no first day: devices need one of this year (schedule.wsdl).
_BEGIN = date(1970, 1, 1)


def calendar_of(weeks: tuple[Week, ...]) -> str:
    """Give the calendar of some hours, the same for the same hours."""
    events = [event for week in weeks for event in _events(week)]
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Access for Odoo//EN",
        "VERSION:2.0",
        *(line for number, event in enumerate(events) for line in _told(number, event)),
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)


def name_of(text: str) -> str:
    """Give a short name for a text, the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _told(number: int, event: list[str]) -> list[str]:
    return ["BEGIN:VEVENT", "SUMMARY:Access", f"UID:{number}", *event, "END:VEVENT"]


def _events(week: Week) -> Iterator[list[str]]:
    days = ",".join(_NAMES[weekday] for weekday in week.weekdays)
    rule = f"RRULE:FREQ=WEEKLY;BYDAY={days}"
    begin = _BEGIN
    if week.dates is not None:
        begin = week.dates.first
        rule += f";UNTIL={week.dates.last:%Y%m%d}T235959"
    while begin.weekday() not in week.weekdays:
        begin += timedelta(days=1)
    for span in week.spans:
        start, end = _moments(begin, span)
        yield [f"DTSTART:{start:%Y%m%dT%H%M%S}", f"DTEND:{end:%Y%m%dT%H%M%S}", rule]


def _moments(day: date, span: Span) -> list[datetime]:
    midnight = datetime.combine(day, time.min)
    return [midnight + timedelta(minutes=minute) for minute in span]
