"""What people are shown at readers and terminals: one table, by key.

The rules may bring other words, in the language of the place, for any of them;
``{number}`` stands for that of a locker.
"""

from collections.abc import Mapping
from typing import Any

from access_policy.event import one_line

WORDS = {
    "locker_opened": "Locker {number}",
    "locker_other_row": "Locker {number}: other row",
    "locker_row_full": "Row full",
    "locker_wrong_band": "Wrong band",
    "locker_stuck": "Locker {number} does not open: ask our staff",
    "locker_trouble": "Ask our staff",
}


def say(key: str, translated: Mapping[str, str], number: str = "") -> str:
    """Give the words of a key.

    >>> say("locker_other_row", {}, number="A17")
    'Locker A17: other row'
    >>> say("locker_other_row", {"locker_other_row": "Schrank {number}"}, "A17")
    'Schrank A17'
    """
    return translated.get(key, WORDS[key]).replace("{number}", number)


def in_one_line(told: Any) -> Any:
    """Give what devices and drivers told, a tree as JSON has it, as it can be sent.

    What is no text of one line would have the ERP refuse the whole message.

    >>> in_one_line({"facts": {"firmware": "1.0\\n"}, "online": True})
    {'facts': {'firmware': '1.0'}, 'online': True}
    """
    if isinstance(told, str):
        return one_line(told) or ""
    if isinstance(told, Mapping):
        return {in_one_line(key): in_one_line(one) for key, one in told.items()}
    if isinstance(told, list | tuple):
        return [in_one_line(one) for one in told]
    return told
