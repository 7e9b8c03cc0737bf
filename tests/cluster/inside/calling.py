"""The API as the caller reaches it: through its Service, with the key that the check made."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

from libs.client.client import Client, open_client
from libs.client.settings import ClientSettings

#: The API may be away for minutes while its pods come to harm: a client of the check is patient.
_TRIES = 60
#: Calls under way at once.
_AT_ONCE = 16


@asynccontextmanager
async def calling() -> AsyncIterator[Client]:
    settings = ClientSettings.of_texts(os.environ["BATCH_TRANSLATE_URL"], os.environ["BATCH_TRANSLATE_KEY"])
    async with open_client(replace(settings, tries=_TRIES)) as client:
        yield client


async def all_of(calls: Iterable[Awaitable[None]]) -> None:
    """Awaits every call, a few at a time."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(call: Awaitable[None]) -> None:
        async with slots:
            await call

    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(one(call))
