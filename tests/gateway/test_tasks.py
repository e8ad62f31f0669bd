"""Work in the background: none of it dies unseen."""

import asyncio

import pytest

from access_gateway import tasks
from access_gateway.tasks import Background, forever


async def test_work_begins_anew_after_a_fault(monkeypatch, caplog):
    monkeypatch.setattr(tasks, "AGAIN_AFTER_S", 0)
    times = []

    async def work():
        times.append(1)
        if len(times) < 3:
            raise RuntimeError("fault")

    await forever(work)
    assert len(times) == 3
    assert "begins anew" in caplog.text


async def test_work_that_is_cancelled_ends(monkeypatch):
    task = asyncio.create_task(forever(asyncio.Event().wait))
    await asyncio.sleep(0)
    await tasks.end([task])
    assert task.cancelled()


async def test_a_fault_in_the_background_is_logged(caplog):
    async def work():
        raise RuntimeError("fault")

    background = Background()
    background.start(work())
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    assert "RuntimeError: fault" in caplog.text
    assert len(background) == 0
