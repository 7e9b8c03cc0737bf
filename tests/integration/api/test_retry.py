"""Failed files are tried again: all of a job, or one."""

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import FileEnd, FileStatus, JobStatus
from libs.jobs.messages import DispatchTask
from libs.jobs.turn import Dispatch, take_turn
from tests.conftest import Explicit
from tests.integration.api.behind import JOBS, MIXED, broken, ended, running
from tests.integration.api.conftest import Client, PostJob


async def test_a_retry_takes_up_the_failed_files_and_only_those(
    explicit: Explicit, client: Client, post_job: PostJob, deployment: Deployment
) -> None:
    job_id = (await post_job(MIXED))["job_id"]
    engine = broken()
    async with running(explicit, deployment, engine):
        first = await ended(client, job_id)
        assert (first["status"], first["failed_files"]) == ("completed_with_errors", 2)
        engine.fault = None
        asked = engine.asked.count("fine")
        response = await client.post(f"{JOBS}/{job_id}/retry")
        again = await response.json()
        assert (response.status, again["status"], again["retries"]) == (202, "queued", 1)
        second = await ended(client, job_id)
    assert (second["status"], second["processed_files"], second["failed_files"]) == ("completed", 3, 0)
    assert engine.asked.count("fine") == asked
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
    problem = await response.json()
    assert (response.status, problem["code"]) == (409, "nothing_to_retry")
    assert "post it again" in problem["detail"]
