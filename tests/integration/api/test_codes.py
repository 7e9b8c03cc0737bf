"""Every error code the API documents is one that a caller can really meet."""

import io
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from aiohttp import ClientResponse, web
from pydantic import SecretStr

from deploy import error_reference
from libs.common.ledger.records import JobRow
from libs.common.settings import ApiSettings
from libs.jobs.messages import DispatchTask
from libs.jobs.turn import Dispatch, take_turn
from services.api.context import CONTEXT
from services.api.problems import Code
from tests.conftest import Explicit
from tests.integration.api.conftest import Client, PostJob, opened

JOBS, CONTAINERS = "/api/v1/batch/jobs", "/api/v1/batch/containers"
THREE = {"source_container": "source", "target_container": "target", "target_language": "es"}
Ask = Callable[[Client], Awaitable[ClientResponse]]


def get(path: str, **headers: str) -> Ask:
    return lambda client: client.get(path, headers=headers)


def post(**body: object) -> Ask:
    return lambda client: client.post(JOBS, json=body)


#: How to meet each code with a request alone.
ASKED: dict[Code, Ask] = {
    Code.INVALID_JSON: lambda client: client.post(JOBS, data=b"{"),
    Code.NOT_FOUND: get("/api/v1/nothing"),
    Code.JOB_NOT_FOUND: get(f"{JOBS}/nobody"),
    Code.CONTAINER_NOT_FOUND: post(**{**THREE, "source_container": "nobody-made-this"}),
    Code.FILE_NOT_FOUND: get(f"{CONTAINERS}/nobody-made-this/files/a.txt"),
    Code.LETTER_NOT_FOUND: lambda client: client.post("/api/v1/batch/dead-letters/nobody/replay"),
    Code.METHOD_NOT_ALLOWED: lambda client: client.delete(JOBS),
    Code.BODY_TOO_LARGE: lambda client: client.post(JOBS, data=io.BytesIO(b"x" * 2_000_000)),
    Code.ORIGIN_NOT_ALLOWED: lambda client: client.post(JOBS, headers={"Origin": "https://evil.example"}),
    Code.UNSUPPORTED_ENCODING: lambda client: client.post(
        JOBS, data=b"{}", headers={"Content-Encoding": "gzip"}
    ),
    Code.HOST_NOT_ALLOWED: get(JOBS, Host="evil.example"),
    Code.MISSING_FIELD: post(target_language="es"),
    Code.UNKNOWN_FIELD: post(**THREE, colour="red"),
    Code.INVALID_FIELD: post(**{**THREE, "target_language": 7}),
    Code.INVALID_LIMIT: get(f"{JOBS}?limit=many"),
    Code.INVALID_CURSOR: get(f"{JOBS}?cursor=!"),
    Code.INVALID_STATUS: get(f"{JOBS}?status=lost"),
    Code.INVALID_CONTAINER_NAME: lambda client: client.put(f"{CONTAINERS}/UPPER"),
    Code.INVALID_FILE_NAME: get(f"{CONTAINERS}/source/files/" + "x" * 1025),
    Code.RESERVED_NAME: lambda client: client.put(f"{CONTAINERS}/$logs"),
    Code.NOTIFY_HOST_NOT_ALLOWED: post(**THREE, notify_url="https://hooks.example.com/"),
    Code.SAME_CONTAINER: post(**{**THREE, "target_container": "source"}),
}


@pytest.mark.parametrize(("code", "ask"), ASKED.items(), ids=[code.text for code in ASKED])
async def test_a_request_meets_the_code(client: Client, code: Code, ask: Ask) -> None:
    await meets(code, await ask(client))


async def test_keys_and_allow_lists_have_codes_of_their_own(explicit: Explicit) -> None:
    keys = SecretStr("page:read:reading-key-0123456789")
    reader = {"X-Api-Key": "reading-key-0123456789"}
    settings = explicit(
        ApiSettings, translation_engine="copy", api_auth="api-key", api_keys=keys,
        source_containers=("in-*",), target_containers=("out-*",),
    )  # fmt: skip
    async with opened(settings) as client:
        await meets(Code.UNAUTHENTICATED, await client.get(JOBS))
        await meets(Code.FORBIDDEN, await client.post(JOBS, json=THREE, headers=reader))
        listing = await client.get(f"{CONTAINERS}/elsewhere/files", headers=reader)
        await meets(Code.CONTAINER_NOT_ALLOWED, listing)


