"""The API as its process has it: opened, then over storage that has answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from libs.common.runtime.readiness import Readiness
from libs.common.settings import ApiSettings
from services.api.resources import open_api


@asynccontextmanager
async def opened_api(settings: ApiSettings) -> AsyncIterator[web.Application]:
    """An application that answers every route."""
    readiness = Readiness()
    async with (
        open_api(settings, readiness) as (app, storage),
        readiness.reaching(storage, asyncio.Event()),
    ):
        yield app
