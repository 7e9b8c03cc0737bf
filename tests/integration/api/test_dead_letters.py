"""Dead letters: none is lost by being looked for, and only one that did its work goes."""

import json
from collections.abc import Awaitable, Callable

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import StorageUnavailable
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import FileEnd, FileStatus, JobRow
from libs.common.storage.queues import WorkQueue
from libs.jobs.messages import DispatchTask, FileTask
from libs.jobs.turn import Dispatch, take_turn
from services.api.context import CONTEXT
from tests.conftest import Explicit
from tests.integration.api.behind import JOBS, MIXED, broken, ended, running
from tests.integration.api.conftest import Client, PostJob
from tests.integration.api.test_codes import app_of
from tests.integration.conftest import Listed

LETTERS = "/api/v1/batch/dead-letters"
GivenUp = Callable[..., Awaitable[JobRow]]


@pytest.fixture
def given_up(deployment: Deployment, listed: Listed) -> GivenUp:
    """A running job of one file with such an end, and a letter about it."""

    async def make(status: FileStatus) -> JobRow:
        job = await listed({"a.txt": b"x"})
        (row,) = await deployment.files.pending(job.job_id)
        async with open_commits(deployment.file_table, "w") as commits:
            await commits.record(job.job_id, FileEnd(language="es", name="a.txt", tag=row.tag, status=status))
        task = FileTask(job_id=job.job_id, language="es", name="a.txt", tag=row.tag, size=1)
        await deployment.file_queue.send_dead(json.dumps({"message": task.encode(), "job_id": job.job_id}))
        return job

    return make


async def ids(client: Client) -> list[str]:
    return [letter["id"] for letter in await (await client.get(LETTERS)).json()]


async def replayed(client: Client) -> tuple[int, str | None]:
    (letter,) = await ids(client)
    response = await client.post(f"{LETTERS}/{letter}/replay")
    return response.status, (await response.json()).get("code")


async def test_dead_letters_are_listed_replayed_and_purged(
    explicit: Explicit, client: Client, post_job: PostJob, deployment: Deployment
) -> None:
    await deployment.file_queue.send("no message of ours")
    job_id = (await post_job(MIXED))["job_id"]
    engine = broken()
    async with running(explicit, deployment, engine):
        await ended(client, job_id)
        letters = await (await client.get(LETTERS)).json()
        assert sorted(letter["reason"] for letter in letters) == ["undecodable", "unspeakable", "unspeakable"]
        engine.fault = None
        chosen = next(letter for letter in letters if letter["job_id"])
        assert (await client.post(f"{LETTERS}/{chosen['id']}/replay")).status == 200
        job = await ended(client, job_id)
        assert (job["processed_files"], job["failed_files"]) == (2, 1)
        assert (await client.post(f"{LETTERS}/{chosen['id']}/replay")).status == 404
    assert len(await (await client.get(LETTERS)).json()) == 2
    assert (await client.delete(LETTERS)).status == 204
    assert await (await client.get(LETTERS)).json() == []


async def test_a_letter_of_a_running_job_stays_and_is_seen_at_once(client: Client, given_up: GivenUp) -> None:
    await given_up(FileStatus.FAILED)
    assert await replayed(client) == (409, "job_running")
    assert len(await ids(client)) == 1


@pytest.mark.parametrize("end", [FileStatus.FAILED, FileStatus.CANCELLED])
async def test_a_letter_of_a_cancelled_job_stays_and_is_seen_at_once(
    client: Client, given_up: GivenUp, dispatch: Dispatch, end: FileStatus
) -> None:
    job = await given_up(end)
    await client.post(f"{JOBS}/{job.job_id}/cancel")
    await take_turn(dispatch, DispatchTask(job_id=job.job_id))
    assert await replayed(client) == (409, "nothing_to_retry")
    assert len(await ids(client)) == 1


async def test_a_letter_of_a_file_that_succeeded_since_goes(client: Client, given_up: GivenUp) -> None:
    await given_up(FileStatus.SUCCEEDED)
    assert await replayed(client) == (200, None)
    assert await ids(client) == []


async def test_a_replay_that_storage_interrupts_leaves_the_letter_to_be_seen_at_once(
    client: Client, given_up: GivenUp, dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await given_up(FileStatus.FAILED)
    await take_turn(dispatch, DispatchTask(job_id=job.job_id))

    async def away(*_args: object) -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(app_of(client)[CONTEXT].deployment.jobs, "reopen", away)
        assert await replayed(client) == (503, "storage_unavailable")
    assert await replayed(client) == (200, None)
    assert await ids(client) == []


async def test_letters_looked_through_on_the_way_to_another_are_seen_at_once(
    client: Client, deployment: Deployment
) -> None:
    queue: WorkQueue = deployment.file_queue
    for n in range(70):
        await queue.send_dead(f"letter {n}")
    assert (await client.post(f"{LETTERS}/nobody/replay")).status == 404
    taken = set()
    for _ in range(3):
        taken |= {letter.id for letter in await queue.dead._receive()}
    assert len(taken) == 70


async def test_letters_behind_the_first_are_counted_replayed_and_come_up_when_those_before_them_go(
    client: Client, deployment: Deployment
) -> None:
    queue: WorkQueue = deployment.file_queue
    for n in range(34):
        await queue.send_dead(f"letter {n}")
    first = await client.get(f"{LETTERS}?limit=32")
    shown = [letter["id"] for letter in await first.json()]
    assert (len(shown), first.headers["X-Total-Count"]) == (32, "34")
    hidden = set(await all_ids(queue)) - set(shown)
    for letter in (*hidden, shown[0]):
        assert (await client.post(f"{LETTERS}/{letter}/replay")).status == 200
    last = await client.get(f"{LETTERS}?limit=32")
    assert {letter["id"] for letter in await last.json()} == set(shown[1:])
    assert (last.headers["X-Total-Count"], await queue.length()) == ("31", 3)


async def all_ids(queue: WorkQueue) -> list[str]:
    """Of every letter; they are seen again at once."""
    letters = [*await queue.dead._receive(), *await queue.dead._receive()]
    for letter in letters:
        await queue.dead.give_back(letter)
    return [letter.id for letter in letters]


async def test_the_limit_is_of_each_queue_and_a_letter_cannot_name_itself(
    client: Client, deployment: Deployment
) -> None:
    queues = (deployment.file_queue, deployment.dispatch_queue, deployment.notify_queue)
    for queue in queues:
        for n in range(3):
            await queue.send_dead(json.dumps({"id": "mine", "queue": "mine", "reason": str(n)}))
    letters = await (await client.get(f"{LETTERS}?limit=2")).json()
    assert [letter["queue"] for letter in letters] == [queue.name for queue in queues for _ in range(2)]
    assert "mine" not in {letter["id"] for letter in letters}
