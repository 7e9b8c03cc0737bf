"""The ledger's rows: jobs and their states, file rows and their counts."""

from dataclasses import replace

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import Conflict, StorageUnavailable
from libs.common.ledger.commits import open_commits
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.keys import new_job_id
from libs.common.ledger.records import FileRow, FileStatus, JobStatus, Progress
from tests.contract.conftest import counted, end_of, job_row, listed, rows_of
from tests.contract.faults import around, fail_before, lose_reply

JOB = new_job_id()


@pytest.fixture
async def jobs(deployment: Deployment) -> Jobs:
    return deployment.jobs


async def open_ids(jobs: Jobs) -> list[str]:
    return [job.job_id async for job in jobs.open.all()]


async def test_a_created_job_can_be_read_and_is_open(jobs: Jobs) -> None:
    created = await jobs.create(
        job_row(name="日本", include=("*.txt",), options={"tone": "formal"}, target_languages=("de", "fr"))
    )
    assert await jobs.get(created.job_id) == created
    assert await open_ids(jobs) == [created.job_id]


async def test_a_job_whose_reply_was_lost_is_found_again(jobs: Jobs) -> None:
    job = job_row()
    created = await Jobs(around(jobs._table, lose_reply, "commit")).create(job)
    assert created == await jobs.get(job.job_id)
    assert created.etag


async def test_a_job_that_was_not_written_is_not_taken_for_one(jobs: Jobs) -> None:
    with pytest.raises(StorageUnavailable):
        await Jobs(around(jobs._table, fail_before, "commit")).create(job_row())
    assert await open_ids(jobs) == []


async def test_a_closed_job_keeps_its_figures_and_is_not_open(jobs: Jobs) -> None:
    job = await jobs.move(await jobs.create(job_row()), JobStatus.PROCESSING)
    final = Progress(total=3, sealed=True, totals_by_language={"de": 3}, updated_at="2026-01-01T00:00:00Z")
    closed = await jobs.close(job, JobStatus.COMPLETED, final, "3/3 succeeded", None)
    assert await jobs.get(job.job_id) == closed
    assert closed.final == final
    assert closed.completed_at is not None
    assert await open_ids(jobs) == []
    assert not await jobs.open.stamp(job.job_id)


async def test_a_job_never_takes_a_forbidden_step(jobs: Jobs) -> None:
    job = await jobs.create(job_row())
    for forbidden in (JobStatus.QUEUED, JobStatus.COMPLETED):
        with pytest.raises(Conflict):
            await jobs.move(job, forbidden)
    with pytest.raises(Conflict):
        await jobs.close(job, JobStatus.COMPLETED, Progress(), "", None)
    assert await jobs.get(job.job_id) == job


async def test_a_step_from_an_outdated_version_is_refused(jobs: Jobs) -> None:
    read = await jobs.create(job_row())
    moved = await jobs.move(read, JobStatus.PROCESSING)
    with pytest.raises(Conflict):
        await jobs.move(read, JobStatus.CANCELLING)
    assert await jobs.get(read.job_id) == moved


async def test_jobs_are_listed_newest_first_and_page_by_page(jobs: Jobs) -> None:
    ids = [f"{number:012x}-{number:010x}" for number in range(5)]  # job ids hold inverted time
    for job_id in reversed(ids):
        await jobs.create(job_row(job_id=job_id))
    first, behind = await jobs.page(3, None)
    rest, end = await jobs.page(3, behind)
    assert [job.job_id for job in [*first, *rest]] == ids
    assert end is None


async def test_of_two_who_saw_the_same_version_one_may_say_it_looked(jobs: Jobs) -> None:
    await jobs.create(job_row())
    (seen,) = [job async for job in jobs.open.all()]
    assert await jobs.open.let_go(seen)
    assert not await jobs.open.let_go(seen)
    assert await jobs.open.stamp(seen.job_id)


