"""The ingestion endpoint of Application Insights, as far as the exporter knows it: what it was sent, here."""

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from deploy.local.ports import LOOPBACK


class Ingestion:
    """``items`` are envelopes as they came."""

    def __init__(self, port: int) -> None:
        self.items: list[dict[str, Any]] = []
        self.connection_string = (
            "InstrumentationKey=00000000-0000-4000-8000-000000000000;"
            f"IngestionEndpoint=http://{LOOPBACK}:{port}/;LiveEndpoint=http://{LOOPBACK}:{port}/"
        )

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The data of one kind: ``MetricData``, ``RequestData``, ``RemoteDependencyData``."""
        return [item["data"]["baseData"] | {"tags": item["tags"]} for item in self.items
                if item["data"]["baseType"] == kind]  # fmt: skip


@asynccontextmanager
async def ingestion() -> AsyncIterator[Ingestion]:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    runner = web.AppRunner(app, access_log=None)
    await_items: list[dict[str, Any]] = []

    async def track(request: web.Request) -> web.Response:
        body = await request.read()
        text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        items = json.loads(text)
        await_items.extend(items)
        return web.json_response({"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []})

    app.router.add_post("/{path:.*}", track)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        found = Ingestion(runner.addresses[0][1])
        found.items = await_items
        yield found
    finally:
        await runner.cleanup()
