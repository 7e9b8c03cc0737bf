"""Notes: what processes say of the engine, in their own counter rows, and what it comes to for the job."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.common.clock import rfc3339
from libs.common.deployment import Deployment
from libs.common.ledger import keys
from libs.common.ledger.commits import CommitResult, Commits, open_commits
from libs.common.ledger.files import Files
from libs.common.ledger.records import FileStatus, Note, Progress
from tests.contract.conftest import PATIENCE, counted, end_of, eventually, listed
from tests.contract.faults import Late, Script, around, fail_before, lose_reply

JOB = keys.new_job_id()
REFUSED = Note(blocked_reason="the key is not valid")


def in_seconds(seconds: float) -> str:
    return rfc3339(datetime.now(UTC) + timedelta(seconds=seconds))


async def progress_when(files: Files, *, blocked: bool) -> Progress:
    async with asyncio.timeout(PATIENCE):
        while True:
            progress = await files.progress(JOB)
            if (progress.trouble is not None and progress.trouble.blocked_reason is not None) is blocked:
                return progress
            await asyncio.sleep(0.05)


async def note(commits: Commits, files: Files, news: Note = REFUSED) -> Progress:
    commits.note(JOB, news)
    return await progress_when(files, blocked=True)


async def test_a_refusal_is_seen_counts_nothing_and_a_success_takes_it_back(
    deployment: Deployment, files: Files
) -> None:
    failing, good = await listed(files, JOB, ["a", "b"])
    async with open_commits(deployment.file_table, "one") as commits:
        progress = await note(commits, files)
        assert progress.trouble is not None
        assert progress.trouble.blocked_reason == "the key is not valid"
        assert (progress.pending, progress.counts.ended) == (2, 0)
        await commits.record(JOB, end_of(failing, FileStatus.FAILED))
        await progress_when(files, blocked=True)  # a failure proves nothing
        await commits.record(JOB, end_of(good))
        assert (await files.progress(JOB)).trouble is None
    assert (await counted(files, JOB)).ended == 2


async def test_a_process_that_is_refused_does_not_speak_for_one_that_succeeds(
    deployment: Deployment, files: Files
) -> None:
    row, other = await listed(files, JOB, ["a", "b"])
    async with (
        open_commits(deployment.file_table, "old key") as old,
        open_commits(deployment.file_table, "good key") as good,
    ):
        since = (await note(old, files)).trouble
        assert since is not None
        await good.record(JOB, end_of(row))
        assert (await files.progress(JOB)).trouble is None
        good.note(JOB, REFUSED)  # now nobody is let in, from this moment on
        progress = await progress_when(files, blocked=True)
        assert progress.trouble is not None
        assert progress.trouble.blocked_since > since.blocked_since
        await old.record(JOB, end_of(other))
        assert (await files.progress(JOB)).trouble is None
    await counted(files, JOB)


async def test_a_long_file_that_the_engine_works_on_speaks_for_the_job(
    deployment: Deployment, files: Files
) -> None:
    await listed(files, JOB, ["long"])
    async with (
        open_commits(deployment.file_table, "old key") as old,
        open_commits(deployment.file_table, "good key") as good,
    ):
        await note(old, files)
        good.note(JOB, Note(answered_at=in_seconds(1)))
        await progress_when(files, blocked=False)


async def test_the_latest_pause_that_is_not_over_is_shown(deployment: Deployment, files: Files) -> None:
    await listed(files, JOB, ["a"])
    late = in_seconds(60)
    async with (
        open_commits(deployment.file_table, "one") as one,
        open_commits(deployment.file_table, "two") as two,
    ):
        one.note(JOB, Note(throttled_until=in_seconds(-5)))
        two.note(JOB, Note(throttled_until=late))
        async with asyncio.timeout(PATIENCE):
            while (trouble := (await files.progress(JOB)).trouble) is None:  # noqa: ASYNC110 - in storage
                await asyncio.sleep(0.05)
    assert trouble.throttled_until == late
    assert trouble.blocked_reason is None


async def test_the_same_refusal_a_hundred_times_is_one_write(deployment: Deployment, files: Files) -> None:
    await listed(files, JOB, ["a"])
    script = Script()
    async with open_commits(around(deployment.file_table, script, "commit"), "one") as commits:
        for _ in range(100):
            await note(commits, files)
    assert len(script.seen) == 1


@pytest.mark.parametrize("fault", [fail_before, lose_reply, "late"])
async def test_a_note_of_unclear_fate_never_doubles_or_loses_a_count(
    deployment: Deployment, files: Files, fault: Any
) -> None:
    rows = await listed(files, JOB, [f"{number}" for number in range(6)])
    late = Late()
    script = Script([around_first(late) if fault == "late" else fault])
    async with open_commits(around(deployment.file_table, script, "commit"), "one") as commits:
        commits.note(JOB, REFUSED)
        ends = asyncio.gather(*(commits.record(JOB, end_of(row, FileStatus.FAILED)) for row in rows[:3]))
        assert await ends == [CommitResult.COUNTED] * 3
        commits.note(JOB, Note(throttled_until=in_seconds(30)))
        assert await commits.record(JOB, end_of(rows[3])) is CommitResult.COUNTED
    assert (await counted(files, JOB)).ended == 4


async def test_notes_that_storage_does_not_take_are_given_up_and_stop_nothing(
    deployment: Deployment, files: Files
) -> None:
    (row,) = await listed(files, JOB, ["a"])
    away = Script([fail_before] * 3)
    async with open_commits(around(deployment.file_table, away, "commit"), "one") as commits:
        commits.note(JOB, REFUSED)
        await eventually(lambda: len(away.seen) >= 3)
        assert await commits.record(JOB, end_of(row)) is CommitResult.COUNTED
    assert (await counted(files, JOB)).ended == 1


async def test_a_note_is_no_movement_of_the_job(deployment: Deployment, files: Files) -> None:
    await listed(files, JOB, ["a"])
    before = (await files.progress(JOB)).updated_at
    async with open_commits(deployment.file_table, "one") as commits:
        assert (await note(commits, files)).updated_at == before


def around_first(late: Late) -> Any:
    return late.hold
