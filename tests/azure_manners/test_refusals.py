"""Azure refuses what a blob's state forbids with 409 or 412, which does not mean that something exists."""

from typing import Any

import pytest

from libs.common.ledger.records import FileStatus, IfExists
from libs.common.settings import ApiSettings
from tests.azure_manners.proxy import Azure, Manners
from tests.azure_manners.works import Works
from tests.contract.conftest import put_texts
from tests.integration.api.conftest import opened

OVERWRITE = {"if_exists": IfExists.OVERWRITE}


@pytest.mark.parametrize("code", ["BlobArchived", "BlobBeingRehydrated"])
async def test_a_source_that_is_archived_fails_at_once_with_the_code_of_storage(
    code: str, proxied: Azure, works: Works
) -> None:
    job = await works.job({"cold.txt": b"Hello.", "warm.txt": b"Hello."})
    proxied.refuse("blob get", job.source_container, "cold.txt", code)
    await works.ended(job)
    row = await works.row(job, "cold.txt")
    assert (row.status, row.error_code, row.attempts) == (FileStatus.FAILED, "storage_rejected", 1)
    assert code in str(row.error)
    assert (await works.row(job, "warm.txt")).status is FileStatus.SUCCEEDED


@pytest.mark.parametrize("code", ["BlobImmutableDueToPolicy", "LeaseIdMissing", "ResourceTypeMismatch"])
async def test_a_target_that_may_not_be_written_is_paid_once(code: str, proxied: Azure, works: Works) -> None:
    job = await works.job({"a.txt": b"Hello."}, **OVERWRITE)
    await put_texts(works.deployment.blobs, job.target_container, ["a.txt"])
    proxied.refuse("blob put", job.target_container, "a.txt", code)
    await works.ended(job)
    row = await works.row(job, "a.txt")
    assert (row.error_code, row.attempts) == ("storage_rejected", 1)
    assert code in str(row.error)
    assert len(works.engine.asked) == 1


@pytest.mark.parametrize("manners", [Manners(hierarchical=True)])
@pytest.mark.parametrize(("target", "why"), [("a.html", "lease"), ("a.html/b.txt", "directory")])
async def test_a_retry_looks_at_its_target_before_the_engine_is_paid(
    target: str, why: str, works: Works
) -> None:
    job = await works.job({"a.html": b"<p>Hello.</p>"}, **OVERWRITE)
    await put_texts(works.deployment.blobs, job.target_container, [target])
    if why == "lease":
        blob = works.deployment.storage.blobs.get_blob_client(job.target_container, target)
        await blob.acquire_lease()
    await works.retried(await works.ended(job))
    row = await works.row(job, "a.html")
    assert row.error_code == "storage_rejected"
    assert why in str(row.error)
    assert len(works.engine.asked) == 1


async def test_a_download_says_why_storage_refuses_it(proxied: Azure, works: Works, container: str) -> None:
    await put_texts(works.deployment.blobs, container, ["cold.txt"])
    proxied.refuse("blob get", container, "cold.txt", "BlobArchived")
    async with opened(works.explicit(ApiSettings, translation_engine="copy")) as client:
        answer = await client.get(f"/api/v1/batch/containers/{container}/files/cold.txt")
        assert answer.status == 409
        problem: dict[str, Any] = await answer.json()
    assert problem["code"] == "storage_refused"
    assert "BlobArchived" in problem["detail"]
