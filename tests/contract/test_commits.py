"""Group commit: a file is counted when it ends, once, whatever happens to requests and replies."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import Conflict, StorageRejected
from libs.common.ledger import commits as group_commit
from libs.common.ledger import keys
from libs.common.ledger.commits import CommitResult, Commits, open_commits
from libs.common.ledger.files import Files
from libs.common.ledger.records import Counts, FileEnd, FileRow, FileStatus
from tests.contract.conftest import counted, end_of, eventually, listed
from tests.contract.faults import Call, Late, Script, around, fail_before, lose_reply

JOB = keys.new_job_id()
COUNTED, STALE = CommitResult.COUNTED, CommitResult.STALE


async def test_an_end_is_counted_once_however_often_it_is_recorded(
    deployment: Deployment, files: Files
) -> None:
    (row,) = await listed(files, JOB, ["a.txt"])
    async with open_commits(deployment.file_table, "one") as commits:
        together = await record(commits, [end_of(row)] * 3)
        later = await commits.record(JOB, end_of(row))
    assert sorted([*together, later], key=lambda result: result.name) == [COUNTED, STALE, STALE, STALE]
    assert await counted(files, JOB) == Counts(succeeded=1, characters=5)


async def test_many_ends_share_few_transactions(deployment: Deployment, files: Files) -> None:
    rows = await listed(files, JOB, [f"{number:03}.txt" for number in range(250)])
    script = Script()
    async with open_commits(around(deployment.file_table, script, "commit"), "one") as commits:
        results = await record(commits, [end_of(row) for row in rows])
    assert results == [COUNTED] * 250
    assert len(script.seen) <= 4
    assert (await counted(files, JOB)).succeeded == 250


async def test_jobs_that_others_close_are_not_kept_for_ever_and_are_counted_all_the_same(
    deployment: Deployment, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_MOST_BOOKS", 2)
    jobs = [keys.new_job_id() for _ in range(4)]
    rows = {job: await listed(files, job, ["a.txt", "b.txt"]) for job in jobs}
    async with open_commits(deployment.file_table, "one") as commits:
        for at in range(2):
            for job in jobs:
                assert await commits.record(job, end_of(rows[job][at])) is COUNTED
        assert len(commits._books) == 2
    assert [(await counted(files, job)).succeeded for job in jobs] == [2] * 4


async def test_a_failed_file_is_listed_among_the_failures(deployment: Deployment, files: Files) -> None:
    rows = await listed(files, JOB, [f"{number:03}.txt" for number in range(120)])
    ends = [end_of(row, FileStatus.FAILED) for row in rows[:60]] + [end_of(row) for row in rows[60:]]
    async with open_commits(deployment.file_table, "one") as commits:
        assert await record(commits, ends) == [COUNTED] * 120
    failures, behind = await files.failures(JOB, 100, None)
    assert ([row.name for row in failures], behind) == ([row.name for row in rows[:60]], None)
    assert failures[0].error == "000.txt is broken"
    assert (await counted(files, JOB)).failed == 60


async def test_a_stale_tag_is_told_and_its_company_is_counted(deployment: Deployment, files: Files) -> None:
    first, moved, missing = await listed(files, JOB, ["a", "b", "c"], sealed=False)
    async with open_commits(deployment.file_table, "other") as other:
        await other.record(JOB, end_of(moved, FileStatus.CANCELLED))
    ends = [end_of(first), end_of(moved), end_of(FileRow(language="de", name="never", tag=missing.tag))]
    async with open_commits(deployment.file_table, "one") as commits:
        assert await record(commits, ends) == [COUNTED, STALE, STALE]
    assert await counted(files, JOB) == Counts(succeeded=1, cancelled=1, characters=2)


@pytest.mark.parametrize("fault", [fail_before, lose_reply])
@pytest.mark.parametrize("times", [1, 3])
async def test_an_unclear_answer_never_doubles_or_loses_a_count(
    deployment: Deployment, files: Files, fault: Any, times: int
) -> None:
    rows = await listed(files, JOB, ["a", "b", "c", "d"])
    script = Script([fault] * times)
    async with open_commits(around(deployment.file_table, script, "commit"), "one") as commits:
        assert await record(commits, [end_of(row) for row in rows[:3]]) == [COUNTED] * 3
        assert await commits.record(JOB, end_of(rows[3])) is COUNTED
    assert (await counted(files, JOB)).succeeded == 4


@pytest.mark.parametrize("begun", [False, True], ids=["counter row is new", "counter row is there"])
@pytest.mark.parametrize("moment", ["amid the read-back", "before the resend", "after the resend"])
async def test_an_attempt_that_lands_late_never_doubles_or_loses_a_count(
    deployment: Deployment, files: Files, moment: str, begun: bool
) -> None:
    rows = await listed(files, JOB, [f"{number:02}.txt" for number in range(40)])
    late = Late()
    async with late_commits(deployment, late, moment, begun=begun) as commits:
        if begun:
            await commits.record(JOB, end_of(rows[0]))
        results = await record(commits, [end_of(row) for row in rows[1:30]])
        if moment == "after the resend":
            with pytest.raises(Conflict):
                await late.land()
        assert late.attempt is None
        # Between the read of the counter and those of the rows it looks as if somebody else had ended them:
        # the message is then settled as a stale one, which deletes it too.
        assert set(results) == ({STALE} if moment == "amid the read-back" else {COUNTED})
        assert await record(commits, [end_of(row) for row in rows[30:]]) == [COUNTED] * 10
    assert (await counted(files, JOB)).succeeded == 39 + begun


async def test_of_two_processes_that_end_the_same_files_one_counts_each(
    deployment: Deployment, files: Files
) -> None:
    rows = await listed(files, JOB, [f"{number:02}.txt" for number in range(30)])
    async with (
        open_commits(deployment.file_table, "one") as one,
        open_commits(deployment.file_table, "two") as two,
    ):
        # In opposite order, with company of their own: their transactions overlap only in part.
        results = await asyncio.gather(
            record(one, [end_of(row) for row in rows[:20]]),
            record(two, [end_of(row) for row in rows[29:9:-1]]),
        )
    by_file = [sorted([mine, his], key=lambda result: result.name) for mine, his in overlap(*results)]
    assert by_file == [[COUNTED, STALE]] * 10
    assert (await counted(files, JOB)).succeeded == 30


async def test_batch_numbers_are_never_used_again_after_a_job_is_forgotten(
    deployment: Deployment, files: Files
) -> None:
    rows = await listed(files, JOB, ["a", "b", "c"])
    script = Script()
    async with open_commits(around(deployment.file_table, script, "commit"), "one") as commits:
        assert await commits.record(JOB, end_of(rows[0])) is COUNTED
        commits.forget(JOB)
        # Were its number used again, the row read back would seem to name this batch, which never ran.
        script.steps = [fail_before]
        assert await commits.record(JOB, end_of(rows[1])) is COUNTED
        commits.forget(JOB)
        assert await commits.record(JOB, end_of(rows[2])) is COUNTED
    assert sorted({operations[-1][1]["batch"] for operations in script.seen}) == [1, 2, 3]
    assert (await counted(files, JOB)).succeeded == 3


@pytest.mark.parametrize("seed", range(12))
async def test_the_sums_hold_under_any_mix_of_faults_late_attempts_and_duplicates(
    deployment: Deployment, files: Files, seed: int
) -> None:
    chance = random.Random(seed)
    rows = await listed(files, JOB, [f"{number:02}.txt" for number in range(40)])
    weather = Weather(chance)
    table = around(around(deployment.file_table, weather.commit, "commit"), weather.get, "get")
    async with open_commits(table, "one") as one, open_commits(table, "two") as two:
        for _ in range(4):
            work = [(chance.choice([one, two]), row) for row in chance.sample(rows, 16)]
            await asyncio.gather(
                *(who.record(JOB, end_of(row, chance.choice(list(ENDS)))) for who, row in work)
            )
        weather.clear = True
        await record(one, [end_of(row) for row in rows])
        await weather.land_all()
        await record(two, [end_of(row) for row in rows])
    print(f"seed {seed}: {weather.faults} faults, {weather.landed} late attempts landed")
    assert weather.faults > 0
    assert (await counted(files, JOB)).ended == 40


async def test_what_storage_refuses_for_good_is_told_and_stops_nothing_else(
    deployment: Deployment, files: Files
) -> None:
    good, other = await listed(files, JOB, ["a", "b"])
    illegal = FileEnd(language="not/a/key", name="a", tag=good.tag, status=FileStatus.SUCCEEDED)
    async with open_commits(deployment.file_table, "one") as commits:
        with pytest.raises(StorageRejected):
            await commits.record(JOB, illegal)
        assert await record(commits, [end_of(good), end_of(other)]) == [COUNTED] * 2
    assert (await counted(files, JOB)).succeeded == 2


async def test_a_process_can_stop_while_storage_is_away(deployment: Deployment, files: Files) -> None:
    (row,) = await listed(files, JOB, ["a"])
    away = Script([fail_before] * 100)
    async with (
        asyncio.timeout(10),
        open_commits(around(deployment.file_table, away, "commit"), "one") as commits,
    ):
        waiting = asyncio.create_task(commits.record(JOB, end_of(row)))
        await eventually(lambda: len(away.seen) >= 2)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert (await counted(files, JOB)).ended == 0


ENDS = (FileStatus.SUCCEEDED, FileStatus.FAILED, FileStatus.CANCELLED)


class Weather:
    """Random faults: failures, lost replies, and attempts that land at any later call."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._late: list[Late] = []
        self.clear = False
        self.faults = 0
        self.landed = 0

    async def commit(self, call: Call, *arguments: Any) -> Any:
        await self._maybe_land()
        kind = "pass" if self.clear else self._chance.choice(["pass", "pass", "before", "lost", "late"])
        self.faults += kind != "pass"
        match kind:
            case "before":
                return await fail_before(call, *arguments)
            case "lost":
                return await lose_reply(call, *arguments)
            case "late":
                self._late.append(Late())
                return await self._late[-1].hold(call, *arguments)
        return await call(*arguments)

    async def get(self, call: Call, *arguments: Any) -> Any:
        found = await call(*arguments)
        await self._maybe_land()
        return found

    async def land_all(self) -> None:
        while self._late:
            await self._land()

    async def _maybe_land(self) -> None:
        if self._late and self._chance.random() < 0.3:
            await self._land()

    async def _land(self) -> None:
        try:
            await self._late.pop(0).land()
        except Conflict:
            return
        self.landed += 1


