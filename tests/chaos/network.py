"""The network between gateway and ERP, and weeks without one."""

import asyncio

from .actor import Action, Actor
from .people import MEMBERS

MANY = 300


class Network(Actor):
    def actions(self) -> dict[Action, int]:
        return {
            self.trouble_the_network: 6,
            self.cut_or_join_the_network: 4,
            self.send_a_batch_twice: 3,
        }

    def ordeals(self) -> list[Action]:
        return [self.be_offline_for_long]

    async def trouble_the_network(self) -> None:
        self.building.proxy.trouble = self.chance.choice([0.0, 0.3, 0.7])

    async def cut_or_join_the_network(self) -> None:
        self.building.proxy.cuts ^= {"short"}

    async def send_a_batch_twice(self) -> None:
        """The ERP has committed it, but its answer is lost: it is sent again."""
        self.building.proxy.to_lose.add("/events")
        self.building.box.hold(self.chance.choice(MEMBERS))

    async def be_offline_for_long(self) -> None:
        """Many people come meanwhile, most of them in vain."""
        self.building.proxy.cuts.add("long")
        for number in range(MANY):
            card = f"DEAD{number:08X}" if number % 5 else self.building.people.anybody()
            self.building.box.hold(card)
            await asyncio.sleep(0.01)
        self.building.proxy.cuts.discard("long")

    async def mend(self) -> None:
        proxy = self.building.proxy
        proxy.trouble, proxy.cuts = 0.0, set()
        proxy.to_lose.clear()

    def summary(self) -> str:
        return f"network: {self.building.proxy.faults}"
