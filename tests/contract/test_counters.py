"""Folding: the counter rows of processes that are gone become one, and no figure changes by it."""

import asyncio
import copy
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import Conflict, StorageUnavailable
from libs.common.ledger import counters, keys, tables
from libs.common.ledger.commits import CommitResult, open_commits
from libs.common.ledger.counters import Counters
from libs.common.ledger.files import Files
from libs.common.ledger.records import FileRow, Note, Progress
from libs.common.ledger.tables import Table
from tests.contract.conftest import PATIENCE, counted, end_of, eventually, listed
from tests.contract.faults import (
    Call,
    Crash,
    Late,
    Script,
    Strike,
    around,
    crash_after,
    crash_before,
    fail_before,
    lose_reply,
    pass_on,
)
from tests.contract.test_commits import ENDS, Weather

JOB = keys.new_job_id()
COUNTED, STALE = CommitResult.COUNTED, CommitResult.STALE


async def ended_by(deployment: Deployment, writer: str, *rows: FileRow) -> None:
    """A process that ends files and is gone."""
    async with open_commits(deployment.file_table, writer) as commits:
        await asyncio.gather(*(commits.record(JOB, end_of(row)) for row in rows))


async def fold_all(files: Files) -> int:
    return await files.counters.fold(JOB, (await files.progress(JOB)).counters)


async def writers_of(files: Files) -> list[str]:
    return sorted(key.removeprefix(keys.COUNTERS) for key in (await files.progress(JOB)).counters)


async def test_a_fold_changes_no_figure_and_leaves_the_row_of_a_process_that_lives(
    deployment: Deployment, files: Files
) -> None:
    rows = await listed(files, JOB, [f"{number:03}" for number in range(120)])
    await asyncio.gather(*(ended_by(deployment, f"gone-{at:02}", rows[at]) for at in range(100)))
    await ended_by(deployment, "living", *rows[100:])
    before = await files.progress(JOB)
    gone = {key: version for key, version in before.counters.items() if "gone" in key}
    assert await files.counters.fold(JOB, gone) == 100  # two transactions
    after = await files.progress(JOB)
    assert after == before == await files.settled_progress(JOB)
    assert await writers_of(files) == ["living"]
    assert (await counted(files, JOB)).succeeded == 120


async def test_rows_that_are_folded_later_join_those_that_were(deployment: Deployment, files: Files) -> None:
    rows = await listed(files, JOB, [f"{number:02}" for number in range(9)])
    for number, row in enumerate(rows):
        await ended_by(deployment, f"gone-{number}", row)
        assert await fold_all(files) == 1
        assert (await counted(files, JOB)).succeeded == number + 1
    assert await writers_of(files) == []


async def test_a_row_that_has_moved_on_is_not_folded(deployment: Deployment, files: Files) -> None:
    rows = await listed(files, JOB, ["a", "b", "c"])
    async with open_commits(deployment.file_table, "living") as commits:
        await commits.record(JOB, end_of(rows[0]))
        await ended_by(deployment, "gone", rows[1])
        seen = (await files.progress(JOB)).counters

        async def commit_meanwhile(call: Call, *arguments: Any) -> Any:
            await commits.record(JOB, end_of(rows[2]))
            return await call(*arguments)

        late = Counters(around(deployment.file_table, Script([commit_meanwhile]), "commit"))
        assert await late.fold(JOB, seen) == 0  # both or none: the living one made it fail
    assert await files.counters.fold(JOB, seen) == 1
    assert await writers_of(files) == ["living"]
    assert (await counted(files, JOB)).succeeded == 3


async def test_of_two_dispatchers_that_fold_one_does(deployment: Deployment, files: Files) -> None:
    rows = await listed(files, JOB, [f"{number:02}" for number in range(20)])
    await asyncio.gather(*(ended_by(deployment, f"gone-{row.name}", row) for row in rows))
    seen = (await files.progress(JOB)).counters
    folded = await asyncio.gather(*(files.counters.fold(JOB, seen) for _ in range(4)))
    assert sorted(folded) == [0, 0, 0, 20]
    assert (await counted(files, JOB)).succeeded == 20


