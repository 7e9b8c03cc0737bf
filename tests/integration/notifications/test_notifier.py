"""The notifier in the dispatcher, a receiver over TLS, and what the job says of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import SecretStr

from libs.common.deployment import Deployment
from libs.common.ledger.records import JobRow
from libs.common.settings import ApiSettings, DispatcherSettings
from libs.jobs import notify
from libs.jobs.messages import NotifyTask
from services.dispatcher import resources
from services.dispatcher.resources import open_dispatcher
from tests.conftest import Explicit
from tests.integration.api.behind import JOBS, broken
from tests.integration.api.conftest import Client, opened
from tests.integration.conftest import Upload
from tests.integration.dispatcher.test_dispatcher import until
from tests.integration.worker.test_worker import working
from tests.receiver import HOST, SECRET, Receiver

LETTERS = "/api/v1/batch/dead-letters"
Posted = Callable[..., Awaitable[str]]


@pytest.fixture
async def client(explicit: Explicit, receiver: Receiver) -> AsyncIterator[Client]:
    settings = explicit(ApiSettings, translation_engine="copy", notify_allowed_hosts=receiver.allowed)
    async with opened(settings) as client:
        yield client


@pytest.fixture
def posted(client: Client, upload: Upload, container: str, receiver: Receiver) -> Posted:
    """Post a job, if nothing is said over one file that has no format: its listing is its end."""

    async def post(files: Mapping[str, bytes] = MappingProxyType({"picture.png": b"x"})) -> str:
        await upload(container, files)
        body = {
            "source_container": container,
            "target_container": f"{container}-out",
            "target_language": "es",
            "notify_url": receiver.url,
        }
        response = await client.post(JOBS, json=body)
        assert response.status == 202, await response.text()
        return str((await response.json())["job_id"])

    return post


@asynccontextmanager
async def dispatching(explicit: Explicit, receiver: Receiver, **values: Any) -> AsyncIterator[None]:
    """A dispatcher that reaches the receiver as if it were out in the open."""
    stop = asyncio.Event()
    given = {"notify_allowed_hosts": receiver.allowed, "notify_secret": SecretStr(SECRET)}
    settings = explicit(
        DispatcherSettings, **{"watch_interval": 0.2, "sweep_interval": 0.2, **given, **values}
    )
    with pytest.MonkeyPatch.context() as patch:
        receiver.let_in(patch, resources)
        async with open_dispatcher(settings) as (dispatcher, _):
            run = asyncio.create_task(dispatcher.run(stop))
            try:
                yield
            finally:
                stop.set()
                await run


async def told(client: Client, job_id: str, status: str) -> dict[str, Any]:
    """The job's notification, once it has this status."""
    async with asyncio.timeout(30):
        while True:
            job = await (await client.get(f"{JOBS}/{job_id}")).json()
            if job["notification"]["status"] == status:
                notification: dict[str, Any] = job["notification"]
                return notification
            await asyncio.sleep(0.05)


async def test_the_end_of_a_job_is_told_and_the_job_says_so(
    explicit: Explicit, client: Client, posted: Posted, receiver: Receiver, deployment: Deployment
) -> None:
    job_id = await posted()
    before = await client.get(f"{JOBS}/{job_id}")
    place = f"{HOST}:{receiver.port}"
    assert (await before.json())["notification"] == {
        "host": place, "status": "pending", "attempts": 0, "last_error": None, "delivered_at": None,
    }  # fmt: skip
    async with dispatching(explicit, receiver):
        delivered = await told(client, job_id, "delivered")
    assert delivered.pop("delivered_at") >= (await got(deployment, job_id)).created_at
    assert delivered == {"host": place, "status": "delivered", "attempts": 1, "last_error": None}
    (heard,) = receiver.heard
    now = await client.get(f"{JOBS}/{job_id}", headers={"If-None-Match": before.headers["ETag"]})
    job = await now.json()
    assert heard.event["data"] == {**job, "notification": (await before.json())["notification"]}
    assert "very-secret" not in json.dumps(job)
    assert await is_drained(deployment)


