"""Every file is counted once, whatever happens to the processes and the messages."""

import asyncio
import signal
from collections import Counter

from deploy.local.stack import StackOptions
from libs.common.ledger.records import FileStatus
from libs.jobs.messages import FileTask
from tests.e2e.system import System, system
from tests.patience import patient

FILES = 1000
DUPLICATES = 200
QUICK = {"VISIBILITY_TIMEOUT": "4", "WATCH_INTERVAL": "2", "POLL_INTERVAL": "0.2", "LOG_LEVEL": "WARNING"}


async def test_every_file_is_counted_once_though_messages_double_and_workers_die() -> None:
    options = StackOptions(
        engine="pseudo", workers=0, drain_seconds=5, settings={**QUICK, "PSEUDO_DELAY_MS": "20"}
    )
    async with system(options) as running:
        files = {
            f"folder-{n % 7}/{n:04}.txt": f"File number {n}.\n\nIts text.\n".encode() for n in range(FILES)
        }
        await running.upload("many", files)
        job = await running.post(source_container="many", target_container="many-es", target_language="es")
        job_id = job["job_id"]
        await running.until(lambda: sealed(running, job_id))
        await send_twice(running, job_id)

        for worker in ("worker-1", "worker-2", "worker-3"):
            await running.stack.start(worker)
        ended, faults = await disturbed(running, job_id)

        assert faults == {"killed": 1, "restarted": 1, "terminated": 1}
        assert ended["status"] == "completed"
        assert ended["processed_files"] == ended["total_files"] == FILES
        assert (await calm_run(running))["processed_files"] == FILES
        rows = await running.rows(job_id)
        assert ended["characters"] == sum(row.characters for row in rows)
        assert Counter(row.status for row in rows) == {FileStatus.SUCCEEDED: FILES}
        assert await running.download("many-es") == await running.download("calm-es")
        await running.until(lambda: no_message_left(running))
        print(f"faults fired: {DUPLICATES} messages sent twice, {dict(faults)}")


async def disturbed(running: System, job_id: str) -> tuple[dict[str, object], Counter[str]]:
    """Follow the job; kill a worker a third of the way and start it again, terminate another at half."""
    faults: Counter[str] = Counter()
    async for job in running.poll(job_id, 120):
        if not faults["killed"] and job["processed_files"] >= FILES * 0.3:
            await running.stack.services["worker-1"].kill()
            faults["killed"] += 1
            await running.stack.start("worker-1")
            faults["restarted"] += 1
        if not faults["terminated"] and job["processed_files"] >= FILES * 0.5:
            running.stack.services["worker-2"].send(signal.SIGTERM)
            faults["terminated"] += 1
    # At the moment the job says it ended, not one row may be pending.
    assert not await running.deployment.files.pending(job_id)
    async with asyncio.timeout(patient(20)):
        assert await running.stack.services["worker-2"].wait() == 0
    return job, faults


async def calm_run(running: System) -> dict[str, object]:
    job = await running.post(source_container="many", target_container="calm-es", target_language="es")
    return await running.ended(job["job_id"], 120)


async def send_twice(running: System, job_id: str) -> None:
    rows = (await running.rows(job_id))[:: FILES // DUPLICATES]
    assert len(rows) == DUPLICATES
    for row in rows:
        copy = FileTask(job_id=job_id, language=row.language, name=row.name, tag=row.tag, size=row.size)
        await running.deployment.file_queue.send(copy.encode())


async def sealed(running: System, job_id: str) -> bool:
    dispatch = await running.deployment.files.dispatch(job_id)
    return dispatch is not None and dispatch.sealed


async def no_message_left(running: System) -> bool:
    return await running.deployment.file_queue.length() == 0


async def test_a_dispatcher_killed_in_every_slice_loses_and_doubles_nothing() -> None:
    slices, slice_files = 5, 120
    options = StackOptions(
        engine="pseudo",
        workers=1,
        settings={**QUICK, "VISIBILITY_TIMEOUT": "2", "SLICE_TASKS": str(slice_files)},
    )
    async with system(options) as running:
        files = {f"{n:04}.txt": f"File number {n}.\n".encode() for n in range(slices * slice_files)}
        await running.upload("sliced", files)
        job = await running.post(
            source_container="sliced", target_container="sliced-es", target_language="es"
        )
        killed = await kill_in_every_slice(running, job["job_id"])
        ended = await running.ended(job["job_id"])

        assert killed == set(range(slices)), "a slice went by without a kill"
        assert ended["status"] == "completed"
        assert ended["processed_files"] == ended["total_files"] == len(files)
        assert Counter(row.name for row in await running.rows(job["job_id"])) == Counter(files.keys())
        assert (await running.download("sliced-es")).keys() == files.keys()
        print(f"faults fired: dispatcher killed in slices {sorted(killed)}")


async def kill_in_every_slice(running: System, job_id: str) -> set[int]:
    """Kill the dispatcher as soon as a slice has made rows but has not ended, once a slice."""
    killed: set[int] = set()
    async with asyncio.timeout(patient(120)):
        while True:
            dispatch = await running.deployment.files.dispatch(job_id)
            if dispatch is not None and dispatch.sealed:
                return killed
            if dispatch is not None and dispatch.after is not None and dispatch.slice not in killed:
                await running.stack.services["dispatcher"].kill()
                killed.add(dispatch.slice)
                await running.stack.start("dispatcher")
            await asyncio.sleep(0.002)