async def test_a_fold_whose_reply_is_lost_is_not_done_again(deployment: Deployment, files: Files) -> None:
    rows = await listed(files, JOB, ["a", "b"])
    for row in rows:
        await ended_by(deployment, f"gone-{row.name}", row)
    seen = (await files.progress(JOB)).counters
    with pytest.raises(StorageUnavailable):
        await Counters(around(deployment.file_table, lose_reply, "commit")).fold(JOB, seen)
    assert await files.counters.fold(JOB, seen) == 0
    assert (await counted(files, JOB)).succeeded == 2


@pytest.mark.parametrize("how", [crash_before, crash_after])
@pytest.mark.parametrize("at", range(3))
async def test_a_fold_interrupted_at_any_write_is_completed_by_another_turn(
    deployment: Deployment, files: Files, monkeypatch: pytest.MonkeyPatch, at: int, how: Any
) -> None:
    monkeypatch.setattr(counters, "_A_FOLD", 2)
    rows = await listed(files, JOB, [f"{number}" for number in range(5)])
    await asyncio.gather(*(ended_by(deployment, f"gone-{row.name}", row) for row in rows))
    before = await files.progress(JOB)
    strike = Strike(at, how)
    with pytest.raises(Crash):
        await Counters(around(deployment.file_table, strike, "commit")).fold(JOB, before.counters)
    print(f"faults fired: {int(strike.fired)}")
    assert strike.fired
    assert await files.progress(JOB) == before
    await fold_all(files)
    assert await files.progress(JOB) == before
    assert await writers_of(files) == []
    assert (await counted(files, JOB)).succeeded == 5


async def test_a_fold_that_lands_late_folds_what_still_stands_or_nothing(
    deployment: Deployment, files: Files
) -> None:
    rows = await listed(files, JOB, ["a", "b", "c"])
    async with open_commits(deployment.file_table, "paused") as commits:
        await commits.record(JOB, end_of(rows[0]))
        late = Late()
        with pytest.raises(StorageUnavailable):
            await Counters(around(deployment.file_table, late.hold, "commit")).fold(
                JOB, (await files.progress(JOB)).counters
            )
        await commits.record(JOB, end_of(rows[1]))
        with pytest.raises(Conflict):
            await late.land()
        assert await fold_all(files) == 1
        await commits.record(JOB, end_of(rows[2]))
    assert (await counted(files, JOB)).succeeded == 3


async def test_a_process_that_was_only_paused_goes_on_with_a_row_that_counts_from_zero(
    deployment: Deployment, files: Files
) -> None:
    rows = await listed(files, JOB, ["a", "b", "c", "d"])
    async with open_commits(deployment.file_table, "paused") as commits:
        for row in rows:
            assert await commits.record(JOB, end_of(row)) is COUNTED
            assert await commits.record(JOB, end_of(row)) is STALE
            assert await fold_all(files) == 1
            await counted(files, JOB)
    assert (await counted(files, JOB)).succeeded == 4


@pytest.mark.parametrize("fault", [fail_before, lose_reply])
async def test_a_fold_between_a_commit_and_its_read_back_neither_doubles_nor_loses_it(
    deployment: Deployment, files: Files, fault: Any
) -> None:
    rows = await listed(files, JOB, ["a", "b", "c"])

    async def fold_before_reading(call: Call, *arguments: Any) -> Any:
        if arguments[1].startswith(keys.COUNTERS):
            await fold_all(files)
        return await call(*arguments)

    script = Script([pass_on, fault])
    table = around(around(deployment.file_table, script, "commit"), fold_before_reading, "get")
    async with open_commits(table, "paused") as commits:
        assert await commits.record(JOB, end_of(rows[0])) is COUNTED
        # What was committed and folded since is no longer known as ours; the row says that it has ended.
        said = await commits.record(JOB, end_of(rows[1]))
        assert said is (STALE if fault is lose_reply else COUNTED)
        assert await commits.record(JOB, end_of(rows[2])) is COUNTED
    assert (await counted(files, JOB)).succeeded == 3


