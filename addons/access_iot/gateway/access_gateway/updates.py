"""New releases from the ERP: fetched, verified, put on trial - and given up or kept.

The ERP only hands them on: what is run is decided by the signature.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import __version__
from .launch import confirm
from .link import Link, LinkError
from .release import MAX_BYTES, Release, ReleaseError, trusted_keys
from .slots import Slots, keep_wheel
from .tasks import end

log = logging.getLogger(__name__)

# Before a release that could not be fetched or kept is asked for again.
RETRY_S = 60.0
LOOK_EVERY_S = 1.0


class Updates:
    """``online`` gives the devices that are online; ``restart`` is called when a
    release is ready to be tried."""

    def __init__(
        self,
        directory: Path,
        link: Link,
        gateway: str,
        online: Callable[[], set[str]],
        restart: Callable[[], None],
    ):
        self._directory = directory
        self._link = link
        self._gateway = gateway
        self._online = online
        self._restart = restart
        self._slots = Slots.load(directory)
        self._work: asyncio.Task[None] | None = None
        self._refused: Release | None = None
        self._trouble: str | None = None

    @property
    def problem(self) -> str | None:
        return self._trouble

    async def take(self, offer: Any) -> None:
        """Begin to install what is offered, unless that is being done."""
        if self._work is not None and not self._work.done():
            return
        if offer is None:
            self._trouble = None
            return
        try:
            release = Release.from_document(offer)
            if release == self._refused or release.version == __version__:
                return
            self._check_wanted(release)
        except ReleaseError as error:
            self._note(f"release refused: {error}")
            return
        self._work = asyncio.create_task(self._install(release))

    async def confirm_when(self, is_well: Callable[[], bool]) -> None:
        """While this is a release on trial: wait until it works as the old one did."""
        if self._slots.trial is None or self._slots.trial.version != __version__:
            return
        awaited = set(self._slots.online)
        while not (is_well() and awaited <= self._online()):
            await asyncio.sleep(LOOK_EVERY_S)
        while self._slots.trial is not None:
            try:
                await asyncio.to_thread(confirm, self._directory)
                self._slots = Slots.load(self._directory)
            except OSError as error:
                self._note(f"the release on trial cannot be confirmed: {error}")
                await asyncio.sleep(LOOK_EVERY_S)

    async def close(self) -> None:
        if self._work is not None:
            await end([self._work])

    def _check_wanted(self, release: Release) -> None:
        if not trusted_keys():
            raise ReleaseError("this program was built without a release key")
        if not release.is_newer_than(__version__):
            raise ReleaseError(f"{release.version} is not newer than {__version__}")
        self._slots.check_not_outdated(release)
        if release.version in self._slots.failed:
            raise ReleaseError(f"{release.version} was tried and did not work here")
        if self._slots.trial is not None:
            raise ReleaseError("another one is on trial")

    async def _install(self, release: Release) -> None:
        try:
            body = {"gateway": self._gateway, "version": release.version}
            wheel = await self._link.fetch("release", body, MAX_BYTES)
            await asyncio.to_thread(self._put_on_trial, release, wheel)
        except ReleaseError as error:
            self._refused = release
            self._note(f"release {release.version} refused: {error}")
        except (LinkError, OSError) as error:
            self._note(f"release {release.version} is not installed yet: {error}")
            await asyncio.sleep(RETRY_S)
        else:
            self._trouble = None
            log.info("release %s is ready: starting anew with it", release.version)
            self._restart()

    def _put_on_trial(self, release: Release, wheel: bytes) -> None:
        release.verify(wheel, trusted_keys())
        release.check_needs(wheel)
        keep_wheel(self._directory, release, wheel)
        # From here on the next start is one of the new release.
        self._slots = self._slots.begin_trial(release, self._online())
        self._slots.save(self._directory)

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.error("%s", trouble)
        self._trouble = trouble