async def test_a_pair_the_engine_has_not_is_told_with_those_it_has(explicit: Explicit) -> None:
    async with opened(explicit(ApiSettings, translation_engine="apertium")) as client:
        response = await client.post(JOBS, json={**THREE, "target_language": "tlh"})
        await meets(Code.UNSUPPORTED_DIRECTION, response)
        assert "possible: " in (await response.json())["detail"]


async def test_an_ended_job_is_not_cancelled(client: Client, post_job: PostJob, dispatch: Dispatch) -> None:
    job_id = (await post_job())["job_id"]
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    await meets(Code.JOB_ENDED, await client.post(f"{JOBS}/{job_id}/cancel"))
    await meets(Code.NOTHING_TO_RETRY, await client.post(f"{JOBS}/{job_id}/retry"))


async def test_a_running_job_is_neither_retried_nor_deleted(client: Client, post_job: PostJob) -> None:
    job_id = (await post_job())["job_id"]
    await meets(Code.JOB_RUNNING, await client.post(f"{JOBS}/{job_id}/retry"))
    await meets(Code.JOB_RUNNING, await client.delete(f"{JOBS}/{job_id}"))


async def test_a_key_stands_for_one_request(client: Client, post_job: PostJob, container: str) -> None:
    await post_job()
    body = {**THREE, "source_container": container, "target_container": f"{container}-out"}
    key = {"Idempotency-Key": "k"}
    assert (await client.post(JOBS, json=body, headers=key)).status == 202
    other = await client.post(JOBS, json={**body, "name": "other"}, headers=key)
    await meets(Code.IDEMPOTENCY_KEY_REUSED, other)


async def test_two_at_the_same_moment_are_told(
    client: Client, post_job: PostJob, dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = (await post_job())["job_id"]
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    deployment = app_of(client)[CONTEXT].deployment
    read = deployment.jobs.get

    async def outdated(job_id: str) -> JobRow | None:
        job = await read(job_id)
        return None if job is None else replace(job, etag='W/"another"')

    monkeypatch.setattr(deployment.jobs, "get", outdated)
    await meets(Code.CONFLICT, await client.delete(f"{JOBS}/{job_id}"))


async def test_faults_of_ours_and_of_storage_are_told_apart(explicit: Explicit) -> None:
    async with opened(explicit(ApiSettings, translation_engine="copy")) as client:
        deployment = app_of(client)[CONTEXT].deployment
        await deployment.jobs._table._client.delete_table()
        await meets(Code.STORAGE_UNAVAILABLE, await client.get(JOBS))
        # What no code foresees: a broken piece of ours.
        object.__setattr__(deployment, "jobs", None)
        await meets(Code.INTERNAL_ERROR, await client.get(JOBS))


def app_of(client: Client) -> web.Application:
    app = client.app
    assert app is not None
    return app


async def meets(code: Code, response: ClientResponse) -> None:
    problem = await response.json()
    assert (problem["code"], response.status) == (code.text, code.status)
    assert response.content_type == "application/problem+json"
    assert problem["detail"]


def test_no_code_is_left_out() -> None:
    elsewhere = {
        Code.UNAUTHENTICATED, Code.FORBIDDEN, Code.CONTAINER_NOT_ALLOWED, Code.UNSUPPORTED_DIRECTION,
        Code.JOB_ENDED, Code.JOB_RUNNING, Code.NOTHING_TO_RETRY, Code.IDEMPOTENCY_KEY_REUSED, Code.CONFLICT,
        Code.STORAGE_UNAVAILABLE, Code.INTERNAL_ERROR, Code.TOO_BUSY, Code.BODY_TOO_SLOW, Code.BROKEN_BODY,
        Code.INVALID_TOKEN, Code.IDENTITY_UNAVAILABLE, Code.STARTING, Code.STORAGE_REFUSED,
    }  # fmt: skip
    assert ASKED.keys() | elsewhere == set(Code)
    assert not ASKED.keys() & elsewhere


def test_the_printed_table_is_current() -> None:
    assert error_reference.DOCUMENT.read_text(encoding="utf-8") == error_reference.page()
