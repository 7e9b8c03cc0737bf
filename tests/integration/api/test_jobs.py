"""The job routes as a REST client meets them."""

import io
from typing import Any

import pytest
from aiohttp import ClientResponse
from yarl import URL

from libs.common.deployment import Deployment
from libs.jobs.messages import DispatchTask, decode
from libs.jobs.turn import Dispatch, take_turn
from tests.integration.api.conftest import Client, PostJob
from tests.integration.conftest import Upload

JOBS = "/api/v1/batch/jobs"
FIELDS = {
    "job_id", "status", "total_files", "processed_files", "failed_files", "source_container",
    "target_container", "target_language", "source_language", "created_at", "updated_at", "completed_at",
    "error", "message", "name", "skipped_files", "pending_files", "cancelled_files", "listing_complete",
    "progress", "characters", "target_languages", "files_by_language", "retries", "options",
}  # fmt: skip


async def test_a_job_is_accepted_at_once_with_its_row_and_its_message(
    client: Client, upload: Upload, container: str, deployment: Deployment
) -> None:
    await upload(container, {"a.txt": b"x", "b/c.txt": b"y"})
    body = {"source_container": container, "target_container": "any-target", "target_language": "es"}
    response = await client.post(JOBS, json=body)
    job = await response.json()

    assert response.status == 202
    assert job.keys() == FIELDS
    assert (job["status"], job["total_files"], job["pending_files"]) == ("queued", 2, 2)
    assert (job["completed_at"], job["source_language"]) == (None, "en")
    assert job["created_at"].endswith("Z")
    assert response.headers["Location"] == f"{JOBS}/{job['job_id']}"
    assert await (await client.get(response.headers["Location"])).json() == job
    (message,) = await deployment.dispatch_queue.receive(10, 30)
    assert decode(DispatchTask, message.body).job_id == job["job_id"]


async def test_jobs_are_listed_newest_first_page_by_page(client: Client, post_job: PostJob) -> None:
    posted = [(await post_job(name=f"job {n}"))["name"] for n in range(5)]
    listed: list[str] = []
    url = f"{JOBS}?limit=2"
    while url:
        response = await client.get(url)
        page = await response.json()
        assert len(page) <= 2
        listed += [job["name"] for job in page]
        url = next_page(response)
    assert listed == posted[::-1]


async def test_file_pages_hold_every_file_once(
    client: Client, post_job: PostJob, deployment: Deployment, dispatch: Dispatch
) -> None:
    files = {f"{n:02}.txt": b"x" for n in range(25)}
    job_id = (await post_job(files=files, target_language=None, target_languages=["es", "ca"]))["job_id"]
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    seen: list[tuple[str, str]] = []
    url = f"{JOBS}/{job_id}/files"
    while url:
        response = await client.get(url)
        seen += [(row["language"], row["name"]) for row in await response.json()]
        url = next_page(response)
    assert seen == [(language, name) for language in ("ca", "es") for name in files]
    job = await (await client.get(f"{JOBS}/{job_id}")).json()
    assert job["files_by_language"]["ca"]["pending"] == 25
    assert (await deployment.files.progress(job_id)).total == 50


def next_page(response: ClientResponse) -> str:
    link = response.links.get("next")
    return "" if link is None else str(URL(str(link["url"])).relative())


THREE = {"source_container": "source", "target_container": "target", "target_language": "es"}
WRONG: list[tuple[dict[str, Any], str, str | None]] = [
    ({**THREE, "source_container": None}, "invalid_field", "source_container"),
    ({"target_container": "target", "target_language": "es"}, "missing_field", "source_container"),
    ({**THREE, "target_lang": "es"}, "unknown_field", "target_lang"),
    ({**THREE, "source_container": "No_Container"}, "invalid_field", "source_container"),
    ({**THREE, "target_language": "not a language"}, "invalid_field", "target_language"),
    ({**THREE, "target_languages": ["ca"]}, "invalid_field", None),
    ({"source_container": "source", "target_container": "target"}, "invalid_field", None),
    ({**THREE, "include": "*.txt"}, "invalid_field", "include"),
    ({**THREE, "target_container": "source"}, "same_container", "target_container"),
    ({**THREE, "target_container": "source", "prefix": "a/", "target_prefix": "a/b/"}, "same_container",
     "target_container"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "field"), WRONG)
async def test_a_wrong_request_is_one_clear_problem(
    client: Client, body: dict[str, Any], code: str, field: str | None
) -> None:
    response = await client.post(JOBS, json=body)
    problem = await response.json()
    assert response.status == 422
    assert response.content_type == "application/problem+json"
    assert (problem["code"], problem.get("field")) == (code, field)
    assert problem["detail"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff\xfe{}", b""])
async def test_a_body_that_is_no_json_object_is_refused(client: Client, body: bytes) -> None:
    response = await client.post(JOBS, data=body, headers={"Content-Type": "application/json"})
    assert (response.status, (await response.json())["code"]) == (400, "invalid_json")


async def test_a_container_that_is_not_there_is_an_error_now(client: Client) -> None:
    response = await client.post(JOBS, json={**THREE, "source_container": "nobody-made-this"})
    problem = await response.json()
    assert (response.status, problem["code"]) == (404, "container_not_found")
    assert problem["field"] == "source_container"


@pytest.mark.parametrize("job_id", ["nope", "fe5df682064a-2b116b6899", "~open:x", "a'b", "%00", "x" * 500])
async def test_an_id_of_no_job_is_not_found(client: Client, job_id: str) -> None:
    for path in (f"{JOBS}/{job_id}", f"{JOBS}/{job_id}/files"):
        response = await client.get(path)
        assert (response.status, (await response.json())["code"]) == (404, "job_not_found")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "invalid_limit"),
        ("limit=101", "invalid_limit"),
        ("limit=x", "invalid_limit"),
        ("cursor=%00", "invalid_cursor"),
        ("cursor=not base64!", "invalid_cursor"),
    ],
)
async def test_a_wrong_page_is_refused(client: Client, query: str, code: str) -> None:
    response = await client.get(f"{JOBS}?{query}")
    assert (response.status, (await response.json())["code"]) == (422, code)


async def test_what_is_not_there_and_what_is_too_large_are_problems_too(client: Client) -> None:
    for response, status in (
        (await client.get("/api/v1/nothing"), 404),
        (await client.put(JOBS), 405),
        (await client.post(JOBS, data=io.BytesIO(b"x" * 2_000_000)), 413),
    ):
        assert response.status == status
        assert response.content_type == "application/problem+json"


async def test_probes_answer_and_readiness_really_asks_storage(
    client: Client, deployment: Deployment
) -> None:
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/readyz")).status == 200
    await deployment.file_queue._queue.delete_queue()
    response = await client.get("/readyz")
    assert response.status == 503
    assert "QueueNotFound" in (await response.json())["reason"]
