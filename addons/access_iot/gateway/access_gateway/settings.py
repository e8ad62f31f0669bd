"""What staff set of a device: each driver says what there is, the ERP makes a form."""

from collections.abc import Mapping
from typing import Any, NamedTuple

Value = bool | int | float | str


class SettingError(ValueError):
    """A value that cannot be; the text is for staff."""


class Setting(NamedTuple):
    """One setting. The type of ``default`` is its type.

    ``choices`` are pairs of a value, written as text, and words; ``low`` and ``high``
    are bounds, both included. A ``secret`` one is never shown again. A ``format`` says
    what a text is: ``time_zone``, by its name in the IANA database.
    """

    name: str
    label: str
    default: Value
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    low: float | None = None
    high: float | None = None
    secret: bool = False
    format: str = ""

    def read(self, given: Mapping[str, Any]) -> Value:
        """Give its value among those given, or its default.

        >>> Setting("unit", "Unit", 1, low=1).read({"unit": "7"})
        7
        """
        value = given.get(self.name)
        if value is None:
            return self.default
        try:
            read = _to_type(type(self.default), value)
        except (TypeError, ValueError):
            raise self._error(value, "cannot be") from None
        if self.choices and str(read) not in dict(self.choices):
            raise self._error(value, f"is none of {list(dict(self.choices))}")
        too_low = self.low is not None and read < self.low
        if too_low or (self.high is not None and read > self.high):
            raise self._error(value, f"is not from {self.low} to {self.high}")
        return read

    def document(self) -> dict[str, Any]:
        """Give it as the ERP gets it."""
        said = {"name": self.name, "label": self.label, "default": self.default}
        said["type"] = type(self.default).__name__
        for name in ("help", "low", "high", "secret", "format"):
            value = getattr(self, name)
            # 0 is a bound, though Python takes it for no.
            if value is not None and value is not False and value != "":
                said[name] = value
        if self.choices:
            said["choices"] = [list(choice) for choice in self.choices]
        return said

    def _error(self, value: Any, words: str) -> SettingError:
        shown = "its value" if self.secret else repr(value)
        return SettingError(f"setting {self.name}: {shown} {words}")


def _to_type(kind: type, value: Any) -> Value:
    if kind is bool and value not in (True, False, 0, 1):
        raise ValueError(value)
    if kind is int and isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    return kind(value)