async def record(commits: Commits, ends: list[FileEnd]) -> list[CommitResult]:
    return await asyncio.gather(*(commits.record(JOB, end) for end in ends))


def overlap(one: list[CommitResult], two: list[CommitResult]) -> list[tuple[CommitResult, CommitResult]]:
    """Results for the files 10 to 19, which both had."""
    return list(zip(one[10:20], two[:9:-1], strict=True))


@asynccontextmanager
async def late_commits(
    deployment: Deployment, late: Late, moment: str, *, begun: bool
) -> AsyncIterator[Commits]:
    """Commits whose first transaction (the second, if one has ``begun``) lands at ``moment``."""

    async def land_and_pass(call: Call, *arguments: Any) -> Any:
        await late.land()
        return await call(*arguments)

    async def read_and_land(call: Call, partition: str, key: str) -> Any:
        found = await call(partition, key)
        if moment == "amid the read-back" and key.startswith(keys.COUNTERS):
            await late.land()
        return found

    steps: list[Callable[..., Awaitable[Any]]] = [late.hold]
    if moment == "before the resend":
        steps.append(land_and_pass)
    if begun:
        steps.insert(0, Script())
    table = around(deployment.file_table, Script(steps), "commit")
    async with open_commits(around(table, read_and_land, "get"), "one") as commits:
        yield commits
