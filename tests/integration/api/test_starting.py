"""The API answers from its first moment; what needs storage waits for storage's first answer."""

import asyncio

import pytest
from aiohttp.test_utils import TestClient, TestServer

from libs.common.runtime.readiness import Readiness
from libs.common.settings import ApiSettings
from services.api.resources import open_api
from tests.conftest import Explicit
from tests.integration.api.conformity import Conformity

JOBS = "/api/v1/batch/jobs"


@pytest.mark.parametrize("path", [JOBS, "/", "/openapi.json", "/no/such/path"])
async def test_everything_but_probes_and_metrics_is_refused_in_words_until_storage_has_answered(
    explicit: Explicit, path: str
) -> None:
    readiness, conformity = Readiness(), Conformity()
    settings = explicit(ApiSettings, translation_engine="copy")
    async with open_api(settings, readiness) as (app, storage):
        conformity.watch(app)
        async with TestClient(TestServer(app)) as client:
            refused = await client.get(path)
            problem = await refused.json()
            assert (refused.status, problem["code"]) == (503, "starting")
            assert refused.content_type == "application/problem+json"
            assert int(refused.headers["Retry-After"]) > 0
            unready = await client.get("/readyz")
            assert (unready.status, (await unready.json())["reason"]) == (503, "the service is starting")
            for probe in ("/healthz", "/metrics"):
                assert (await client.get(probe)).status == 200
            async with readiness.reaching(storage, asyncio.Event()):
                assert (await client.get("/readyz")).status == 200
                assert (await client.get(JOBS)).status == 200
    assert conformity.faults == []
