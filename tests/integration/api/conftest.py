"""The API over real storage, spoken to over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from libs.common.settings import ApiSettings
from tests.conftest import Explicit
from tests.integration.api.conformity import Conformity
from tests.integration.conftest import Upload
from tests.integration.serving import opened_api

Client = TestClient[web.Request, web.Application]
PostJob = Callable[..., Awaitable[dict[str, Any]]]


@asynccontextmanager
async def opened(settings: ApiSettings) -> AsyncIterator[Client]:
    """The API of some settings, and a client of it. Each answer has to be as the reference tells it."""
    conformity = Conformity()
    async with opened_api(settings) as app:
        conformity.watch(app)
        async with TestClient(TestServer(app)) as client:
            yield client
    assert conformity.faults == []


@pytest.fixture
async def client(explicit: Explicit) -> AsyncIterator[Client]:
    async with opened(explicit(ApiSettings, translation_engine="copy")) as client:
        yield client


@pytest.fixture
def post_job(client: Client, upload: Upload, container: str) -> PostJob:
    """Post a job over the files given, with fields beside the three."""

    async def post(files: Mapping[str, bytes] | None = None, **fields: Any) -> dict[str, Any]:
        await upload(container, files or {})
        body = {
            "source_container": container,
            "target_container": f"{container}-out",
            "target_language": "es",
            **fields,
        }
        response = await client.post("/api/v1/batch/jobs", json=body)
        assert response.status == 202, await response.text()
        job: dict[str, Any] = await response.json()
        return job

    return post


def next_page(response: ClientResponse) -> str:
    """The path of the next page; empty behind the last."""
    link = response.links.get("next")
    return "" if link is None else str(URL(str(link["url"])).relative())
