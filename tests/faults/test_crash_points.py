"""A crash at any storage call of any service: the next process brings the job to its end, nothing is lost and
nothing is counted twice.
"""

import asyncio
from collections import Counter

import pytest
from aiohttp import web
from pydantic import SecretStr

from libs.common.ledger.notification import Notification, NotificationStatus
from libs.common.ledger.records import JobStatus
from libs.jobs import notify
from services.dispatcher import resources
from tests.faults.crashes import Point
from tests.faults.running import listening
from tests.faults.scenarios import (
    Main,
    Run,
    Stage,
    cancelled,
    deleted,
    left_to_the_sweep,
    outlived,
    points_of,
    replayed,
    retried,
    run_with_a_crash,
    submitted,
    theatre,
)
from tests.patience import slowness
from tests.receiver import SECRET, Receiver

#: Runs at the same time, fewer on a slow machine. Most of a run's time is waiting for what lapses.
AT_ONCE = 16
#: Calls that change something: between two of them a crash is a crash after the first.
WRITES = "table batch .*|queue (send|update|delete) .*|blob (put|create) .*"

# A task that is cancelled before its first step never awaits what it was to await.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


async def crash_everywhere(
    connection_string: str, main: Main, only: str = ".*", told: Notification | None = None
) -> list[Run]:
    """Run without a crash to learn the calls, then once for each point. Every run must be in order. How
    often a timer looks may differ from run to run, so a few points may pass untouched.
    """
    with theatre(), listening():
        calm = await run_with_a_crash(connection_string, main, None, told)
        assert not calm.violations, calm.violations
        points = points_of(calm, only)
        bound = asyncio.Semaphore(round(AT_ONCE / slowness()))

        async def crashed(point: Point) -> Run:
            async with bound:
                try:
                    return await run_with_a_crash(connection_string, main, point, told)
                except BaseException as error:
                    error.add_note(f"crashed {point}")
                    raise

        runs = await asyncio.gather(*map(crashed, points))
    fired = [run.point.call for run in runs if run.point and run.fired]
    print(f"faults fired: {len(fired)} crashes at {len(points)} points ({main.__name__}): {Counter(fired)}")
    broken = [f"{run.point}: {violation}" for run in runs for violation in run.violations]
    assert not broken, "\n".join(broken)
    assert len(fired) >= 0.8 * len(points)
    return runs


def statuses_of(runs: list[Run]) -> set[JobStatus]:
    return {run.job.status for run in runs if run.job}


async def test_a_job_survives_a_crash_at_any_storage_call(connection_string: str) -> None:
    runs = await crash_everywhere(connection_string, submitted)
    fired = Counter(run.point.call for run in runs if run.point and run.fired)
    assert fired.total() >= 60
    assert fired.keys() >= {"table batch files", "table batch jobs", "queue send files", "queue delete files"}
    assert statuses_of(runs) == {JobStatus.COMPLETED_WITH_ERRORS}


async def test_a_job_left_to_the_sweep_survives_a_crash_at_any_of_its_calls(connection_string: str) -> None:
    calls = "table query jobs|table batch jobs|queue send dispatch"
    runs = await crash_everywhere(connection_string, left_to_the_sweep, calls)
    assert statuses_of(runs) == {JobStatus.COMPLETED_WITH_ERRORS}


async def test_a_retried_job_survives_a_crash_at_any_write(connection_string: str) -> None:
    runs = await crash_everywhere(connection_string, retried, WRITES)
    assert statuses_of(runs) == {JobStatus.COMPLETED_WITH_ERRORS}
    ends = Counter(run.job.retries for run in runs if run.job)
    print(*(f"{times} ended after {end} retries" for end, times in ends.items()), sep=", ")
    assert ends.keys() <= {0, 1}
    assert ends[1] > ends[0]


async def test_a_cancelled_job_survives_a_crash_at_any_write(connection_string: str) -> None:
    runs = await crash_everywhere(connection_string, cancelled, WRITES)
    ends = Counter(run.job.status for run in runs if run.job)
    print(*(f"ended {end}: {times}" for end, times in ends.items()), sep=", ")
    # A crash before the ledger knew of it takes the client's wish along.
    assert ends.keys() <= {JobStatus.CANCELLED, JobStatus.COMPLETED_WITH_ERRORS}
    assert ends[JobStatus.CANCELLED] > ends[JobStatus.COMPLETED_WITH_ERRORS]


async def test_a_replayed_letter_survives_a_crash_at_any_of_its_calls(connection_string: str) -> None:
    # What follows is a retry like any other.
    calls = "queue (receive|update|delete) files-dlq|table batch jobs|queue send (dispatch|files-dlq)"
    runs = await crash_everywhere(connection_string, replayed, calls)
    assert statuses_of(runs) == {JobStatus.COMPLETED_WITH_ERRORS}
    ends = Counter(run.job.retries for run in runs if run.job)
    print(*(f"{times} ended after {end} retries" for end, times in ends.items()), sep=", ")
    assert ends.keys() <= {0, 1}
    assert ends[1] > ends[0]


async def test_a_job_that_is_deleted_at_a_crash_is_there_whole_or_gone_with_all_its_rows(
    connection_string: str,
) -> None:
    runs = await crash_everywhere(connection_string, deleted)
    gone = Counter(run.job is None for run in runs)
    print(f"{gone[True]} gone, {gone[False]} as they were")
    assert statuses_of(runs) <= {JobStatus.COMPLETED_WITH_ERRORS}
    assert gone[True] > gone[False]


async def test_retention_removes_all_of_a_job_though_the_dispatcher_crashes_at_any_write(
    connection_string: str,
) -> None:
    runs = await crash_everywhere(connection_string, outlived, f"{WRITES}|queue receive .*")
    assert {run.job for run in runs} == {None}


async def test_the_end_of_a_job_is_told_under_one_id_though_a_crash_comes_at_any_call_on_the_way(
    connection_string: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def accepts_the_second(request: web.Request) -> web.Response:
        return web.Response(status=204 if receiver.ids.count(request.headers["webhook-id"]) > 1 else 503)

    async def notifying(here: Stage) -> None:
        await here.submit()
        await here.serve(notify_allowed_hosts=receiver.allowed, notify_secret=SecretStr(SECRET))

    receiver.answers = [accepts_the_second]
    receiver.let_in(monkeypatch, resources)
    monkeypatch.setattr(notify, "_PAUSE_BASE", 0.1)
    calls = "table batch jobs|queue (send|receive|update|delete) notify"
    runs = await crash_everywhere(connection_string, notifying, calls, Notification(url=receiver.url))
    fired = {run.point.call for run in runs if run.point and run.fired}
    of_the_queue = {f"queue {call} notify" for call in ("send", "receive", "update", "delete")}
    assert fired == {"table batch jobs", *of_the_queue}
    for run in runs:
        assert run.job is not None
        assert run.job.notification is not None
        assert run.job.notification.status is NotificationStatus.DELIVERED
        heard = [it for it in receiver.heard if it.id.startswith(run.job.job_id)]
        assert {it.id for it in heard} == {f"{run.job.job_id}-0"}
        assert len({it.body for it in heard}) == 1
    times = Counter(Counter(receiver.ids).values())
    print(*(f"told {time} times: {jobs}" for time, jobs in times.items()), sep=", ")
