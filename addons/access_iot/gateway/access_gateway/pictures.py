"""Pictures of events: taken at once, kept until the ERP has them.

A picture is no evidence that anything depends on: no door waits for a camera. None is
taken while the journal could need the room, and the oldest are given up first.
"""

import asyncio
import base64
import errno
import logging
import time
from collections.abc import Callable
from pathlib import Path

from access_policy import PassageEvent, Reason

from .devices import Devices
from .drivers import DeviceError
from .files import sweep, write_bytes_atomically
from .link import Link, LinkError, Refused
from .rules import Rules
from .tasks import Background
from .wiring import Pictures

log = logging.getLogger(__name__)

# As many, and no more bytes, are kept for an ERP that is away.
MOST = 500
MOST_BYTES = 200 * 2**20
WITHIN_S = 10.0
PAUSE_S = 1.0

# A camera that is slow or away must not pile up work.
MOST_AT_ONCE = 4

# What was read without being granted, and not refused either.
_NO_REFUSAL = (Reason.PASSED.value, Reason.LOCKED_AGAIN.value)
_TROUBLE = (
    Reason.DOOR_FORCED,
    Reason.DOOR_HELD,
    Reason.SECOND_PASSAGE,
    Reason.REVERSE_PASSAGE,
)


class Album:
    """The pictures of one gateway, by the sequence of their event in its journal.

    ``has_room`` tells whether the disk has room for more than the journal.
    """

    def __init__(
        self,
        directory: Path,
        devices: Devices,
        link: Link,
        gateway: str,
        rules: Callable[[], Rules],
        has_room: Callable[[], bool] = lambda: True,
    ):
        self._directory = directory
        self._devices = devices
        self._link = link
        self._gateway = gateway
        self._rules = rules
        self._taking = Background()
        self._has_room = has_room
        sweep(directory)
        self._taken = asyncio.Event()

    def see(self, event: PassageEvent, sequence: int) -> None:
        """Begin to take the picture of an event that was just recorded."""
        wire = self._rules().wiring.get(event.point)
        if wire is None or wire.camera is None or len(self._taking) >= MOST_AT_ONCE:
            return
        if not _is_worth(event, wire.pictures) or not self._has_room():
            return
        self._taking.start(self._take(wire.camera, sequence))

    async def run(self) -> None:
        """Send what was taken until cancelled."""
        while True:
            self._taken.clear()
            if not await self._send_all():
                if not self._has_room():
                    self._give_up_oldest()
                await asyncio.sleep(PAUSE_S * 10)
                continue
            await self._taken.wait()

    async def _take(self, camera: str, sequence: int) -> None:
        began = time.monotonic()
        try:
            snapshot = self._devices.get(camera).snapshot()
            picture = await asyncio.wait_for(snapshot, WITHIN_S)
            await asyncio.to_thread(self._keep, sequence, picture)
        except (DeviceError, OSError, asyncio.TimeoutError) as error:
            log.warning("no picture of event %s: %s", sequence, error or "too slow")
            return
        except Exception:
            log.exception("no picture of event %s: fault in its driver", sequence)
            return
        log.debug("picture of event %s in %.1f s", sequence, time.monotonic() - began)
        self._taken.set()

    def _keep(self, sequence: int, picture: bytes) -> None:
        self._directory.mkdir(mode=0o700, exist_ok=True)
        self._make_room(len(picture))
        # Taking it took a while.
        if not self._has_room():
            raise OSError("the disk runs short")
        try:
            write_bytes_atomically(self._path(sequence), picture)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                self._give_up_oldest()
            raise

    def _give_up_oldest(self) -> None:
        for path in self._kept()[:1]:
            path.unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        """Give up the oldest until one of a size is within the bounds."""
        kept = [(path, path.stat().st_size) for path in self._kept()]
        count, total = len(kept), sum(size for _path, size in kept)
        for path, held in kept:
            if count < MOST and total + size <= MOST_BYTES:
                return
            path.unlink(missing_ok=True)
            count, total = count - 1, total - held

    async def _send_all(self) -> bool:
        """Send what is kept, oldest first; tell whether the ERP could be asked."""
        for path in await asyncio.to_thread(self._kept):
            try:
                picture = await asyncio.to_thread(path.read_bytes)
                body = {
                    "gateway": self._gateway,
                    "sequence": int(path.stem),
                    "picture": base64.b64encode(picture).decode(),
                }
                await self._link.post("picture", body)
            except Refused as error:
                if error.status not in (404, 413, 422):
                    return False
                # It will never be taken: the event is unknown, or it is no picture.
                log.error("picture of event %s refused: %s", path.stem, error)
            except (LinkError, OSError):
                return False
            path.unlink(missing_ok=True)
        return True

    def _kept(self) -> list[Path]:
        paths = [one for one in self._directory.glob("*.jpg") if one.stem.isdigit()]
        return sorted(paths, key=lambda path: int(path.stem))

    def _path(self, sequence: int) -> Path:
        return self._directory / f"{sequence}.jpg"


def _is_worth(event: PassageEvent, pictures: Pictures) -> bool:
    is_trouble = event.reason in [reason.value for reason in _TROUBLE]
    if pictures is Pictures.ALL:
        return is_trouble or bool(event.seen or event.person)
    is_refused = not event.granted and bool(event.seen)
    return is_trouble or (is_refused and event.reason not in _NO_REFUSAL)
