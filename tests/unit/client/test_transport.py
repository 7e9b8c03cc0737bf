"""The client's calls against servers that answer badly: each is a real one, on loopback."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from yarl import URL

from libs.client import answers, transport
from libs.client.client import Client, open_client
from libs.client.errors import ApiProblem, ClientError, Unavailable, UnknownAnswer, Unreachable
from libs.client.records import JobRequest
from libs.client.settings import ClientSettings

KEY = "a-key-that-nobody-sees"
REQUEST = JobRequest(source_container="from", target_container="to-there", target_languages=("es",))
JOB = {
    "job_id": "1", "status": "queued", "source_container": "from", "target_container": "to-there",
    "source_language": "en", "target_languages": ["es"], "total_files": 0, "processed_files": 0,
    "failed_files": 0, "skipped_files": 0, "cancelled_files": 0, "pending_files": 0,
    "listing_complete": False, "progress": 0.0, "characters": 0, "created_at": "",
    "updated_at": "", "completed_at": None,
}  # fmt: skip
ENDED = JOB | {
    "status": "completed", "listing_complete": True, "completed_at": "2026-01-01T00:00:00.000Z",
}  # fmt: skip
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Served:
    """What a server was asked, and a client of it."""

    def __init__(self, client: Client, url: URL) -> None:
        self.client = client
        self.url = url
        self.requests: list[web.Request] = []


@asynccontextmanager
async def served(*handlers: Handler, **settings: Any) -> AsyncIterator[Served]:
    """A server whose n-th request meets the n-th handler, the last one for all that follow."""
    seen: list[web.Request] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return await handlers[min(len(seen), len(handlers)) - 1](request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app) as server:
        chosen = ClientSettings(api_url=URL(str(server.make_url("/"))), api_key=SecretStr(KEY), **settings)
        async with open_client(chosen) as client:
            served = Served(client, chosen.api_url)
            served.requests = seen
            yield served


def answering(body: object, status: int = 200, **headers: str) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.json_response(
            body, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return handle


def refusing(status: int, code: str, **headers: str) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        body = {"status": status, "code": code, "detail": "said so", "field": "prefix"}
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        return web.json_response(body, status=status, headers=named, content_type="application/problem+json")

    return handle


async def breaking(request: web.Request) -> web.StreamResponse:
    """Takes the request and answers nothing: whoever sent it cannot know what became of it."""
    await request.read()
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_FIRST_PAUSE", 0.001)


async def test_a_job_whose_answer_was_lost_is_sent_again_under_the_same_key() -> None:
    async with served(
        breaking, refusing(503, "storage_unavailable", Retry_After="0"), answering(JOB, 202)
    ) as it:
        assert (await it.client.submit(REQUEST)).job_id == "1"
        keys = {request.headers["Idempotency-Key"] for request in it.requests}
        assert len(it.requests) == 3
        assert len(keys) == 1
        await it.client.submit(REQUEST)
        assert it.requests[-1].headers["Idempotency-Key"] not in keys


async def test_what_is_not_safe_to_repeat_is_not_repeated() -> None:
    for handler, error in ((breaking, Unreachable), (refusing(503, "storage_unavailable"), Unavailable)):
        async with served(handler) as it:
            for call in (it.client.retry("1"), it.client.replay("x")):
                with pytest.raises(error):
                    await call
            assert len(it.requests) == 2


async def test_a_wait_that_the_api_asks_for_is_kept_within_reason() -> None:
    async with served(refusing(429, "slow_down", Retry_After="0.x"), answering(JOB)) as it:
        await it.client.job("1")
    never = "Mon, 01 Jan 2001 00:20400960000"
    async with served(refusing(503, "storage_unavailable", Retry_After=never), answering(JOB)) as it:
        await it.client.job("1")
    async with served(refusing(503, "storage_unavailable", Retry_After="3600")) as it:
        with pytest.raises(Unavailable) as refused:
            await it.client.job("1")
        assert refused.value.retry_after == 3600
        assert len(it.requests) == 1


async def test_tries_are_bounded() -> None:
    async with served(refusing(502, "bad_gateway"), tries=3) as it:
        with pytest.raises(ApiProblem):
            await it.client.job("1")
        assert len(it.requests) == 3


async def test_a_refusal_is_one_error_with_code_detail_and_field() -> None:
    async with served(refusing(422, "invalid_field")) as it:
        with pytest.raises(ApiProblem) as refused:
            await it.client.estimate(REQUEST)
        problem = refused.value
        assert (problem.status, problem.code, problem.detail, problem.field) == (
            422, "invalid_field", "said so", "prefix",
        )  # fmt: skip
        assert len(it.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        answering({"no": "problem"}, 404),
        answering("<html>", 302, Location="http://elsewhere.invalid/"),
        answering({"not": "a list"}),
        answering([{"not": "a job"}]),
    ],
)
async def test_a_server_that_is_not_the_api_is_told_so_and_never_sees_the_key_elsewhere(
    answer: Handler,
) -> None:
    async with served(answer) as it:
        with pytest.raises(ClientError, match="is this the API") as refused:
            [job async for job in it.client.jobs()]
        assert KEY not in str(refused.value)
        assert it.requests[0].headers["Authorization"] == f"Bearer {KEY}"
        assert len(it.requests) == 1


async def test_the_next_page_is_asked_of_the_same_server_whatever_the_link_says() -> None:
    link = '<http://elsewhere.invalid/steal?cursor=abc&limit=7&folder=a%26b>; rel="next"'
    async with served(answering([JOB], Link=link), answering([]), answering([ENDED])) as it:
        assert len([job async for job in it.client.jobs("queued")]) == 1
        assert [request.path for request in it.requests] == ["/api/v1/batch/jobs"] * 2
        assert dict(it.requests[1].query) == {"cursor": "abc", "limit": "7", "folder": "a&b"}


async def test_a_page_that_names_itself_as_the_next_is_not_followed() -> None:
    link = '</x?limit=100&cursor=abc>; rel="next"'
    async with served(answering([JOB], Link=link)) as it:
        with pytest.raises(UnknownAnswer, match="the page itself"):
            [job async for job in it.client.jobs()]
        assert len(it.requests) == 2


async def test_a_job_whose_source_language_is_left_to_the_engine_is_a_job() -> None:
    async with served(answering(ENDED | {"source_language": None})) as it:
        assert (await it.client.job("1")).source_language is None


async def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_LONGEST_ANSWER", 1000)
    async with served(answering(["x" * 2000])) as it:
        with pytest.raises(UnknownAnswer, match="longer"):
            await it.client.dead_letters()


async def test_a_server_that_says_nothing_is_waited_for_within_a_bound() -> None:
    async def silent(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    async with served(silent, seconds=0.3, tries=2) as it:
        with pytest.raises(Unreachable, match="in time"):
            await it.client.job("1")
        assert len(it.requests) == 2


async def test_a_download_that_breaks_off_begins_again() -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 10
        await response.prepare(request)
        await response.write(b"wrong")
        assert request.transport is not None
        request.transport.close()
        return response

    async def whole(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"right")

    into = io.BytesIO()
    async with served(half, whole) as it:
        assert await it.client.download("from", "a/ñ #?%.txt", into) == 5
        assert into.getvalue() == b"right"
        assert it.requests[1].path.endswith("/from/files/a/ñ #?%.txt")


async def test_a_delete_whose_answer_was_lost_is_done_and_one_of_nobody_is_an_error() -> None:
    gone = refusing(404, "job_not_found")
    async with served(answering(ENDED), breaking, gone) as it:
        await it.client.delete("1")
    async with served(gone) as it:
        with pytest.raises(ApiProblem):
            await it.client.delete("1")


async def test_parts_of_a_path_stay_parts() -> None:
    async with served(answering(JOB)) as it:
        for name in ("../jobs", "..", "a/b", "x?y=z#"):
            await it.client.job(name)
        assert {request.raw_path for request in it.requests} == {
            "/api/v1/batch/jobs/..%2Fjobs", "/api/v1/batch/jobs/%2E%2E", "/api/v1/batch/jobs/a%2Fb",
            "/api/v1/batch/jobs/x%3Fy%3Dz%23",
        }  # fmt: skip


async def test_a_watcher_asks_for_changes_alone_and_bears_with_an_absence() -> None:
    steps = [
        answering(JOB, ETag='W/"1"', Retry_After="0"),
        answering(None, 304, ETag='W/"1"', Retry_After="0"),
        refusing(503, "storage_unavailable", Retry_After="0"),
        answering(ENDED, ETag='W/"2"'),
    ]
    async with served(*steps, tries=1) as it:
        sights = [sight async for sight in it.client.watch("1")]
        assert [(sight.job.status, sight.lost is None) for sight in sights] == [
            ("queued", True), ("queued", True), ("queued", False), ("completed", True),
        ]  # fmt: skip
        assert [request.headers.get("If-None-Match") for request in it.requests] == [None, *['W/"1"'] * 3]


async def test_a_watcher_gives_up_when_its_patience_ends_and_at_once_without_a_first_sight() -> None:
    away = refusing(503, "storage_unavailable", Retry_After="0")
    async with served(answering(JOB, Retry_After="0"), away, tries=1) as it:
        with pytest.raises(Unavailable):
            [sight async for sight in it.client.watch("1", patience=0)]
    async with served(away, tries=1) as it:
        with pytest.raises(Unavailable):
            [sight async for sight in it.client.watch("1")]
        assert len(it.requests) == 1
