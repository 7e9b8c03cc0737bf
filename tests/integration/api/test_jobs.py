"""The job routes as a REST client meets them."""

import io
from typing import Any

import pytest
from azure.core.pipeline.transport import AioHttpTransport

from libs.common.deployment import Deployment
from libs.jobs.messages import DispatchTask, decode
from libs.jobs.turn import Dispatch, take_turn
from tests.integration.api.conftest import Client, PostJob, next_page
from tests.integration.conftest import Upload

JOBS = "/api/v1/batch/jobs"
FIELDS = {
    "job_id", "status", "total_files", "processed_files", "failed_files", "source_container",
    "target_container", "target_language", "source_language", "created_at", "updated_at", "completed_at",
    "error", "message", "name", "skipped_files", "pending_files", "cancelled_files", "listing_complete",
    "progress", "characters", "repairs", "target_languages", "files_by_language", "retries", "options",
    "blocked_reason", "throttled_until", "via", "notification",
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


THREE = {"source_container": "source", "target_container": "target", "target_language": "es"}
WRONG: list[tuple[dict[str, Any], str, str | None]] = [
    ({**THREE, "source_container": None}, "invalid_field", "source_container"),
    ({"target_container": "target", "target_language": "es"}, "missing_field", "source_container"),
    ({**THREE, "target_lang": "es"}, "unknown_field", "target_lang"),
    ({**THREE, "source_container": "No_Container"}, "invalid_container_name", "source_container"),
    ({**THREE, "target_language": "not a language"}, "invalid_field", "target_language"),
    ({**THREE, "target_languages": ["ca"]}, "invalid_field", "target_languages"),
    ({"source_container": "source", "target_container": "target"}, "missing_field", "target_language"),
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


async def test_an_unchanged_job_is_answered_with_304(client: Client, post_job: PostJob) -> None:
    url = f"{JOBS}/{(await post_job())['job_id']}"
    first = await client.get(url)
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    assert first.headers["Retry-After"] == "3"
    again = await client.get(url, headers={"If-None-Match": tag})
    assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
    await client.post(f"{url}/cancel")
    changed = await client.get(url, headers={"If-None-Match": tag})
    assert (changed.status, (await changed.json())["status"]) == (200, "cancelling")


async def test_jobs_are_filtered_by_status(client: Client, post_job: PostJob) -> None:
    queued, stopping = await post_job(), await post_job()
    await client.post(f"{JOBS}/{stopping['job_id']}/cancel")
    for status, job in (("queued", queued), ("cancelling", stopping)):
        listed = await (await client.get(f"{JOBS}?status={status}")).json()
        assert [entry["job_id"] for entry in listed] == [job["job_id"]]
    response = await client.get(f"{JOBS}?status=lost")
    assert (response.status, (await response.json())["code"]) == (422, "invalid_status")


async def test_a_cancelled_job_ends_cancelled_and_a_second_cancel_changes_nothing(
    client: Client, post_job: PostJob, dispatch: Dispatch
) -> None:
    job_id = (await post_job())["job_id"]
    response = await client.post(f"{JOBS}/{job_id}/cancel")
    assert (response.status, (await response.json())["status"]) == (202, "cancelling")
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    job = await (await client.get(f"{JOBS}/{job_id}")).json()
    assert (job["status"], job["progress"], job["completed_at"] is None) == ("cancelled", 1.0, False)
    assert (await client.post(f"{JOBS}/{job_id}/cancel")).status == 202


async def test_a_finished_job_cannot_be_cancelled(
    client: Client, post_job: PostJob, dispatch: Dispatch
) -> None:
    job_id = (await post_job())["job_id"]
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    response = await client.post(f"{JOBS}/{job_id}/cancel")
    assert (response.status, (await response.json())["code"]) == (409, "job_ended")


async def test_the_catalog_says_what_this_deployment_can_do(client: Client) -> None:
    languages = await (await client.get("/api/v1/languages")).json()
    assert (languages["engine"], languages["any"]) == ("copy", True)
    *formats, unsupported = await (await client.get("/api/v1/formats")).json()
    assert ".txt" in {extension for form in formats for extension in form["extensions"]}
    assert {form["name"] for form in formats if form["known_by"] is None} == {"csv", "tsv"}
    assert (unsupported["name"], list(unsupported["options"])) == ("unsupported", ["unsupported"])
    assert ".png" in unsupported["extensions"]
    (engine,) = await (await client.get("/api/v1/engines")).json()
    assert engine["name"] == "copy"


async def test_storage_that_is_away_is_said_and_not_a_fault_of_ours(
    client: Client, deployment: Deployment
) -> None:
    await deployment.jobs._table._client.delete_table()
    response = await client.get(JOBS)
    assert (response.status, (await response.json())["code"]) == (503, "storage_unavailable")
    assert response.headers["Retry-After"]


async def test_an_ended_job_is_one_read_whatever_its_size(
    client: Client, post_job: PostJob, dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = (await post_job())["job_id"]
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    requests: list[str] = []
    send = AioHttpTransport.send

    async def counted(self: Any, request: Any, **options: Any) -> Any:
        requests.append(request.url)
        return await send(self, request, **options)

    monkeypatch.setattr(AioHttpTransport, "send", counted)
    job = await (await client.get(f"{JOBS}/{job_id}")).json()
    assert job["completed_at"]
    assert len(requests) == 1
