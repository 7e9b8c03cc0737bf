"""A killed process costs one lease; a loop that stands still for two thirds of a lease costs nothing."""

import asyncio
import signal
import time

from deploy.local.processes import Process
from tests.faults.processes import Watched, checked, posted, under_test
from tests.faults.running import texts

#: A lease of the tests (seconds), and the pause that stands to it as 40 s stand to the default of 60 s.
LEASE, STANDSTILL = 9, 6.0
#: When a worker is stopped, in seconds after it began its files: before the first renewal, at 0.3 of a lease,
#: and at a moment when a lease that is renewed at half of its life would be lost.
MOMENTS = {"worker-1": 0.2 * LEASE, "worker-2": 0.47 * LEASE}
#: What a job may take besides the lease of the killed dispatcher: another one starts, and 60 files (seconds).
RECOVERY = 40.0


async def test_workers_that_stand_still_for_two_thirds_of_a_lease_lose_no_file() -> None:
    sources = texts(8)
    settings = {
        "VISIBILITY_TIMEOUT": str(LEASE),
        "PSEUDO_DELAY_MS": str(1000 * LEASE),
        "MAX_CONCURRENT_FILES": "4",
        "MAX_MESSAGES": "4",
        # Where a busy machine keeps the dispatcher, the sweep would have every file sent twice.
        "SWEEP_AFTER": "600",
    }
    async with under_test(2, settings) as (running, watched, _):
        job_id = await posted(running, sources)

        async def all_begun() -> bool:
            return len(watched.began) == len(sources)

        await running.until(all_begun)
        # It has nothing to do but to receive what the others lose.
        await running.stack.start("worker-3")
        workers = [name for name in MOMENTS if watched.by(name)]
        await asyncio.gather(*(stood_still(running.stack.services[name], began(watched, name) + MOMENTS[name])
                               for name in workers))  # fmt: skip
        await checked(running, watched, job_id, sources)
        lost = [line for line in watched.lines if "lease.lost" in line]
        print(f"faults fired: {len(workers)} workers stopped for {STANDSTILL:g} s, {len(lost)} leases lost")
        assert len(workers) > 0
        assert lost == []
        assert set(watched.begun.times[job_id].values()) == {1}


def began(watched: Watched, worker: str) -> float:
    return min(at for at, name, _ in watched.began if name == worker)


async def stood_still(worker: Process, moment: float) -> None:
    await asyncio.sleep(moment - time.monotonic())
    worker.send(signal.SIGSTOP)
    await asyncio.sleep(STANDSTILL)
    worker.send(signal.SIGCONT)


async def test_a_job_whose_dispatcher_is_killed_at_its_start_waits_for_one_lease() -> None:
    lease, sources = 5, texts(60)
    # No sweep helps: the lease of the killed process has to end by itself.
    settings = {"VISIBILITY_TIMEOUT": str(lease), "SWEEP_AFTER": "600"}
    async with under_test(2, settings, through=True) as (running, watched, between):
        first_rows = between.hold("table batch", "translationfiles")
        job_id = await posted(running, sources)
        async with asyncio.timeout(30):
            await first_rows.arrived.wait()
        await running.stack.services["dispatcher"].kill()
        killed = time.monotonic()
        await running.stack.start("dispatcher")
        await running.ended(job_id, lease + RECOVERY)
        seconds = time.monotonic() - killed
        first_rows.released.set()
        await checked(running, watched, job_id, sources)
        print(f"faults fired: 1 dispatcher killed in its first slice; the job ended {seconds:.1f} s later")
