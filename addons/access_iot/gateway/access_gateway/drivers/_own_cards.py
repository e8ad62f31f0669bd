"""Controllers that decide by a list of their own while the gateway is silent."""

import logging

from . import DeviceError, Driver, Setting

log = logging.getLogger(__name__)

OWN_CARDS = Setting(
    "own_cards",
    "Keep Its Own Cards",
    False,
    help="While the gateway is silent the controller opens for the cards of its own "
    "list. That is emptied on connecting, so that it opens for nobody then, unless it "
    "opens by itself for members; with this it stays as it is, and who is on it gets "
    "in whatever the rules say.",
)


class OwnCards(Driver):
    """A driver with ``OWN_CARDS`` among its settings, and a ``keep``."""

    async def forget_own_cards(self) -> None:
        """Leave nobody of a former system on the list, unless staff want that.

        The list of a device that stands alone stays: it is brought to the rules later,
        and whoever is waiting at its doors does not wait for that. A list that cannot
        be emptied is told, and the doors work all the same.
        """
        if self.device.stand_alone:
            return
        self.keys_flaw = None
        if self.setting(OWN_CARDS.name):
            return
        try:
            await self.keep(())
        except DeviceError as error:
            self.keys_flaw = f"its own cards could not be deleted: {error}"
            log.error("device %s: %s", self.device.id, self.keys_flaw)
