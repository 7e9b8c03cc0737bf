"""The same request twice is one job, by its Idempotency-Key."""

import asyncio
from datetime import timedelta

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger import jobs
from libs.jobs.messages import DispatchTask
from libs.jobs.turn import Dispatch, take_turn
from tests.integration.api.behind import JOBS
from tests.integration.api.conftest import Client
from tests.integration.conftest import Upload


async def test_the_same_key_and_body_is_the_same_job(
    client: Client, upload: Upload, container: str, deployment: Deployment
) -> None:
    await upload(container, {"a.txt": b"x"})
    body = {"source_container": container, "target_container": f"{container}-out", "target_language": "es"}
    key = {"Idempotency-Key": "order 66/é"}
    answers = await asyncio.gather(*(client.post(JOBS, json=body, headers=key) for _ in range(5)))
    assert {answer.status for answer in answers} == {202}
    assert len({(await answer.json())["job_id"] for answer in answers}) == 1
    assert await deployment.dispatch_queue.length() == 1
    other = await client.post(JOBS, json={**body, "target_language": "ca"}, headers=key)
    assert (other.status, (await other.json())["code"]) == (422, "idempotency_key_reused")
    fresh = await client.post(JOBS, json=body, headers={"Idempotency-Key": "another"})
    assert (await fresh.json())["job_id"] != (await answers[0].json())["job_id"]


async def test_a_repeat_is_answered_even_where_the_source_is_gone(
    client: Client, upload: Upload, container: str, deployment: Deployment, dispatch: Dispatch
) -> None:
    await upload(container, {})
    body = {"source_container": container, "target_container": f"{container}-out", "target_language": "es"}
    key = {"Idempotency-Key": "k"}
    first = await client.post(JOBS, json=body, headers=key)
    job_id = (await first.json())["job_id"]
    await deployment.blobs._service.delete_container(container)
    running_job = await client.post(JOBS, json=body, headers=key)
    assert (running_job.status, (await running_job.json())["job_id"]) == (202, job_id)
    for _ in range(2):  # the source is gone: one turn gives the job up, the next ends it
        await take_turn(dispatch, DispatchTask(job_id=job_id))
    again = await client.post(JOBS, json=body, headers=key)
    job = await again.json()
    assert (again.status, job["job_id"], job["completed_at"] is None) == (200, job_id, False)


async def test_a_refused_key_makes_no_container(
    client: Client, upload: Upload, container: str, deployment: Deployment
) -> None:
    await upload(container, {})
    body = {"source_container": container, "target_container": f"{container}-out", "target_language": "es"}
    key = {"Idempotency-Key": "k"}
    await client.post(JOBS, json=body, headers=key)
    other = {**body, "target_container": f"{container}-other"}
    assert (await client.post(JOBS, json=other, headers=key)).status == 422
    containers, _ = await deployment.blobs.containers(5000, None)
    assert f"{container}-other" not in containers


async def test_keys_of_yesterday_are_forgotten(
    client: Client, upload: Upload, container: str, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(container, {})
    body = {"source_container": container, "target_container": f"{container}-out", "target_language": "es"}
    first = await (await client.post(JOBS, json=body, headers={"Idempotency-Key": "k"})).json()
    assert await deployment.jobs.forget_keys() == 0
    monkeypatch.setattr(jobs, "_KEY_LIVES", timedelta(0))
    again = await (await client.post(JOBS, json=body, headers={"Idempotency-Key": "k"})).json()
    assert again["job_id"] != first["job_id"]
    assert await deployment.jobs.forget_keys() == 1
