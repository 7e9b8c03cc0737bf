"""Synchronous mode: the same flows and the same ledger, and the answer when all is done."""

from libs.common.deployment import Deployment
from libs.common.settings import ApiSettings
from tests.conftest import Explicit
from tests.integration.api.conftest import opened
from tests.integration.conftest import Upload

JOBS = "/api/v1/batch/jobs"


async def test_the_answer_is_the_ended_job_with_the_counts_of_the_ledger(
    explicit: Explicit, deployment: Deployment, upload: Upload, container: str
) -> None:
    files = {f"{n}.txt": f"text {n}".encode() for n in range(20)}
    await upload(container, {**files, "bad.txt": bytes(range(256)), "picture.png": b"x"})
    settings = explicit(ApiSettings, translation_engine="pseudo", enable_batch_queue=False)
    async with opened(settings) as client:
        body = {
            "source_container": container,
            "target_container": f"{container}-out",
            "target_language": "es",
        }
        response = await client.post(JOBS, json=body)
        job = await response.json()
        assert response.status == 200
        assert job["status"] == "completed_with_errors"
        assert (job["processed_files"], job["failed_files"], job["skipped_files"]) == (20, 1, 1)
        assert job["completed_at"]
        assert await (await client.get(f"{JOBS}/{job['job_id']}")).json() == job
        (failure,) = await (await client.get(f"{JOBS}/{job['job_id']}/files?status=failed")).json()
        assert failure["error_code"] == "undecodable"
    listing = await deployment.blobs.page(f"{container}-out", "", None, 100)
    assert {blob.name for blob in listing.blobs} == files.keys()
    assert await deployment.dispatch_queue.length() == await deployment.file_queue.length() == 0
