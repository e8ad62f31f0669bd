"""An MQTT broker in the event loop. Needs ``amqtt``, which only the tests install."""

import asyncio
import logging

from amqtt.broker import Broker

_PLUGINS = {
    "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
}


class SimulatedBroker:
    """Runs within ``async with``; ``stop`` and ``start`` switch its power."""

    def __init__(self, port: int):
        self._port = port
        self._broker: Broker | None = None
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.CRITICAL)

    @property
    def address(self) -> str:
        return f"mqtt://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    async def __aenter__(self) -> "SimulatedBroker":
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        listener = {"type": "tcp", "bind": f"127.0.0.1:{self._port}"}
        config = {"listeners": {"default": listener}, "plugins": _PLUGINS}
        self._broker = Broker(config)
        await self._broker.start()

    async def stop(self) -> None:
        if self._broker is not None:
            broker, self._broker = self._broker, None
            handlers = [handler for _session, handler in broker._sessions.values()]
            ending = asyncio.create_task(broker.shutdown())
            while not (await asyncio.wait({ending}, timeout=0.5))[0]:
                # Who reads may miss that it is to end, and is waited for.
                for handler in handlers:
                    if handler is not None and handler._reader_task is not None:
                        handler._reader_task.cancel()
            await ending
