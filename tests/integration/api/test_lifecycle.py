"""Retry, delete, idempotency, manifest, estimates and dead letters, through the API with a real worker."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger import jobs
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import FileEnd, FileStatus, JobStatus
from libs.common.settings import DispatcherSettings
from libs.common.storage.blobs import Listing
from libs.jobs import estimate
from libs.jobs.messages import DispatchTask
from libs.jobs.retention import delete_old
from libs.jobs.turn import Dispatch, take_turn
from libs.translation.errors import PermanentFault
from services.api.context import CONTEXT
from services.dispatcher.resources import open_dispatcher
from tests.conftest import Explicit
from tests.integration.api.conftest import Client, PostJob
from tests.integration.api.test_codes import app_of
from tests.integration.conftest import Upload
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import working

JOBS, LETTERS = "/api/v1/batch/jobs", "/api/v1/batch/dead-letters"
MIXED = {"bad-1.txt": b"poison", "bad-2.txt": b"poison", "folder/good.txt": b"fine"}


@asynccontextmanager
async def running(explicit: Explicit, deployment: Deployment, engine: StubbornEngine) -> AsyncIterator[None]:
    """A dispatcher and a worker, while the block runs."""
    stop = asyncio.Event()
    settings = explicit(DispatcherSettings, watch_interval=0.2)
    async with open_dispatcher(settings) as (dispatcher, _), working(explicit, deployment, engine):
        run = asyncio.create_task(dispatcher.run(stop))
        try:
            yield
        finally:
            stop.set()
            await run


async def ended(client: Client, job_id: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            job: dict[str, Any] = await (await client.get(f"{JOBS}/{job_id}")).json()
            assert job["total_files"] == sum(
                job[part] for part in job if part.endswith("_files") and part != "total_files"
            )
            if job["completed_at"]:
                return job
            await asyncio.sleep(0.05)


def broken() -> StubbornEngine:
    return StubbornEngine(PermanentFault("unspeakable", "no words"))


async def test_a_retry_takes_up_the_failed_files_and_only_those(
    explicit: Explicit, client: Client, post_job: PostJob, deployment: Deployment
) -> None:
    job_id = (await post_job(MIXED))["job_id"]
    engine = broken()
    async with running(explicit, deployment, engine):
        first = await ended(client, job_id)
        assert (first["status"], first["failed_files"]) == ("completed_with_errors", 2)
        engine.fault = None
        response = await client.post(f"{JOBS}/{job_id}/retry")
        again = await response.json()
        assert (response.status, again["status"], again["retries"]) == (202, "queued", 1)
        second = await ended(client, job_id)
    assert (second["status"], second["processed_files"], second["failed_files"]) == ("completed", 3, 0)
    assert engine.asked.count("fine") == 1
    assert await (await client.get(f"{JOBS}/{job_id}/files?status=failed")).json() == []
    assert (await client.post(f"{JOBS}/{job_id}/retry")).status == 409


async def test_one_file_is_retried_alone(
    explicit: Explicit, client: Client, post_job: PostJob, deployment: Deployment
) -> None:
    job_id = (await post_job(MIXED))["job_id"]
    engine = broken()
    async with running(explicit, deployment, engine):
        await ended(client, job_id)
        engine.fault = None
        failed = await (await client.get(f"{JOBS}/{job_id}/files?status=failed")).json()
        assert (await client.post(f"{JOBS}/{job_id}/files/{failed[0]['id']}/retry")).status == 202
        job = await ended(client, job_id)
        assert (job["status"], job["failed_files"], job["processed_files"]) == ("completed_with_errors", 1, 2)
        (left,) = await (await client.get(f"{JOBS}/{job_id}/files?status=failed")).json()
        assert left["name"] == failed[1]["name"]
        assert (await client.post(f"{JOBS}/{job_id}/files/{failed[0]['id']}/retry")).status == 409


async def test_hundreds_of_failures_are_retried_over_several_turns(
    explicit: Explicit, client: Client, post_job: PostJob, deployment: Deployment
) -> None:
    job_id = (await post_job({f"{n:03}.txt": b"poison" for n in range(120)}))["job_id"]
    engine = broken()
    async with running(explicit, deployment, engine):
        assert (await ended(client, job_id))["status"] == "failed"
        engine.fault = None
        await client.post(f"{JOBS}/{job_id}/retry")
        job = await ended(client, job_id)
    assert (job["status"], job["processed_files"]) == ("completed", 120)


async def test_a_deleted_job_is_gone_with_its_rows_and_its_translations_stay(
    explicit: Explicit, client: Client, post_job: PostJob, deployment: Deployment, container: str
) -> None:
    job_id = (await post_job({f"{n:03}.txt": b"fine" for n in range(150)}))["job_id"]
    assert (await client.delete(f"{JOBS}/{job_id}")).status == 409
    async with running(explicit, deployment, StubbornEngine()):
        await ended(client, job_id)
        assert (await client.delete(f"{JOBS}/{job_id}")).status == 204
        assert (await client.get(f"{JOBS}/{job_id}")).status == 404
        async with asyncio.timeout(20):
            while (await deployment.files.page(job_id, 10, None))[0]:  # noqa: ASYNC110 - it is in storage
                await asyncio.sleep(0.05)
    assert await deployment.files.dispatch(job_id) is None
    listing = await deployment.blobs.page(f"{container}-out", "", None, 500)
    assert len(listing.blobs) == 150


async def test_retention_removes_old_ended_jobs_and_never_a_running_one(
    client: Client, post_job: PostJob, deployment: Deployment, dispatch: Dispatch
) -> None:
    old = (await post_job())["job_id"]
    await take_turn(dispatch, DispatchTask(job_id=old))
    running_id = (await post_job())["job_id"]
    assert await delete_old(deployment.jobs, deployment.dispatch_queue, 1) == 0
    await asyncio.sleep(0.01)
    assert await delete_old(deployment.jobs, deployment.dispatch_queue, 0) == 1
    assert (await client.get(f"{JOBS}/{old}")).status == 404
    assert (await client.get(f"{JOBS}/{running_id}")).status == 200


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
    assert not await deployment.streams.exists(f"{container}-other")


async def test_the_manifest_has_every_file_and_no_formula(
    client: Client, post_job: PostJob, dispatch: Dispatch
) -> None:
    names = ['=HYPERLINK("x").txt', "@sum.txt", 'comma, quote".txt', "plain.txt"]
    job_id = (await post_job(dict.fromkeys(names, b"x")))["job_id"]
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    response = await client.get(f"{JOBS}/{job_id}/files?format=csv")
    assert response.content_type == "text/csv"
    rows = list(csv.DictReader(io.StringIO(await response.text(), newline="")))
    assert {row["name"] for row in rows} == {f"'{names[0]}", f"'{names[1]}", *names[2:]}
    assert {row["status"] for row in rows} == {FileStatus.PENDING.value}


async def test_an_estimate_counts_without_doing_anything(
    client: Client, deployment: Deployment, container: str, upload: Upload
) -> None:
    text = "Twelve chars" * 10
    await upload(container, {f"{n}.txt": text.encode() for n in range(30)} | {"picture.png": b"x"})
    body = {"source_container": container, "target_container": "target", "target_languages": ["es", "ca"]}
    found = await (await client.post("/api/v1/batch/estimates", json=body)).json()
    assert (found["complete"], found["files"], found["unsupported_files"]) == (True, 31, 1)
    assert found["files_by_format"] == {"txt": 30}
    assert found["characters"] == 2 * 30 * len(text)
    assert await deployment.dispatch_queue.length() == 0
    assert await (await client.get(JOBS)).json() == []


async def test_an_estimate_says_in_time_what_it_knows_by_then(
    client: Client, container: str, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(container, {f"{n}.txt": b"twelve chars" for n in range(5)})
    blobs = app_of(client)[CONTEXT].deployment.blobs
    page = blobs.page

    async def two_and_no_more(
        container: str, prefix: str, marker: str | None, limit: int, **asked: bool
    ) -> Listing:
        if marker is not None:
            await asyncio.Event().wait()
        return await page(container, prefix, marker, min(limit, 2), **asked)

    monkeypatch.setattr(blobs, "page", two_and_no_more)
    monkeypatch.setattr(estimate, "SECONDS", 1.0)
    body = {"source_container": container, "target_container": "target", "target_language": "es"}
    async with asyncio.timeout(10):
        found = await (await client.post("/api/v1/batch/estimates", json=body)).json()
    assert (found["complete"], found["files"]) == (False, 2)
    assert (found["sampled"], found["characters"]) == (2, 24)


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


@pytest.mark.parametrize("file", ["nope", "ZXM6", "Og", "ZXM6YS50eHQ"])
async def test_a_file_id_that_is_none_is_not_found(client: Client, post_job: PostJob, file: str) -> None:
    job_id = (await post_job())["job_id"]
    response = await client.post(f"{JOBS}/{job_id}/files/{file}/retry")
    assert (response.status, (await response.json())["code"]) == (404, "file_not_found")


async def test_a_job_that_lost_its_source_is_not_retried_but_posted_again(
    client: Client, post_job: PostJob, deployment: Deployment, dispatch: Dispatch, container: str
) -> None:
    job_id = (await post_job({"a.txt": b"x"}))["job_id"]
    job = await deployment.jobs.get(job_id)
    assert job is not None
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    job = await deployment.jobs.get(job_id)
    assert job is not None
    await deployment.jobs.move(job, JobStatus.CANCELLING, f"the source container {container!r} is gone")
    async with open_commits(deployment.file_table, "w") as commits:
        (row,) = await deployment.files.pending(job_id)
        end = FileEnd(language="es", name=row.name, tag=row.tag, status=FileStatus.CANCELLED)
        await commits.record(job_id, end)
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    ended_job = await (await client.get(f"{JOBS}/{job_id}")).json()
    assert (ended_job["status"], ended_job["cancelled_files"]) == ("failed", 1)
    response = await client.post(f"{JOBS}/{job_id}/retry")
    assert (response.status, (await response.json())["code"]) == (409, "nothing_to_retry")


async def test_a_purge_from_before_a_retry_deletes_nothing(
    explicit: Explicit, client: Client, post_job: PostJob, deployment: Deployment, dispatch: Dispatch
) -> None:
    job_id = (await post_job(MIXED))["job_id"]
    engine = broken()
    async with running(explicit, deployment, engine):
        await ended(client, job_id)
        await client.post(f"{JOBS}/{job_id}/retry")
        await ended(client, job_id)
    await take_turn(dispatch, DispatchTask(job_id=job_id, action="purge", retries=0))
    assert (await client.get(f"{JOBS}/{job_id}")).status == 200


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
