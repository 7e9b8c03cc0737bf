"""A proxy in front of the real Azurite that answers as Azure does where Azurite does not.

Nothing here plays storage: rows, blobs and messages are Azurite's; the proxy changes how they are paged,
what stands beside them in a listing, and which requests are refused.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

import aiohttp
from aiohttp import web
from azure.storage.blob.aio import BlobServiceClient

from deploy.local.azurite import Ports, connection_string
from tests.azure_manners.directories import Directories
from tests.azure_manners.tables import Page, azurites_next, empty_page, page_of, query_of
from tests.faults.operations import operation
from tests.faults.relay import Relay, cut, listening, refusal, session

#: HTTP status of the codes that a blob's own state brings ("Blob service error codes").
_STATUS = {
    "BlobArchived": 409,
    "BlobBeingRehydrated": 409,
    "BlobImmutableDueToPolicy": 409,
    "LeaseIdMissing": 412,
    "ResourceTypeMismatch": 409,
}


@dataclass(frozen=True, slots=True)
class Manners:
    """How this Azure behaves. The service scans 1,000 rows a request and takes up to 5 s for a page; a test
    has fewer rows and less time.
    """

    #: Rows that one query looks at.
    scan: int = 10
    #: Pages without a row that a query first answers with; the first of them has a continuation without a
    #: row key. After mass deletes there are many.
    empty_beginnings: int = 1
    #: Seconds that one page of a query takes.
    page_seconds: float = 0.0
    #: Every so many requests of one operation, one is answered with ``ServerBusy``; 0: none.
    busy_every: int = 0
    #: Operations that meet ``ServerBusy``; empty: all.
    busy: frozenset[str] = frozenset()
    #: Whether the account has a hierarchical namespace.
    hierarchical: bool = False


class Azure(Relay):
    """``played`` counts the manners that clients met."""

    def __init__(
        self, upstream: Ports, manners: Manners, client: aiohttp.ClientSession, blobs: BlobServiceClient
    ) -> None:
        super().__init__(upstream, client)
        self.manners = manners
        self.played: Counter[str] = Counter()
        self._directories = Directories(blobs)
        self._asked: Counter[str] = Counter()
        self._emptied: Counter[tuple[str, ...]] = Counter()
        self._refused: dict[tuple[str, str, str], str] = {}

    def refuse(self, of: str, container: str, name: str, code: str) -> None:
        """From now on the operation ``of`` on this blob is refused with ``code``."""
        self._refused[of, container, name] = code

    async def handle(self, service: str, request: web.BaseRequest) -> web.StreamResponse:
        name = operation(service, request.method, request.raw_path)
        body = await request.content.read()
        if self._is_busy(name):
            return refusal(service, 503, "ServerBusy", "The server is busy.", Retry_After="1")
        if name == "table query":
            return await self._query(request, body)
        if service == "blob":
            return await self._blob(name, request, body)
        return await self._passed(service, request, body)

    def _is_busy(self, name: str) -> bool:
        self._asked[name] += 1
        every, those = self.manners.busy_every, self.manners.busy
        is_busy = bool(every) and (not those or name in those) and self._asked[name] % every == 0
        self.played["ServerBusy"] += is_busy
        return is_busy

    async def _passed(self, service: str, request: web.BaseRequest, body: bytes) -> web.Response:
        response = await self.pass_on(service, request, body)
        return cut(request) if response is None else response

    async def _query(self, request: web.BaseRequest, body: bytes) -> web.Response:
        try:
            query = query_of(request.raw_path)
        except ValueError:
            return refusal("table", 400, "InvalidInput", "The continuation is none of this query.")
        if query is None:
            return await self._passed("table", request, body)
        await asyncio.sleep(self.manners.page_seconds)
        if not query.resumes:
            self._emptied[query.asked] = 0
        if self._emptied[query.asked] < self.manners.empty_beginnings:
            self._emptied[query.asked] += 1
            return self._page(empty_page(query))
        path = query.upstream_path(self.manners.scan)
        scanned = await self.pass_on("table", request, body, path)
        if scanned is None or scanned.status != web.HTTPOk.status_code:
            return cut(request) if scanned is None else scanned
        return self._page(page_of(query, _bytes(scanned), azurites_next(scanned.headers)))

    def _page(self, page: Page) -> web.Response:
        self.played["page that is not the last"] += bool(page.continuation)
        self.played["empty page that is not the last"] += bool(page.continuation) and not page.count
        return web.Response(body=page.body, content_type="application/json", headers=dict(page.continuation))

    async def _blob(self, of: str, request: web.BaseRequest, body: bytes) -> web.Response:
        container, name = place_of(request.raw_path)
        code = self._refused.get((of, container, name))
        if code is None and of == "blob put" and self.manners.hierarchical and name:
            code = await self._made_room(request, container, name)
        if code is not None:
            self.played[code] += 1
            return refusal("blob", _STATUS[code], code, "The blob is not in a state for this.")
        response = await self._passed("blob", request, body)
        if of == "blob list" and self.manners.hierarchical and response.status == web.HTTPOk.status_code:
            listing, found = self._directories.marked(container, _bytes(response))
            self.played["directory in a listing"] += found
            return web.Response(body=listing, content_type="application/xml")
        return response

    async def _made_room(self, request: web.BaseRequest, container: str, name: str) -> str | None:
        if "comp" in parse_qs(urlsplit(request.raw_path).query):
            return None
        if self._directories.is_in_the_way(container, name):
            return "ResourceTypeMismatch"
        await self._directories.make(container, name)
        return None


def place_of(raw_path: str) -> tuple[str, str]:
    """Container and blob of a path; the emulator's account is its first segment."""
    _, _, behind = urlsplit(raw_path).path.removeprefix("/").partition("/")
    container, _, name = behind.partition("/")
    return container, unquote(name)


def _bytes(response: web.Response) -> bytes:
    return bytes(response.body or b"")  # type: ignore[arg-type]  # what was passed on is bytes


@asynccontextmanager
async def azure(upstream: Ports, manners: Manners | None = None) -> AsyncIterator[Azure]:
    """A proxy with Azure's manners in front of each of Azurite's services, on free ports."""
    async with (
        session() as client,
        BlobServiceClient.from_connection_string(connection_string(upstream)) as blobs,
    ):
        running = Azure(upstream, manners or Manners(), client, blobs)
        async with listening(running):
            yield running