async def some_letters(client: Client) -> bool:
    return bool(await (await client.get(LETTERS)).json())


async def is_waiting(deployment: Deployment) -> bool:
    return await deployment.notify_queue.length() > 0


async def is_drained(deployment: Deployment) -> bool:
    return not await is_waiting(deployment)


async def got(deployment: Deployment, job_id: str) -> JobRow:
    job = await deployment.jobs.get(job_id)
    assert job is not None
    return job


async def test_a_receiver_that_is_down_is_told_when_it_is_up_again(
    explicit: Explicit,
    client: Client,
    posted: Posted,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notify, "_PAUSE_BASE", 0.1)
    receiver.answers = [503, 500, 200]
    job_id = await posted()
    async with dispatching(explicit, receiver):
        delivered = await told(client, job_id, "delivered")
    assert (delivered["attempts"], delivered["last_error"]) == (3, None)
    assert receiver.ids == [f"{job_id}-0"] * 3


async def test_what_is_given_up_is_a_dead_letter_and_its_replay_tells_the_same_event(
    explicit: Explicit, client: Client, posted: Posted, receiver: Receiver
) -> None:
    receiver.answers = [410, 200]
    job_id = await posted()
    async with dispatching(explicit, receiver):
        failed = await told(client, job_id, "failed")
        assert (failed["attempts"], failed["last_error"]) == (1, "it answered 410: it wants no more")
        await until(lambda: some_letters(client))
        (letter,) = await (await client.get(LETTERS)).json()
        assert (letter["job_id"], letter["reason"]) == (job_id, "notification_failed")
        assert (await client.post(f"{LETTERS}/{letter['id']}/replay")).status == 200
        assert (await told(client, job_id, "delivered"))["attempts"] == 1
    assert receiver.ids == [f"{job_id}-0"] * 2
    assert await (await client.get(LETTERS)).json() == []


async def test_a_notification_whose_message_got_lost_is_found_by_the_sweep_and_told(
    explicit: Explicit, client: Client, posted: Posted, receiver: Receiver, deployment: Deployment
) -> None:
    job_id = await posted()
    async with dispatching(explicit, receiver, notify_allowed_hosts=(), notify_secret=None):
        await until(lambda: is_waiting(deployment))
    await deployment.notify_queue._queue.clear_messages()
    assert receiver.heard == []  # where none are allowed, what is owed waits
    async with dispatching(explicit, receiver, sweep_after=0.1):
        await told(client, job_id, "delivered")
    assert receiver.ids == [f"{job_id}-0"]


async def test_a_retried_job_tells_of_its_next_end_under_another_id(
    explicit: Explicit, client: Client, posted: Posted, receiver: Receiver, deployment: Deployment
) -> None:
    job_id = await posted({"bad.txt": b"poison"})
    engine = broken()
    async with working(explicit, deployment, engine), dispatching(explicit, receiver):
        await told(client, job_id, "delivered")
        engine.fault = None
        again = await (await client.post(f"{JOBS}/{job_id}/retry")).json()
        assert again["notification"]["status"] == "pending"
        await told(client, job_id, "delivered")
    assert receiver.ids == [f"{job_id}-0", f"{job_id}-1"]
    assert [heard.event["data"]["status"] for heard in receiver.heard] == ["failed", "completed"]


async def test_a_message_that_is_none_of_ours_goes_to_the_dead_letters(
    explicit: Explicit, client: Client, receiver: Receiver, deployment: Deployment
) -> None:
    await deployment.notify_queue.send("no message of ours")
    await deployment.notify_queue.send(NotifyTask(job_id="fe5df67dee5e-496229aac5", retries=0).encode())
    async with dispatching(explicit, receiver):
        await until(lambda: is_drained(deployment))
    (letter,) = await (await client.get(LETTERS)).json()
    assert (letter["queue"], letter["reason"]) == (deployment.notify_queue.name, "undecodable")
