"""A week without the ERP: 50,000 events wait, and are delivered by a real process."""

import asyncio
import sqlite3
import time
from pathlib import Path

from access_gateway.journal import Journal
from access_policy import GENESIS, first_break

from .gateway_process import GatewayProcess
from .test_kill import PATIENCE, run_until_up
from .world import event, records, venue

COUNT = 50_000
# Beyond what the program needs anyway; the events themselves weigh 12 MB.
MORE_MB = 48


def fill(identity, directory):
    journal = Journal(directory / "journal.db")
    journal.continue_from(identity.gateway, identity.journal)
    # Only so that the test does not wait for the disk.
    journal._connection.execute("PRAGMA synchronous = OFF")
    for number in range(COUNT):
        minute = number // 5
        at = f"2026-11-{14 + minute // 1440:02}T{minute // 60 % 24:02}:{minute % 60:02}"
        journal.append(event(time=f"{at}:00.000Z", person=1, zone=number % 2))
    journal.close()


def peak_mb(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def test_a_week_of_events_is_delivered_in_order_with_bounded_memory(
    tmp_path, python_path
):
    async with venue(tmp_path) as place:
        place.state_dir.mkdir(mode=0o700)
        identity = place.erp.identity()
        identity.save(place.state_dir)
        with GatewayProcess(place.state_dir, tmp_path, python_path) as gateway:
            await run_until_up(place, gateway)
            before = peak_mb(gateway)
            gateway.kill()
            for file in place.state_dir.glob("journal.db*"):
                file.unlink()
            await asyncio.to_thread(fill, identity, place.state_dir)
            began = time.monotonic()
            await run_until_up(place, gateway)
            await place.erp.until(lambda: len(place.erp.events) == COUNT, 4 * PATIENCE)
            seconds, peak = time.monotonic() - began, peak_mb(gateway)
            # The answer to the last batch is on its way.
            await place.erp.until(lambda: place.erp.status["pending"] == 0, PATIENCE)
        print(
            f"{COUNT} events in {seconds:.1f} s, peak {peak:.0f} MB ({before:.0f} MB)"
        )
        assert peak < before + MORE_MB
        events = place.erp.events
        assert [entry["sequence"] for entry in events] == list(range(1, COUNT + 1))
        assert first_break(records(events), GENESIS) is None
        with sqlite3.connect(place.state_dir / "journal.db") as kept:
            [(acknowledged,)] = kept.execute("SELECT acknowledged FROM journal")
        assert acknowledged == COUNT
