"""The ERP's log at the end, with what the gateways said of when they wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from access_policy import PassageEvent, event_of

from .box import Row

if TYPE_CHECKING:
    from .building import Building


class Entry(NamedTuple):
    """``at`` is when it was on the gateway's disk (``time.monotonic()``), if that was
    said before a kill."""

    journal: int
    row: Row
    event: PassageEvent
    at: float | None

    def is_between(self, begin: float, end: float) -> bool:
        return self.at is not None and begin <= self.at <= end


@dataclass
class Log:
    entries: list[Entry]
    main: int

    @classmethod
    def read(cls, building: Building) -> Log:
        """Read what all gateways told."""
        staff, written = building.erp.staff, {}
        for box in building.boxes:
            written |= box.written
        gateways = staff.read("access.gateway", [], "journal_id")
        journals = {one["id"]: one["journal_id"][0] for one in gateways}
        entries = []
        for journal in sorted(journals.values()):
            for row in building.erp.log(journal):
                at = written.get(row.hash)
                entries.append(Entry(journal, row, event_of(row.record), at))
        return cls(entries, journals[building.gateway])

    def of_main(self) -> list[Entry]:
        return [one for one in self.entries if one.journal == self.main]

    def at_point(self, point: int, *reasons: str) -> list[Entry]:
        """What the building's own gateway told of a point."""
        return [
            one
            for one in self.of_main()
            if one.event.point == point and (not reasons or one.event.reason in reasons)
        ]
