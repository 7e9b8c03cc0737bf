"""Jobs that go: on request, or because they ended long ago."""

import asyncio

from libs.common.deployment import Deployment
from libs.jobs.messages import DispatchTask
from libs.jobs.retention import delete_old
from libs.jobs.turn import Dispatch, take_turn
from tests.conftest import Explicit
from tests.integration.api.behind import JOBS, MIXED, broken, ended, running
from tests.integration.api.conftest import Client, PostJob
from tests.integration.engines import StubbornEngine


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
