"""Whether the parts of a tariff fit together."""

from .model import Adjustment, Counts, Period, Tariff


class Misfit(ValueError):
    """Parts do not fit together: a code for words at the edge, and their names."""

    def __init__(self, code: str, text: str, *names: str):
        super().__init__(text)
        self.code = code
        self.names = names


def check(tariff: Tariff) -> None:
    """Raise ``ValueError`` where a name leads nowhere, or sums lie across each other.

    Adjustments that take all or nothing of what earlier ones made keep a bill from
    shrinking while time passes: each is a growing function of sums that only grow.
    """
    both = sorted(tariff.covers.keys() & tariff.groups.keys())
    if both:
        raise ValueError(f"both covers and groups: {', '.join(both)}")
    _check_clocks(tariff)
    _check_conditions(tariff)
    for number, later in enumerate(tariff.adjustments):
        for earlier in tariff.adjustments[:number]:
            if not _is_around(later, earlier):
                text = (
                    f"adjustments/{later.name} must have all clocks of"
                    f" {earlier.name} and a period that is as long, or none of them"
                )
                raise Misfit("crossing", text, later.name, earlier.name)


def _is_around(later: Adjustment, earlier: Adjustment) -> bool:
    if later.clocks.isdisjoint(earlier.clocks):
        return True
    periods = (Period.STAY, earlier.period)
    return later.clocks >= earlier.clocks and later.period in periods


def _check_clocks(tariff: Tariff) -> None:
    known = {clock.name for clock in tariff.clocks}
    covers = [*tariff.covers.values(), *(one.cover for one in tariff.groups.values())]
    for one in (*covers, *tariff.adjustments):
        if unknown := sorted(one.clocks - known):
            raise ValueError(f"{one.name}: no such clock: {', '.join(unknown)}")
    for cover in covers:
        if cover.counts is Counts.MINUTES and cover.minutes is not None:
            raise ValueError(f"{cover.name}: its minutes are those that are left")


def _check_conditions(tariff: Tariff) -> None:
    known = {kind.name for kind in tariff.calendar.kinds}
    for name, where in tariff.conditions():
        if unknown := sorted((where.days or frozenset()) - known):
            raise ValueError(f"{name}: no such days: {', '.join(unknown)}")
    for clock in tariff.clocks:
        cases = [case for step in clock.steps for case in step.price]
        for zones in (case.where.zones or frozenset() for case in cases):
            if clock.where.zones is not None and not zones <= clock.where.zones:
                text = f"{clock.name}: a price for a zone where it stands"
                raise Misfit("stands", text, clock.name)
