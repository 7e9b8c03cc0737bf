"""No request stops an event loop, whatever patterns, names, terms and bodies it has."""

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from libs.common.runtime.process import collect_less_often
from libs.jobs.messages import DispatchTask
from libs.jobs.turn import Dispatch, take_turn
from tests.integration.api.conftest import Client
from tests.integration.conftest import Upload

#: 300 names of 1,000 characters that differ at their end: more than one request lists.
NAMES = [f"{'a' * 50}/" * 19 + f"{number:06}.txt" for number in range(300)]
#: A matcher that backtracks takes milliseconds for each of these and each name. 100 of them match no name, so
#: all are tried.
PATTERNS = [f"*{'a' * 508}{number:02}" for number in range(50)]
#: How long an event loop may work without a break (seconds), on the machine where `FIXED_WORK` takes
#: `FIXED_SECONDS` of CPU. The same work takes longer on a slower machine, and there it may.
BOUND, FIXED_WORK, FIXED_SECONDS = 0.1, 200_000, 0.005
BODIES = {
    "60,000 unknown fields": {f"f{number}": number for number in range(60_000)},
    "300,000 patterns": {"include": [1] * 300_000},
    "60,000 options": {"options": {f"{number}": number for number in range(60_000)}},
    "45,000 terms": {"dictionary": {f"term{number}": "" for number in range(45_000)}},
    "a list of lists": {"files": [[[]]] * 100_000},
    "1,000 faults": {"files": [[[]] * 200] * 1000},
}


@pytest.fixture(autouse=True)
def collected_as_in_a_service() -> Iterator[None]:
    """A service's garbage collector leaves out what was there at the start, and so do these tests."""
    thresholds = gc.get_threshold()
    collect_less_often()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@asynccontextmanager
async def watched_loop() -> AsyncIterator[list[float]]:
    """The longest time that the loop worked without a break, in CPU seconds of its thread, so that other
    programs on the machine do not count.
    """
    longest = [0.0]

    async def watch() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.005)
            longest[0] = max(longest[0], time.thread_time() - before)

    watching = asyncio.create_task(watch())
    try:
        yield longest
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def bound() -> float:
    """How long an event loop may work without a break on this machine now (seconds)."""
    fixed = min(_fixed_work() for _ in range(5))
    scaled = BOUND * max(1.0, fixed / FIXED_SECONDS)
    print(f"fixed work took {fixed * 1000:.1f} ms, the bound is {scaled * 1000:.0f} ms")
    return scaled


def _fixed_work() -> float:
    before = time.thread_time()
    sum(number & 255 for number in range(FIXED_WORK))
    return time.thread_time() - before


async def test_hostile_patterns_over_hostile_names_stop_no_event_loop(
    client: Client, dispatch: Dispatch, upload: Upload, container: str
) -> None:
    await upload(container, dict.fromkeys(NAMES, b"x"))
    job = {
        "source_container": container,
        "target_container": f"{container}-out",
        "target_language": "es",
        "include": PATTERNS,
        "exclude": PATTERNS,
    }
    async with watched_loop() as longest:
        estimate = await client.post("/api/v1/batch/estimates", json=job)
        assert (estimate.status, (await estimate.json())["complete"]) == (200, True)
        posted = await client.post("/api/v1/batch/jobs", json=job)
        assert posted.status == 202
        await take_turn(dispatch, DispatchTask(job_id=(await posted.json())["job_id"]))
    print(f"the loop worked {longest[0] * 1000:.0f} ms without a break")
    assert longest[0] < bound()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_no_body_stops_the_event_loop(client: Client, body: dict[str, object]) -> None:
    data = json.dumps(body).encode()
    assert len(data) < 1024**2
    async with watched_loop() as longest:
        answer = await client.post(
            "/api/v1/batch/jobs", data=data, headers={"Content-Type": "application/json"}
        )
    assert answer.status == 422
    print(f"{len(data):,} bytes; the loop worked {longest[0] * 1000:.0f} ms without a break")
    assert longest[0] < bound()
