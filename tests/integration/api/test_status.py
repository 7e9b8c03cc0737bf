"""What an operator asks first: queues, dead letters, open jobs."""

from typing import Any

import pytest
from azure.core.pipeline.transport import AioHttpTransport
from pydantic import SecretStr

from libs.common.deployment import Deployment
from libs.common.settings import ApiSettings
from libs.jobs.messages import DispatchTask
from libs.jobs.turn import Dispatch, take_turn
from services.api import status
from tests.conftest import Explicit
from tests.integration.api.conftest import Client, PostJob, opened

STATUS = "/api/v1/batch/status"


async def asked(client: Client) -> Any:
    response = await client.get(STATUS)
    assert response.status == 200, await response.text()
    return await response.json()


async def test_an_idle_system_says_so(client: Client, deployment: Deployment) -> None:
    assert await asked(client) == {
        "queues": [
            {"name": deployment.file_queue.name, "messages": 0, "dead_letters": 0},
            {"name": deployment.dispatch_queue.name, "messages": 0, "dead_letters": 0},
            {"name": deployment.notify_queue.name, "messages": 0, "dead_letters": 0},
        ],
        "open_jobs": 0,
        "open_jobs_complete": True,
        "oldest_open_job": None,
    }


async def test_queues_dead_letters_and_the_oldest_open_job_are_told(
    client: Client, post_job: PostJob, deployment: Deployment, dispatch: Dispatch
) -> None:
    first = await post_job({"a.txt": b"x", "b.txt": b"y"})
    await post_job()
    await take_turn(dispatch, DispatchTask(job_id=first["job_id"]))
    await deployment.dispatch_queue.send_dead("given up")

    told = await asked(client)
    files, dispatches, _notifications = told["queues"]
    assert (files["messages"], files["dead_letters"]) == (2, 0)
    assert (dispatches["messages"], dispatches["dead_letters"]) == (2, 1)
    assert (told["open_jobs"], told["open_jobs_complete"]) == (2, True)
    oldest = told["oldest_open_job"]
    assert (oldest["job_id"], oldest["status"]) == (first["job_id"], "processing")
    assert oldest["created_at"] == first["created_at"]
    assert 0 <= oldest["age_seconds"] < 300


async def test_it_costs_the_same_calls_however_many_jobs_there_are(
    client: Client, post_job: PostJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[str] = []
    send = AioHttpTransport.send

    async def counted(self: Any, request: Any, **options: Any) -> Any:
        requests.append(request.url)
        return await send(self, request, **options)

    await post_job()
    costs = []
    for _ in range(2):
        with monkeypatch.context() as patched:
            patched.setattr(AioHttpTransport, "send", counted)
            await asked(client)
        costs.append(len(requests))
        requests.clear()
        for _ in range(5):
            await post_job()
    assert costs == [8, 8]  # six queues, the open jobs, the oldest of them


async def test_beyond_its_bound_the_count_is_a_lower_bound_and_no_job_is_called_the_oldest(
    client: Client, post_job: PostJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "_MOST_OPEN_JOBS", 2)
    for _ in range(3):
        await post_job()
    told = await asked(client)
    assert (told["open_jobs"], told["open_jobs_complete"], told["oldest_open_job"]) == (2, False, None)


async def test_a_key_that_may_read_may_ask(explicit: Explicit) -> None:
    key = "reading-key-0123456789"
    settings = explicit(
        ApiSettings, translation_engine="copy", api_auth="api-key", api_keys=SecretStr(f"page:read:{key}")
    )
    async with opened(settings) as client:
        assert (await client.get(STATUS)).status == 401
        assert (await client.get(STATUS, headers={"X-Api-Key": key})).status == 200