@pytest.mark.parametrize("begun", [False, True], ids=["an insert", "a replace"])
async def test_an_attempt_that_lands_after_a_fold_never_doubles_a_count(
    deployment: Deployment, files: Files, begun: bool
) -> None:
    rows = await listed(files, JOB, ["a", "b", "c"])
    late = Late()
    script = Script([pass_on, late.hold] if begun else [late.hold])
    async with open_commits(around(deployment.file_table, script, "commit"), "paused") as commits:
        if begun:
            await commits.record(JOB, end_of(rows[0]))
        assert await commits.record(JOB, end_of(rows[1])) is COUNTED
        assert await fold_all(files) == 1
        with pytest.raises(Conflict):
            await late.land()
        assert await commits.record(JOB, end_of(rows[2])) is COUNTED
    assert (await counted(files, JOB)).succeeded == 2 + begun


async def test_a_late_note_that_brings_a_folded_row_back_counts_nothing(
    deployment: Deployment, files: Files
) -> None:
    (row, other) = await listed(files, JOB, ["a", "b"])
    late = Late()
    script = Script([late.hold])
    async with open_commits(around(deployment.file_table, script, "commit"), "paused") as commits:
        commits.note(JOB, Note(throttled_until="2000-01-01T00:00:00.000Z"))
        await eventually(lambda: len(script.seen) >= 2)
        assert await commits.record(JOB, end_of(row)) is COUNTED
        assert await fold_all(files) == 1
        await late.land()
        assert await writers_of(files) == ["paused"]
        await counted(files, JOB)
        assert await commits.record(JOB, end_of(other)) is COUNTED
    assert (await counted(files, JOB)).succeeded == 2


@pytest.mark.parametrize(("at", "settled"), [(0, False), (1, True), (2, False), (3, True), (4, False)])
async def test_a_reader_whose_pages_a_fold_parts_reads_again_and_sees_every_end_once(
    deployment: Deployment, files: Files, monkeypatch: pytest.MonkeyPatch, at: int, settled: bool
) -> None:
    rows = await listed(files, JOB, [f"{number}" for number in range(6)])
    for row in rows[:3]:
        await ended_by(deployment, f"{row.name}-gone", row)
    assert await fold_all(files) == 3
    for row in rows[3:]:
        await ended_by(deployment, f"{row.name}-gone", row)
    before = await files.progress(JOB)
    monkeypatch.setattr(tables, "QUERY_PAGE", 1)
    paused = PausedScan(deployment.file_table, at, lambda: fold_all(files))
    reader = Files(paused.table)
    assert await (reader.settled_progress(JOB) if settled else reader.progress(JOB)) == before
    # In order: the folded row, three counter rows, the mark, the dispatch row. Once the mark is read, all is.
    assert paused.scans == (2 if at < 4 else 1)
    assert await writers_of(files) == []


