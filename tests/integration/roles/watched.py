"""Each service behind a proxy of its own, which notes what it asks of storage."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from deploy.local.azurite import Ports
from libs.common.settings import ApiSettings, DispatcherSettings, WorkerSettings
from libs.common.waiting import Waiting
from services.dispatcher.resources import open_dispatcher
from services.worker.resources import open_worker
from tests.conftest import Explicit
from tests.faults.proxy import proxy
from tests.integration.serving import opened_api

Client = TestClient[web.Request, web.Application]
Asked = dict[str, set[str]]
#: A lease this short is renewed while the engine takes its time (seconds, milliseconds).
_LEASE, _DELAY = 2, 1500
_TRANSLATING = {"translation_engine": "pseudo", "translation_memory": True, "engine_chars_per_minute": 10**6}


@asynccontextmanager
async def watched_system(explicit: Explicit, connection_string: str) -> AsyncIterator[tuple[Client, Asked]]:
    """All three services at work, each of which has been asked whether it is ready."""
    upstream = Ports(*map(int, re.findall(r"http://127\.0\.0\.1:(\d+)/", connection_string)))
    asked: Asked = {"API": set(), "dispatcher": set(), "worker": set()}
    stop = asyncio.Event()

    async with AsyncExitStack() as stack:

        async def settings(service: str, kind: Any, **values: Any) -> Any:
            between = await stack.enter_async_context(proxy(upstream))
            between.observer = lambda name, _path, _is_back: asked[service].add(name)
            secret = SecretStr(between.connection_string)
            return explicit(kind, azure_storage_connection_string=secret, **values)

        api = await stack.enter_async_context(opened_api(await settings("API", ApiSettings, **_TRANSLATING)))
        client = await stack.enter_async_context(TestClient(TestServer(api)))
        dispatching = await settings("dispatcher", DispatcherSettings, watch_interval=0.3, sweep_interval=0.3)
        dispatcher, dispatching_storage = await stack.enter_async_context(open_dispatcher(dispatching))
        slow = {"pseudo_delay_ms": _DELAY, "visibility_timeout": _LEASE, "poll_interval": 0.1}
        working = await settings("worker", WorkerSettings, **_TRANSLATING, **slow)
        worker, working_storage = await stack.enter_async_context(open_worker(working))
        assert (await client.get("/readyz")).status == 200
        for storage in (dispatching_storage, working_storage):
            await storage.create(Waiting())
            await storage.ready()
        async with asyncio.TaskGroup() as group:
            group.create_task(dispatcher.run(stop))
            group.create_task(worker.run(stop))
            try:
                yield client, asked
            finally:
                stop.set()
