"""An account with a hierarchical namespace lists its directories beside its files."""

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import NotFound, StorageRefused
from tests.azure_manners.proxy import Azure, Manners
from tests.azure_manners.works import Works
from tests.contract.conftest import put_texts


@pytest.fixture
def manners() -> Manners:
    return Manners(hierarchical=True)


async def test_directories_are_no_files(deployment: Deployment, proxied: Azure, container: str) -> None:
    names = ["a.txt", "docs/b.txt", "docs/manual.html/c.txt", "docs.d/e.txt"]
    await put_texts(deployment.blobs, container, names)
    found: list[str] = []
    marker, pages = None, 0
    while pages == 0 or marker is not None:
        page = await deployment.blobs.page(container, "", marker, 2)
        found, marker, pages = [*found, *(blob.name for blob in page.blobs)], page.marker, pages + 1
    assert sorted(found) == sorted(names)
    assert proxied.played["directory in a listing"] >= 3


async def test_a_directory_is_neither_read_nor_written(deployment: Deployment, container: str) -> None:
    await put_texts(deployment.blobs, container, ["docs/manual.html/c.txt"])
    for read in (deployment.blobs.read, deployment.blobs.head):
        with pytest.raises(NotFound):
            await read(container, "docs/manual.html", 100)
    with pytest.raises(NotFound):
        await deployment.streams.open(container, "docs")
    with pytest.raises(StorageRefused, match="ResourceTypeMismatch"):
        await put_texts(deployment.blobs, container, ["docs"])


async def test_a_job_over_directories_is_about_the_files_in_them_alone(works: Works) -> None:
    files = {"top/manual.html/a.txt": b"Hello.", "top/b.bin": b"\x00\x01", "empty.txt": b""}
    job = await works.ended(await works.job(files, options={"unsupported": "copy"}))
    assert job.final is not None
    assert (job.final.total, job.final.counts.failed) == (len(files), 0)
    page = await works.deployment.blobs.page(job.target_container, "", None, 100)
    assert {"top/manual.html/a.txt", "top/b.bin"} <= {blob.name for blob in page.blobs} <= set(files)


async def test_a_directory_that_a_job_names_as_a_file_is_not_found(works: Works) -> None:
    job = await works.job({"manual.html/a.txt": b"Hello."}, files=("manual.html", "manual.html/a.txt"))
    await works.ended(job)
    assert (await works.row(job, "manual.html")).error_code == "source_not_found"
