"""The API over real storage, spoken to over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from libs.common.settings import ApiSettings
from services.api.app import open_api
from tests.conftest import Explicit
from tests.integration.conftest import Upload

Client = TestClient[web.Request, web.Application]
PostJob = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def client(explicit: Explicit) -> AsyncIterator[Client]:
    settings = explicit(ApiSettings, translation_engine="copy")
    async with open_api(settings) as app, TestClient(TestServer(app)) as opened:
        yield opened


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