async def test_extending_counts_exactly_its_rows_and_a_repeat_changes_nothing(files: Files) -> None:
    read = await files.begin(JOB)
    rows = [FileRow(language="de", name="a", size=3_000_000_000), FileRow(language="fr", name="a")]
    rows.append(FileRow(language="de", name="b", status=FileStatus.SKIPPED))
    moved, made = await files.extend(JOB, read, rows, "b")
    assert (moved.totals, moved.skipped) == ({"de": 2, "fr": 1}, {"de": 1, "fr": 0})
    assert await files.begin(JOB) == moved
    with pytest.raises(Conflict):
        await files.extend(JOB, read, [FileRow(language="de", name="c")], "c")
    with pytest.raises(Conflict):  # not even under the version of now: its rows are there
        await files.extend(JOB, moved, rows[:1], "a")
    assert await files.dispatch(JOB) == moved
    assert await rows_of(files, JOB) == sorted(made, key=lambda row: (row.language, row.name))
    assert (await counted(files, JOB)).skipped == 1


async def test_every_job_has_a_partition_of_its_own(deployment: Deployment, files: Files) -> None:
    # A partition takes about 2,000 entities a second: jobs that shared one would slow each other down.
    jobs = {new_job_id(), new_job_id()}
    for job_id in jobs:
        rows = await listed(files, job_id, [f"{job_id}.txt"], sealed=False)
        async with open_commits(deployment.file_table, "one") as commits:
            await commits.record(job_id, end_of(rows[0], FileStatus.FAILED))
    kinds: dict[str, set[str]] = {}
    async for entity in deployment.file_table._client.list_entities():
        kinds.setdefault(entity["PartitionKey"], set()).add(entity["RowKey"][0])
    assert kinds == {job_id: {"c", "d", "f", "x"} for job_id in jobs}


async def test_file_pages_come_whole_and_in_order(files: Files, account: str, connection_string: str) -> None:
    names = [f"docs/{number:03} #?%.txt" for number in range(120)]
    await listed(files, JOB, [*names, "z" * 1024, "z" * 1023 + "y"])
    pages, behind = [], None
    while True:
        page, behind = await files.page(JOB, 50, behind)
        pages.append([row.name for row in page])
        if behind is None:
            break
    assert max(len(page) for page in pages) <= 50
    if account == connection_string:  # Azure may answer with fewer rows than it was asked for
        assert [len(page) for page in pages] == [50, 50, 22]
    found = [name for page in pages for name in page]
    assert found[:120] == names
    assert sorted(found[120:]) == ["z" * 1023 + "y", "z" * 1024]


async def test_a_page_of_one_status_holds_no_other(deployment: Deployment, files: Files) -> None:
    rows = await listed(files, JOB, ["a", "b", "c"])
    async with open_commits(deployment.file_table, "one") as commits:
        await commits.record(JOB, end_of(rows[1]))
    assert [row.name for row in await files.pending(JOB)] == ["a", "c"]
    ended, _ = await files.page(JOB, 10, None, FileStatus.SUCCEEDED)
    assert [row.name for row in ended] == ["b"]


async def test_progress_adds_up_at_every_moment(deployment: Deployment, files: Files) -> None:
    read = await files.begin(JOB)
    skipped = [FileRow(language="de", name="0", status=FileStatus.SKIPPED)]
    await files.extend(JOB, read, skipped, "0")
    rows = await listed(files, JOB, ["1", "2", "3", "4"])
    ends = [FileStatus.SUCCEEDED, FileStatus.FAILED, FileStatus.CANCELLED]
    for row, status in zip(rows, ends, strict=False):
        # Each from a process of its own: the sum is over all of their counter rows.
        async with open_commits(deployment.file_table, f"writer-{row.name}") as commits:
            await commits.record(JOB, end_of(row, status))
        await counted(files, JOB)
    progress = await files.progress(JOB)
    counts = progress.counts
    assert (counts.succeeded, counts.failed, counts.skipped, counts.cancelled) == (1, 1, 1, 1)
    assert (progress.total, progress.pending, progress.sealed) == (5, 1, True)
    assert replace(await files.settled_progress(JOB)) == progress


async def test_nothing_is_known_of_a_job_that_was_never_begun(files: Files) -> None:
    assert await files.progress(JOB) == Progress()
    assert await files.file(JOB, "de", "a") is None
    assert await files.page(JOB, 10, None) == ([], None)
    assert await files.first_failure(JOB) is None


async def test_a_table_that_is_gone_is_not_taken_for_a_row_that_is_gone(deployment: Deployment) -> None:
    await deployment.jobs._table._client.delete_table()
    with pytest.raises(StorageUnavailable, match="TableNotFound"):
        await deployment.jobs.get("fe5df682064a-2b116b6899")
