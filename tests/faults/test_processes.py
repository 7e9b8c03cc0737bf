"""Real processes that are killed, stopped, frozen and scaled in, and queues that an operator clears."""

import asyncio
import random
import re
import signal
import time
from collections import Counter

from tests.faults.processes import checked, posted, progressed, under_test
from tests.faults.running import texts

#: What an operator is promised when he scales in: a released file is in other hands after this (seconds).
PROMISED_PICK_UP = 10.0


async def test_workers_killed_every_two_seconds_lose_and_double_nothing() -> None:
    sources, dice, kills = texts(600), random.Random(1), 0
    async with under_test(3, {"PSEUDO_DELAY_MS": "300"}) as (running, watched, _):
        job_id = await posted(running, sources)
        await progressed(running, job_id, 1)
        while (await running.get(job_id))["pending_files"]:
            victim = f"worker-{dice.randint(1, 3)}"
            await running.stack.services[victim].kill()
            kills += 1
            await running.stack.start(victim)
            await asyncio.sleep(1)
        await checked(running, watched, job_id, sources)
        redone = watched.begun.times[job_id].total() - len(sources)
        print(f"faults fired: {kills} workers killed, {redone} files begun again")
        assert kills >= 2
        assert redone > 0, "no kill met a file in hand"


async def test_a_rolling_restart_of_all_workers_repeats_no_file() -> None:
    sources = texts(400)
    settings = {"PSEUDO_DELAY_MS": "500", "VISIBILITY_TIMEOUT": "30"}
    async with under_test(3, settings) as (running, watched, _):
        job_id = await posted(running, sources)
        await progressed(running, job_id, 20)
        for name in ("worker-1", "worker-2", "worker-3"):
            assert watched.by(name), f"{name} had nothing to do"
            assert await running.stack.services[name].stop(20) == 0
            await running.stack.start(name)
        await checked(running, watched, job_id, sources)
        twice = {name for name, times in watched.begun.times[job_id].items() if times > 1}
        in_hand = [int(found) for found in re.findall(r'"unfinished": (\d+)', "\n".join(watched.lines))]
        print(f"faults fired: workers restarted with {in_hand} files in hand, {len(twice)} begun again")
        assert sum(in_hand) > 0
        assert not twice


async def test_scaling_in_hands_files_longer_than_the_drain_to_others_within_ten_seconds() -> None:
    sources = texts(8)
    settings = {"PSEUDO_DELAY_MS": "6000", "MAX_MESSAGES": "2", "VISIBILITY_TIMEOUT": "120"}
    async with under_test(4, settings, drain=0.5) as (running, watched, _):
        job_id = await posted(running, sources)

        async def all_begun() -> bool:
            return len(watched.began) == len(sources)

        await running.until(all_begun)
        workers = [f"worker-{number}" for number in range(1, 5)]
        survivor = min(workers, key=lambda name: len(watched.by(name)))
        leaving = [name for name in workers if name != survivor]
        released = [name for worker in leaving for name in watched.by(worker)]
        codes = await asyncio.gather(*(running.stack.services[name].stop(20) for name in leaving))
        exited = time.monotonic()
        assert codes == [0, 0, 0]
        await checked(running, watched, job_id, sources)
        again = [at for at, worker, name in watched.began if worker == survivor and name in released]
        print(
            f"faults fired: {len(released)} files released, last begun {max(again) - exited:.1f} s after exit"
        )
        assert len(again) == len(released) > 0
        assert max(again) - exited < PROMISED_PICK_UP
        assert {row.attempts for row in await running.rows(job_id)} == {1}


async def test_a_worker_frozen_in_its_commit_beyond_two_leases_does_not_count_a_file_again() -> None:
    sources = texts(12)
    settings = {"VISIBILITY_TIMEOUT": "2", "PSEUDO_DELAY_MS": "100"}
    async with under_test(0, settings, through=True) as (running, watched, between):
        job_id = await posted(running, sources)

        async def is_listed() -> bool:
            return bool((await running.get(job_id))["listing_complete"])

        await running.until(is_listed)
        frozen = await running.stack.start("worker-1")
        # With the listing sealed, the next transaction on file rows is this worker's.
        held = between.hold("table batch", "translationfiles")
        async with asyncio.timeout(30):
            await held.arrived.wait()
        frozen.send(signal.SIGSTOP)
        in_hand = set(watched.by("worker-1"))
        await running.stack.start("worker-2")
        job = await running.ended(job_id, 60)
        assert job["processed_files"] == len(sources)
        taken_over = in_hand & set(watched.by("worker-2"))
        held.released.set()
        async with asyncio.timeout(30):
            await held.done.wait()
        frozen.send(signal.SIGCONT)
        await frozen.wait_for_line("commit.read_back", 30)
        await checked(running, watched, job_id, sources)
        assert (await running.get(job_id))["processed_files"] == len(sources)
        assert frozen.returncode is None, "the frozen worker died of it"
        print(f"faults fired: 1 commit late and refused, {len(taken_over)} files taken over")
        assert b"UpdateConditionNotSatisfied" in held.answer
        assert taken_over


async def test_jobs_end_though_an_operator_clears_both_queues_under_them() -> None:
    settings = {"PSEUDO_DELAY_MS": "100", "SLICE_TASKS": "50", "DISPATCH_BACKLOG": "60"}
    async with under_test(2, settings) as (running, watched, _):
        sources = texts(200)
        job_id = await posted(running, sources)
        cleared: Counter[str] = Counter()
        for files in (20, 110):
            await progressed(running, job_id, files)
            for queue in (running.deployment.dispatch_queue, running.deployment.file_queue):
                cleared[queue.name] += await queue.length()
                await queue.leases.clear_messages()
        await checked(running, watched, job_id, sources)
        print(f"faults fired: messages cleared {dict(cleared)}")
        assert all(cleared.values())
