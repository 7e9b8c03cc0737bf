"""The real API on Azurite, and what it needs to be called over HTTP like any other."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from libs.client.cli.program import run
from libs.client.client import Client, open_client
from libs.client.settings import ClientSettings
from libs.common.settings import ApiSettings
from tests.conftest import Explicit
from tests.integration.serving import opened_api


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of the program came to."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """Its JSON."""
        return json.loads(self.out)


Run = Callable[..., Awaitable[Ran]]


@asynccontextmanager
async def api(settings: ApiSettings) -> AsyncIterator[str]:
    """Serve the API; gives its URL."""
    async with opened_api(settings) as app, TestServer(app) as server:
        yield str(server.make_url("/"))


@pytest.fixture
async def api_url(explicit: Explicit) -> AsyncIterator[str]:
    """An API with queues, behind which nobody works."""
    async with api(explicit(ApiSettings, translation_engine="copy")) as url:
        yield url


@pytest.fixture
async def whole_url(explicit: Explicit) -> AsyncIterator[str]:
    """An API that does the work of a job itself."""
    async with api(explicit(ApiSettings, translation_engine="copy", enable_batch_queue=False)) as url:
        yield url


@pytest.fixture
async def client(api_url: str) -> AsyncIterator[Client]:
    async with open_client(ClientSettings.of_texts(api_url, None)) as client:
        yield client


def runner(url: str) -> Run:
    """Runs the program in a thread, with a loop of its own, as a terminal would: against this URL."""

    async def run_it(*arguments: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        code = await asyncio.to_thread(run, [*arguments, "--api-url", url], out, err)
        return Ran(code, out.getvalue(), err.getvalue())

    return run_it


@pytest.fixture
def queued(api_url: str) -> Run:
    """The program on an API behind which nobody works."""
    return runner(api_url)


@pytest.fixture
def whole(whole_url: str) -> Run:
    """The program on an API that does the work itself."""
    return runner(whole_url)
