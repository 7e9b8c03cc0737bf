"""One attempt at telling of a job's end: recorded once, with one id, whatever storage answers."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from libs.common.deployment import Deployment
from libs.common.ledger.notification import Notification, NotificationStatus
from libs.common.ledger.owed import Owed
from libs.common.ledger.records import JobRow
from libs.jobs import notify as flow
from libs.jobs.messages import NotifyTask
from libs.jobs.notify import GivenUp, Later, NotifyEnd, Notifying, Told, notify
from tests.contract.faults import Crash, Script, around, crash_after, crash_before, fail_before, lose_reply
from tests.contract.test_owed import consistent, ended, got
from tests.receiver import Receiver


def to(receiver: Receiver) -> Notification:
    return Notification(url=receiver.url)


def first(job: JobRow) -> NotifyTask:
    return NotifyTask(job_id=job.job_id, retries=job.retries)


async def attempt(
    deployment: Deployment, receiver: Receiver, task: NotifyTask, owed: Owed | None = None
) -> NotifyEnd:
    async with receiver.opened() as client:
        return await notify(Notifying(deployment.jobs, owed or deployment.owed, client), task)


async def test_what_is_told_is_the_job_as_it_was_answered_at_its_end(
    deployment: Deployment, receiver: Receiver
) -> None:
    job = await ended(deployment, told=to(receiver))
    assert await attempt(deployment, receiver, first(job)) == Told()
    (heard,) = receiver.heard
    event = heard.event
    assert event.keys() == {"id", "type", "timestamp", "data"}
    assert (event["id"], event["type"], event["timestamp"]) == (
        heard.id, "batch_job.ended", job.completed_at,
    )  # fmt: skip
    assert (event["data"]["job_id"], event["data"]["status"]) == (job.job_id, "failed")
    assert event["data"]["failed_files"] == event["data"]["total_files"] == 1
    assert b"very-secret" not in heard.body
    told = (await got(deployment, job)).notification
    assert told is not None
    assert (told.status, told.attempts, told.last_error) == (NotificationStatus.DELIVERED, 1, None)
    assert told.delivered_at


async def test_what_fails_is_told_again_as_the_same_event_until_it_is_accepted(
    deployment: Deployment, receiver: Receiver
) -> None:
    receiver.answers = [500, 302, 204]
    job = await ended(deployment, told=to(receiver))
    task = first(job)
    for attempts, error in ((1, "it answered 500"), (2, "it answered 302, and redirects are not followed")):
        end = await attempt(deployment, receiver, task)
        assert isinstance(end, Later)
        assert 0 <= end.delay <= 10 * 2 ** (attempts - 1)
        task = end.task
        told = (await got(deployment, job)).notification
        assert told == replace(to(receiver), attempts=attempts, last_error=error)
        assert task.attempts == attempts
        assert await consistent(deployment, job.job_id)
    assert await attempt(deployment, receiver, task) == Told()
    assert len({(heard.id, heard.body) for heard in receiver.heard}) == 1
    assert not await consistent(deployment, job.job_id)


async def test_a_receiver_that_wants_no_more_and_one_that_never_accepts_are_given_up(
    deployment: Deployment, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "MOST_ATTEMPTS", 2)
    receiver.answers = [410, 500]
    gone = await ended(deployment, told=to(receiver))
    wants_no_more = GivenUp("it answered 410: it wants no more", 1)
    assert await attempt(deployment, receiver, first(gone)) == wants_no_more
    never = await ended(deployment, told=to(receiver))
    end = await attempt(deployment, receiver, first(never))
    assert isinstance(end, Later)
    assert await attempt(deployment, receiver, end.task) == GivenUp("it answered 500", 2)
    assert not await consistent(deployment, gone.job_id)
    assert not await consistent(deployment, never.job_id)
    # Its letter may be missing still: a redelivery asks for it, and posts nothing.
    assert await attempt(deployment, receiver, first(gone)) == wants_no_more
    assert len(receiver.heard) == 3


async def test_a_message_of_another_time_posts_nothing(deployment: Deployment, receiver: Receiver) -> None:
    going_on = await ended(deployment, told=to(receiver))
    await deployment.owed.record(going_on, replace(to(receiver), attempts=1, last_error="x"), 60)
    retried = await ended(deployment, told=to(receiver))
    await deployment.jobs.reopen(retried, ())
    gone = await ended(deployment, told=to(receiver))
    await deployment.jobs.remove(gone)
    for job in (going_on, retried, gone, await ended(deployment, told=None)):
        assert await attempt(deployment, receiver, first(job)) == Told()
    assert receiver.heard == []


@pytest.mark.parametrize("how", [lose_reply, fail_before])
async def test_how_an_attempt_ended_is_written_once_though_storage_gives_no_answer(
    deployment: Deployment, receiver: Receiver, how: Any
) -> None:
    owed = Owed(around(deployment.owed._table, Script([how]), "commit"))
    job = await ended(deployment, told=to(receiver))
    assert await attempt(deployment, receiver, first(job), owed) == Told()
    told = (await got(deployment, job)).notification
    assert told is not None
    assert (told.status, told.attempts) == (NotificationStatus.DELIVERED, 1)
    assert (len(receiver.heard), await consistent(deployment, job.job_id)) == (1, False)


@pytest.mark.parametrize(("how", "times"), [(crash_before, 2), (crash_after, 1)])
async def test_after_a_crash_the_next_delivery_tells_what_the_row_does_not_say_is_told(
    deployment: Deployment, receiver: Receiver, how: Any, times: int
) -> None:
    owed = Owed(around(deployment.owed._table, how, "commit"))
    job = await ended(deployment, told=to(receiver))
    with pytest.raises(Crash):
        await attempt(deployment, receiver, first(job), owed)
    assert await attempt(deployment, receiver, first(job)) == Told()
    assert receiver.ids == [f"{job.job_id}-0"] * times


async def test_of_two_at_the_same_time_the_one_that_is_accepted_is_recorded(
    deployment: Deployment, receiver: Receiver
) -> None:
    both = asyncio.Barrier(2)

    def answering(status: int) -> Any:
        async def answer(_request: web.Request) -> web.StreamResponse:
            await both.wait()
            return web.Response(status=status)

        return answer

    receiver.answers = [answering(500), answering(200)]
    job = await ended(deployment, told=to(receiver))
    await asyncio.gather(*(attempt(deployment, receiver, first(job)) for _ in range(2)))
    told = (await got(deployment, job)).notification
    assert told is not None
    assert told.status is NotificationStatus.DELIVERED
    assert not await consistent(deployment, job.job_id)


async def test_a_job_that_is_retried_while_it_tells_of_its_end_tells_of_the_next_one_too(
    deployment: Deployment, receiver: Receiver
) -> None:
    job = await ended(deployment, told=to(receiver))

    async def meanwhile(_request: web.Request) -> web.StreamResponse:
        await deployment.jobs.reopen(job, ())
        return web.Response()

    receiver.answers = [meanwhile]
    assert await attempt(deployment, receiver, first(job)) == Told()
    opened = await got(deployment, job)
    assert (opened.retries, opened.notification) == (1, to(receiver))
