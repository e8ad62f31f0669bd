import os
import sys

import pytest

from access_gateway.policy_store import PolicyStore

from .fake_erp import FakeErp
from .locker_world import Room
from .world import open_venue


@pytest.fixture
def python_path():
    """An environment in which a program of its own imports what the tests do."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.fixture
async def place(tmp_path):
    """A venue in which everything is up."""
    async with open_venue(tmp_path) as venue:
        yield venue


@pytest.fixture
def room(tmp_path):
    room = Room(tmp_path / "lockers.db")
    yield room
    room.close()


@pytest.fixture
def erp():
    return FakeErp()


@pytest.fixture
def open_store(erp, tmp_path):
    """A function that opens the store, as each start of the gateway does."""
    identity = erp.identity()
    return lambda folder=tmp_path: PolicyStore(
        folder / "policy.json", identity.gateway, identity.policy_key
    )
