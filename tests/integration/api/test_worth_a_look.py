"""What a user looks for behind the counts: files that were repaired, files that no format reads."""

import asyncio

import pytest

from libs.common.clock import utc_now
from libs.common.deployment import Deployment
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import FileEnd, FileRow, FileStatus
from libs.common.settings import ApiSettings
from tests.conftest import Explicit
from tests.integration.api.behind import JOBS
from tests.integration.api.conftest import Client, PostJob, next_page, opened
from tests.integration.conftest import Upload

#: Every fifth file was repaired.
REPAIRED = {f"{n:02}.txt": n % 5 == 0 for n in range(30)}
WANTED = [name for name, repaired in REPAIRED.items() if repaired]
FILES = {"a.txt": b"Twelve chars", "README": b"Twelve chars" * 3, "photo.png": b"x", "odd": b"\x00" * 9}


@pytest.fixture
async def repaired_job(deployment: Deployment, post_job: PostJob) -> str:
    """A job some of whose files were repaired, three times each."""
    job_id: str = (await post_job())["job_id"]
    rows = [FileRow(language="es", name=name, updated_at=utc_now()) for name in REPAIRED]
    _, made = await deployment.files.extend(job_id, await deployment.files.begin(job_id), rows, "z")
    async with open_commits(deployment.file_table, "one") as commits:
        ends = [
            FileEnd(
                language=row.language,
                name=row.name,
                tag=row.tag,
                status=FileStatus.SUCCEEDED,
                repairs=3 * REPAIRED[row.name],
            )
            for row in made
        ]
        await asyncio.gather(*(commits.record(job_id, end) for end in ends))
    return job_id


async def test_the_files_worth_a_look_are_listed_page_by_page(client: Client, repaired_job: str) -> None:
    assert (await (await client.get(f"{JOBS}/{repaired_job}")).json())["repairs"] == 3 * len(WANTED)
    seen, page = [], f"{JOBS}/{repaired_job}/files?repairs=true&limit=4"
    while page:
        response = await client.get(page)
        seen += [(file["name"], file["repairs"]) for file in await response.json()]
        page = next_page(response)
    assert seen == [(name, 3) for name in WANTED]


async def test_it_goes_with_the_other_filters_and_as_csv(client: Client, repaired_job: str) -> None:
    for query, names in {
        "repairs=true&folder=0": ["00.txt", "05.txt"],
        "repairs=true&status=succeeded": WANTED,
        "repairs=true&status=failed": [],
        "repairs=false&limit=100": list(REPAIRED),
    }.items():
        url = f"{JOBS}/{repaired_job}/files?{query}"
        assert [file["name"] for file in await (await client.get(url)).json()] == names
        lines = (await (await client.get(f"{url}&format=csv")).text()).splitlines()
        assert [line.partition(",")[0] for line in lines[1:]] == names
    problem = await (await client.get(f"{JOBS}/{repaired_job}/files?repairs=yes")).json()
    assert (problem["code"], problem["field"]) == ("invalid_field", "repairs")


async def test_an_option_that_says_something_else_than_skip_or_copy_is_refused(client: Client) -> None:
    body = {"source_container": "source", "target_container": "target", "target_language": "es"}
    for path in (JOBS, "/api/v1/batch/estimates"):
        response = await client.post(path, json={**body, "options": {"unsupported": "drop"}})
        problem = await response.json()
        assert (response.status, problem["code"], problem["field"]) == (422, "invalid_field", "options")
        assert "unsupported is one of skip, copy" in problem["detail"]


async def test_an_estimate_samples_files_that_only_their_content_tells(
    client: Client, container: str, upload: Upload
) -> None:
    await upload(container, FILES)
    body = {"source_container": container, "target_container": "target", "target_language": "es"}
    found = await (await client.post("/api/v1/batch/estimates", json=body)).json()
    assert (found["files"], found["unsupported_files"], found["sampled"]) == (4, 1, 3)
    assert found["files_by_format"] == {"txt": 1, "unknown": 2}
    assert found["characters"] == 12 + 36


async def test_a_synchronous_job_looks_into_files_and_copies_the_others(
    explicit: Explicit, deployment: Deployment, upload: Upload, container: str
) -> None:
    await upload(container, FILES)
    settings = explicit(ApiSettings, translation_engine="copy", enable_batch_queue=False)
    body = {"source_container": container, "target_container": f"{container}-out", "target_language": "es"}
    async with opened(settings) as client:
        job = await (await client.post(JOBS, json={**body, "options": {"unsupported": "copy"}})).json()
        assert (job["status"], job["options"]["unsupported"]) == ("completed", "copy")
        assert (job["processed_files"], job["skipped_files"]) == (2, 2)
        skipped = await (await client.get(f"{JOBS}/{job['job_id']}/files?status=skipped")).json()
        assert {file["error_code"] for file in skipped} == {"copied"}
    listing = await deployment.blobs.page(f"{container}-out", "", None, 100)
    assert {blob.name: blob.size for blob in listing.blobs} == {
        name: len(data) for name, data in FILES.items()
    }
