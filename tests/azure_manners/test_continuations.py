"""A filtered query may answer with no row and a continuation that only the service can read."""

import asyncio

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger import files as ledger_files
from libs.common.ledger import tables
from libs.common.ledger.commits import open_commits
from libs.common.ledger.keys import new_job_id
from libs.common.ledger.records import FileRow, FileStatus, JobStatus
from libs.jobs.messages import DispatchTask, decode
from libs.jobs.purge import delete
from libs.jobs.turn import Again, Dispatch, Over, take_turn
from tests.azure_manners.proxy import Azure, Manners
from tests.azure_manners.tables import decoded, encoded
from tests.contract.conftest import end_of, job_row, listed, messages_of

JOB = new_job_id()
NAMES = [f"{number:04}.txt" for number in range(95)]
#: Beyond thirty scans of three rows.
LATE = NAMES[93]


async def ended(deployment: Deployment, job_id: str, *, but: set[str]) -> list[FileRow]:
    """A job whose files have all succeeded but some."""
    rows = await listed(deployment.files, job_id, NAMES)
    async with open_commits(deployment.file_table, "one") as commits:
        ends = [end_of(row) for row in rows if row.name not in but]
        await asyncio.gather(*(commits.record(job_id, end) for end in ends))
    return rows


def test_continuations_are_encoded_as_microsoft_documents_them() -> None:
    assert encoded("Ben999") == "1!8!QmVuOTk5"
    assert [decoded(encoded(key)) for key in ("f:de:a", "~", "")] == ["f:de:a", "~", ""]


async def test_a_pending_file_is_found_though_page_after_page_before_it_is_empty(
    deployment: Deployment, proxied: Azure
) -> None:
    await ended(deployment, JOB, but={LATE})
    assert [row.name for row in await deployment.files.pending(JOB)] == [LATE]
    assert proxied.played["empty page that is not the last"] > 25


async def test_a_search_that_runs_out_of_time_goes_on_where_it_was(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ended(deployment, JOB, but={NAMES[4], LATE})
    monkeypatch.setattr(ledger_files, "_SEARCH_SECONDS", 0)
    monkeypatch.setattr(tables, "_STEPPING_SECONDS", 0)
    found, behind = await deployment.files.search_pending(JOB)
    searches = 1
    while behind is not None:
        more, behind = await deployment.files.search_pending(JOB, behind)
        found, searches = [*found, *more], searches + 1
    assert [row.name for row in found] == [NAMES[4], LATE]
    assert searches >= 10


@pytest.mark.parametrize("manners", [Manners(scan=3, page_seconds=0.05)])
async def test_each_page_of_a_query_has_a_deadline_to_itself(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ended(deployment, JOB, but={LATE})
    monkeypatch.setattr(tables, "_PAGE_SECONDS", 0.8)  # shorter than the thirty pages together
    assert [row.name for row in await deployment.files.pending(JOB)] == [LATE]


async def test_the_watch_sends_a_lost_file_again_wherever_it_stands(
    deployment: Deployment, dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_files, "_SEARCH_SECONDS", 0)
    monkeypatch.setattr(tables, "_STEPPING_SECONDS", 0)
    job = await deployment.jobs.create(job_row())
    await deployment.jobs.move(job, JobStatus.PROCESSING)
    await ended(deployment, job.job_id, but={LATE})
    task, turns = DispatchTask(job_id=job.job_id), 0
    while turns == 0 or task.behind:
        end = await take_turn(dispatch, task)
        assert isinstance(end, Again)
        task, turns = decode(DispatchTask, end.task.encode()), turns + 1
    assert [message.name for message in await messages_of(deployment.file_queue)] == [LATE]
    assert turns >= 10


async def test_lists_with_a_filter_hold_all_that_is_asked_for_page_by_page(deployment: Deployment) -> None:
    wanted = {NAMES[0], NAMES[11], *NAMES[40:52], LATE}
    await ended(deployment, JOB, but=wanted)
    found: list[str] = []
    behind, pages = None, 0
    while pages == 0 or behind is not None:
        rows, behind = await deployment.files.page(JOB, 4, behind, FileStatus.PENDING)
        found, pages = [*found, *(row.name for row in rows)], pages + 1
        assert len(rows) <= 4
    assert found == sorted(wanted)


async def test_jobs_of_a_status_are_listed_page_by_page(deployment: Deployment) -> None:
    jobs = [await deployment.jobs.create(job_row()) for _ in range(70)]
    for job in (jobs[0], jobs[69]):
        await deployment.jobs.move(job, JobStatus.PROCESSING)
    found: list[str] = []
    behind, pages = None, 0
    while pages == 0 or behind is not None:
        rows, behind = await deployment.jobs.page(1, behind, JobStatus.PROCESSING)
        found, pages = [*found, *(row.job_id for row in rows)], pages + 1
    assert sorted(found) == sorted([jobs[0].job_id, jobs[69].job_id])


@pytest.mark.parametrize("manners", [Manners(empty_beginnings=25)])
async def test_a_purge_leaves_no_row(
    deployment: Deployment, dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_STEPPING_SECONDS", 0)
    job = await deployment.jobs.create(job_row())
    await ended(deployment, job.job_id, but=set())
    job = await deployment.jobs.move(job, JobStatus.PROCESSING)
    final = await deployment.files.progress(job.job_id)
    await deployment.jobs.close(job, JobStatus.COMPLETED, final, "done", None)
    closed = await deployment.jobs.get(job.job_id)
    assert closed is not None
    await delete(deployment.jobs, deployment.dispatch_queue, closed)
    (message,) = await deployment.dispatch_queue.receive(1, 300)
    task = decode(DispatchTask, message.body)
    while isinstance(end := await take_turn(dispatch, task), Again):
        task = decode(DispatchTask, end.task.encode())
    assert isinstance(end, Over)
    rows = deployment.file_table.scan(job.job_id, "", "~~")
    assert [row["RowKey"] async for row in rows] == []
