"""The cards that a UHPPOTE controller keeps to decide by itself."""

import math
import time
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..pace import Pace
from . import DeviceError, Entry, Kept, Key
from ._hours import Validity, Week, validity_of, weeks_of
from ._uhppote import DELETED, DOORS, Card, card_at, card_number
from ._uhppote_profiles import NEVER, Ask, TimeProfiles

FULL = "its list is full"
READ_AGAIN_S = 6 * 3600.0


class _Wanted(NamedTuple):
    """A card that is to be on the list, with the weeks in which it opens each door."""

    validity: Validity
    doors: tuple[tuple[Week, ...], ...]


class CardList:
    """The list of one controller, brought to exactly some keys.

    ``ask`` asks the controller; ``zone`` is what its clock shows. What is there is read
    once, and again after some hours, or when it is another number of cards.
    """

    def __init__(self, ask: Ask, card_format: str, zone: ZoneInfo):
        self._ask = ask
        self._format = card_format
        self._zone = zone
        self._cards: dict[int, Card] | None = None
        self._read_at = -math.inf
        self._profiles = TimeProfiles(ask)
        self._flaws: Counter[str] = Counter()

    def forget(self) -> None:
        """Read again what is there: somebody else may have written."""
        self._cards = None
        self._profiles.forget()

    async def keep(self, keys: Collection[Key]) -> Kept:
        """Write what differs; what cannot be kept opens nothing, and is told."""
        self._flaws.clear()
        wanted = await self._wanted(keys)
        try:
            if not wanted:
                await self._delete_all()
                return self._kept()
            await self._learn()
            await self._delete([one for one in self._cards if one not in wanted])
            left = await self._put_all(wanted)
            if left:
                # What old cards named is free now that the new ones are there.
                left = await self._put_all({one: wanted[one] for one in left})
                self._flaws["too many different hours"] += len(left)
        except DeviceError:
            # Whether the last one was written nobody knows.
            self.forget()
            raise
        return self._kept()

    def _kept(self) -> Kept:
        told = [
            f"{count} cards: {what}" for what, count in self._flaws.items() if count
        ]
        return Kept(len(self._cards or ()), "; ".join(told) or None)

    async def _wanted(self, keys: Iterable[Key]) -> dict[int, _Wanted]:
        pace = Pace()
        found: dict[int, _Wanted] = {}
        for key in keys:
            await pace.step()
            # One of another format its readers could not read either.
            number, validity = card_number(self._format, key.value), validity_of(key)
            if number is None or validity is None:
                continue
            doors = self._doors(key, validity)
            if any(doors):
                found[number] = _Wanted(validity, doors)
        return found

    def _doors(self, key: Key, validity: Validity) -> tuple[tuple[Week, ...], ...]:
        entries = [entry for entry in key.entries if self._can_keep(entry)]
        return tuple(
            weeks_of(
                tuple(
                    line
                    for entry in entries
                    if entry.reader == door
                    for line in entry.hours
                ),
                validity,
            )
            for door in DOORS
        )

    def _can_keep(self, entry: Entry) -> bool:
        """Tell whether it opens what is wired, by the clock of the hours."""
        if entry.output != entry.reader:
            self._flaws[f"alone, reader {entry.reader} opens just its own door"] += 1
        elif str(entry.zone) != str(self._zone):
            words = f"its time zone is {self._zone}, but theirs {entry.zone}"
            self._flaws[words] += 1
        else:
            return True
        return False

    async def _learn(self) -> None:
        there = (await self._ask("get_cards")).cards
        is_old = time.monotonic() - self._read_at > READ_AGAIN_S
        if is_old or self._cards is None or there != len(self._cards):
            self.forget()
            self._cards = await self._read(there)
            self._read_at = time.monotonic()

    async def _read(self, left: int) -> dict[int, Card]:
        """Read its list, between whose cards deleted ones leave gaps."""
        index = 0
        found: dict[int, Card] = {}
        while left > 0:
            index += 1
            one = await self._ask("get_card_by_index", index)
            if one.card_number == 0:
                break
            if one.card_number != DELETED:
                found[one.card_number] = card_at(one)
                left -= 1
        return found

    async def _put_all(self, wanted: dict[int, _Wanted]) -> list[int]:
        """Write the cards; give those for some of whose hours there was no room."""
        doors_named = [number for card in self._cards.values() for number in card.doors]
        await self._profiles.begin(set(doors_named))
        pace, left = Pace(), []
        for number, one in wanted.items():
            await pace.step()
            found = [await self._profiles.number_of(weeks) for weeks in one.doors]
            if None in found:
                left.append(number)
            doors = tuple(door or NEVER for door in found)
            card = Card(number, *one.validity, doors)
            if not any(doors):
                await self._delete([number])
            elif self._cards.get(number) != card:
                await self._put(card)
        return left

    async def _put(self, card: Card) -> None:
        if self._flaws[FULL] and card.number not in self._cards:
            self._flaws[FULL] += 1
            return
        stored = await self._ask(
            "put_card", card.number, card.start, card.end, *card.doors, card.pin
        )
        if stored.stored:
            self._cards[card.number] = card
        else:
            # What is there of it opens at other hours.
            await self._delete([card.number])
            self._flaws[FULL] += 1

    async def _delete(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number not in self._cards:
                continue
            if not (await self._ask("delete_card", number)).deleted:
                raise DeviceError("the controller did not delete a card")
            del self._cards[number]

    async def _delete_all(self) -> None:
        """Empty its list at once; one that is empty is not written to."""
        is_empty = not (await self._ask("get_cards")).cards
        if not is_empty and not (await self._ask("delete_cards")).deleted:
            raise DeviceError("the controller did not delete its cards")
        self._cards = {}
