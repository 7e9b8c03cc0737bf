"""Lists of the API over storage that answers with encoded continuations and pages without a row."""

import asyncio
import csv
import io

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import JobStatus
from libs.jobs.messages import DispatchTask
from libs.jobs.turn import Dispatch, take_turn
from tests.azure_manners.proxy import Manners
from tests.contract.conftest import end_of
from tests.integration.api.behind import JOBS
from tests.integration.api.conftest import Client, PostJob, next_page
from tests.integration.api.conftest import client as client  # noqa: PLC0414 - a fixture
from tests.integration.api.conftest import post_job as post_job  # noqa: PLC0414 - a fixture

MANNERS = Manners(scan=30, empty_beginnings=22)
NAMES = [f"{number:03}.txt" for number in range(35)]


@pytest.fixture
def manners() -> Manners:
    return MANNERS


@pytest.fixture
async def half_done(
    client: Client, post_job: PostJob, dispatch: Dispatch, deployment: Deployment
) -> tuple[Client, str]:
    """A job of two languages with one pending file, the last, in each; all others have ended."""
    languages = {"target_language": None, "target_languages": ["de", "es"]}
    job_id = (await post_job(dict.fromkeys(NAMES, b"x"), **languages))["job_id"]
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    rows, behind = await deployment.files.search_pending(job_id)
    assert behind is None
    async with open_commits(deployment.file_table, "one") as commits:
        ends = [end_of(row) for row in rows if row.name != NAMES[-1]]
        await asyncio.gather(*(commits.record(job_id, end) for end in ends))
    return client, job_id


async def pages_of(client: Client, path: str) -> list[list[str]]:
    """What each page of a list holds: names of files, or ids of jobs."""
    pages = []
    while path:
        response = await client.get(path)
        assert response.status == 200, await response.text()
        pages.append([item.get("name") or item["job_id"] for item in await response.json()])
        path = next_page(response)
    return pages


async def test_the_next_page_of_a_list_with_a_status_is_there_whatever_storage_answers(
    half_done: tuple[Client, str],
) -> None:
    client, job_id = half_done
    for query in ("status=pending&limit=1", "status=pending&folder=0"):
        pages = await pages_of(client, f"{JOBS}/{job_id}/files?{query}")
        assert [name for page in pages for name in page] == [NAMES[-1]] * 2


async def test_jobs_of_a_status_are_found_page_by_page(
    client: Client, post_job: PostJob, deployment: Deployment
) -> None:
    ids = [(await post_job())["job_id"] for _ in range(4)]
    for job_id in (ids[0], ids[-1]):
        job = await deployment.jobs.get(job_id)
        assert job is not None
        await deployment.jobs.move(job, JobStatus.PROCESSING)
    pages = await pages_of(client, f"{JOBS}?status=processing&limit=1")
    assert sorted(found for page in pages for found in page) == sorted([ids[0], ids[-1]])


async def test_the_manifest_of_a_status_ends(half_done: tuple[Client, str]) -> None:
    client, job_id = half_done
    response = await client.get(f"{JOBS}/{job_id}/files?format=csv&status=pending")
    rows = list(csv.DictReader(io.StringIO(await response.text(), newline="")))
    assert [(row["language"], row["name"]) for row in rows] == [("de", NAMES[-1]), ("es", NAMES[-1])]


@pytest.mark.parametrize(
    "cursor",
    ["WyJmOiIsImRlIl0", "WyJmOiIsbnVsbCxudWxsXQ", "WyJmOiIsMSwyXQ", "WyJmOiIsImRlIiwi4oKsIl0", "W1tbW1tb"],
)
async def test_a_continuation_that_was_made_up_is_refused(half_done: tuple[Client, str], cursor: str) -> None:
    client, job_id = half_done
    response = await client.get(f"{JOBS}/{job_id}/files?status=pending&cursor={cursor}")
    assert response.status == 422
    assert (await response.json())["code"] == "invalid_cursor"
