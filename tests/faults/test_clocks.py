"""Wall clocks an hour apart: nothing is lost, nothing ends early, and what got lost is sent again."""

import asyncio
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tests.faults.processes import checked, posted, progressed, under_test
from tests.faults.running import texts

HOUR = 3600
SETTINGS = {"PSEUDO_DELAY_MS": "500", "SLICE_TASKS": "40"}


async def test_clocks_an_hour_apart_lose_nothing_and_the_sweep_finds_what_got_lost() -> None:
    async with asyncio.TaskGroup() as group:
        for ahead in (HOUR, -HOUR):
            group.create_task(run_skewed({"dispatcher": ahead, "worker": -ahead}))


async def run_skewed(ahead: Mapping[str, int]) -> None:
    """A job under services with clocks so far ahead (seconds), and queues that are cleared on the way."""

    def command(module: str) -> Sequence[str]:
        return (sys.executable, "-m", "tests.faults.skewed", str(ahead.get(module, 0)), f"services.{module}")

    async with under_test(2, SETTINGS, command=command) as (running, watched, _):
        sources = texts(80)
        job_id = await posted(running, sources)
        await progressed(running, job_id, 20)
        cleared: Counter[str] = Counter()
        for queue in (running.deployment.dispatch_queue, running.deployment.file_queue):
            cleared[queue.name] += await queue.length()
            await queue.leases.clear_messages()
        await checked(running, watched, job_id, sources)
        job = await running.get(job_id)
    off = datetime.fromisoformat(job["completed_at"]) - datetime.now(UTC)
    print(f"faults fired: clocks ahead by {ahead}, messages cleared {dict(cleared)}, ended in {off}")
    assert abs(off) > timedelta(seconds=HOUR / 2), "no clock was wrong"
    assert all(cleared.values())