async def test_a_reader_that_folds_never_leave_alone_says_so(
    deployment: Deployment, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = await listed(files, JOB, [f"{number}" for number in range(8)])
    monkeypatch.setattr(tables, "QUERY_PAGE", 1)
    left = iter(rows)

    async def one_more() -> None:
        row = next(left)
        await ended_by(deployment, f"{row.name}-gone", row)
        await fold_all(files)

    await one_more()
    reader = Files(PausedScan(deployment.file_table, 0, one_more, again=True).table)
    with pytest.raises(StorageUnavailable, match="during every read"):
        await reader.progress(JOB)


class PausedScan:
    """A table whose first scan (each, if ``again``) pauses after row ``at`` until ``act`` ends."""

    def __init__(
        self, table: Table, at: int, act: Callable[[], Awaitable[Any]], *, again: bool = False
    ) -> None:
        self.table = copy.copy(table)
        self.scans = 0
        self._real, self._at, self._act, self._again = table, at, act, again
        setattr(self.table, "scan", self._scan)  # noqa: B010 - mypy refuses the plain assignment

    async def _scan(self, *arguments: Any) -> AsyncIterator[Any]:
        self.scans += 1
        number = 0
        async for row in self._real.scan(*arguments):
            yield row
            if number == self._at and (self._again or self.scans == 1):
                await self._act()
            number += 1


async def test_what_processes_said_of_the_engine_outlives_their_rows(
    deployment: Deployment, files: Files
) -> None:
    rows = await listed(files, JOB, ["a", "b", "c"])
    await ended_by(deployment, "good", rows[0])
    async with open_commits(deployment.file_table, "refused") as commits:
        commits.note(JOB, Note(blocked_reason="no quota"))
        await seen(files, lambda progress: progress.trouble is not None)
    async with open_commits(deployment.file_table, "at work") as commits:
        commits.note(JOB, Note(throttled_until="2999-01-01T00:00:00.000Z"))
        await seen(files, lambda progress: bool(progress.trouble and progress.trouble.throttled_until))
    before = await files.progress(JOB)
    assert await fold_all(files) == 3
    after = await files.progress(JOB)
    assert (after, after.trouble) == (before, before.trouble)
    await ended_by(deployment, "good again", rows[1])
    assert await fold_all(files) == 1
    after = await files.progress(JOB)
    assert after.trouble is not None
    assert after.trouble.blocked_reason is None


async def seen(files: Files, holds: Callable[[Any], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds(await files.progress(JOB)):  # noqa: ASYNC110 - in storage
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("seed", range(4))
async def test_the_sums_hold_under_any_mix_of_faults_late_attempts_and_folds(
    deployment: Deployment, files: Files, seed: int
) -> None:
    chance = random.Random(seed)
    rows = await listed(files, JOB, [f"{number:02}" for number in range(40)])
    weather = Weather(chance)
    table = around(around(deployment.file_table, weather.commit, "commit"), weather.get, "get")
    folding = Counters(table)
    done = asyncio.Event()
    folds, ended = 0, [0]

    async def fold_on() -> None:
        nonlocal folds
        while not done.is_set():
            progress = await files.progress(JOB)
            ended.append(progress.counts.ended)
            some = [it for it in progress.counters.items() if chance.random() < 0.5]
            try:
                folds += await folding.fold(JOB, dict(some))
            except StorageUnavailable:
                folds += 1
            await asyncio.sleep(0.05)

    async with (
        asyncio.TaskGroup() as group,
        open_commits(table, "one") as one,
        open_commits(table, "two") as two,
    ):
        group.create_task(fold_on())
        for _ in range(4):
            work = [(chance.choice([one, two]), row) for row in chance.sample(rows, 16)]
            await asyncio.gather(*(who.record(JOB, end_of(row, chance.choice(ENDS))) for who, row in work))
        weather.clear = True
        await asyncio.gather(*(one.record(JOB, end_of(row)) for row in rows))
        await weather.land_all()
        done.set()
    await asyncio.gather(*(fold_all(files) for _ in range(2)))
    print(f"seed {seed}: {weather.faults} faults, {weather.landed} late attempts landed, {folds} rows folded")
    assert weather.faults > 0
    assert folds > 0
    assert ended == sorted(ended)
    assert (await counted(files, JOB)).ended == 40


async def test_the_rows_of_a_deleted_job_go_with_its_folded_row(deployment: Deployment, files: Files) -> None:
    rows = await listed(files, JOB, ["a", "b"])
    for row in rows:
        await ended_by(deployment, row.name, row)
    assert await fold_all(files) == 2
    while (await files.remove_some(JOB))[0]:
        pass
    assert (await files.counters.read(JOB)).all == []
    assert await files.progress(JOB) == Progress()
