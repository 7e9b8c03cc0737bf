"""What the dispatcher counts for the metrics, on real storage."""

import asyncio
from collections.abc import Mapping

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger.records import JobStatus
from libs.jobs.messages import DispatchTask
from libs.jobs.submit import submit
from libs.jobs.turn import Dispatch, take_turn
from libs.telemetry.catalogue import (
    DEAD_LETTERS,
    JOB_STILLNESS,
    JOBS_OPEN,
    OLDEST_MESSAGE,
    QUEUE_DEPTH,
    STORAGE_CALLS,
)
from services.dispatcher.census import keep_census
from tests.integration.conftest import Upload, new_job
from tests.measuring import figures


async def taken(deployment: Deployment) -> None:
    """One round of the census."""
    stop = asyncio.Event()

    async def no_other(*_pause: object) -> None:
        stop.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.dispatcher.rounds.wait_first", no_other)
        await keep_census(deployment, stop)


def by_first(found: Mapping[tuple[str, ...], float]) -> dict[str, float]:
    return {key[0]: value for key, value in found.items()}


async def test_it_counts_messages_dead_letters_and_open_jobs_by_status(
    deployment: Deployment, dispatch: Dispatch, upload: Upload, container: str
) -> None:
    await upload(container, {"a.txt": b"x", "b.txt": b"x"})
    jobs = [await submit(deployment, new_job(container)) for _ in range(3)]
    looks = figures(JOB_STILLNESS).get((), 0)
    await take_turn(dispatch, DispatchTask(job_id=jobs[0].job_id))
    found = await deployment.jobs.get(jobs[1].job_id)
    assert found is not None
    await deployment.jobs.move(found, JobStatus.CANCELLING)
    await deployment.jobs.open.stamp(found.job_id, JobStatus.CANCELLING)
    await deployment.file_queue.send_dead("given up")
    await taken(deployment)

    assert by_first(figures(QUEUE_DEPTH)) == {"files": 2, "dispatch": 3, "notifications": 0}
    assert by_first(figures(DEAD_LETTERS)) == {"files": 1, "dispatch": 0, "notifications": 0}
    assert by_first(figures(JOBS_OPEN)) == {"queued": 1, "processing": 1, "cancelling": 1}
    assert set(by_first(figures(OLDEST_MESSAGE))) == {"files", "dispatch", "notifications"}
    assert figures(JOB_STILLNESS)[()] == looks + 1


async def test_what_cannot_be_read_is_not_shown_any_more(deployment: Deployment) -> None:
    await taken(deployment)
    assert "files" in by_first(figures(QUEUE_DEPTH))
    await deployment.storage.queues.delete_queue(deployment.file_queue.name)
    await taken(deployment)
    assert set(by_first(figures(QUEUE_DEPTH))) == {"dispatch", "notifications"}
    assert set(by_first(figures(OLDEST_MESSAGE))) == {"dispatch", "notifications"}


async def test_reading_the_metrics_asks_nothing_of_storage(deployment: Deployment) -> None:
    await taken(deployment)
    calls = sum(figures(STORAGE_CALLS).values())
    for _ in range(3):
        figures(QUEUE_DEPTH)
    assert sum(figures(STORAGE_CALLS).values()) == calls
