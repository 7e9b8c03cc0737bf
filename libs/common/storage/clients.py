"""The one place that builds Azure clients.

Two roles, because a lease is shorter than the SDK's patience: the queue and blob SDKs retry for up to 87 s
by default, while a renewal must have failed, or not, well within the lease. All clients of a process share
one connection pool.
"""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.request import getproxies

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient
from pydantic import SecretStr

from libs.common.errors import ConfigurationFault
from libs.common.settings import ServiceSettings
from libs.common.storage.identity import Identity

#: Retries of ordinary calls: pauses of about 1.5, 2.3 and 3.4 s (the SDK: initial + base ^ n). A connection
#: that the server closed while it idled is then met again soon, not after the SDK's 18 s.
_DATA = {"retry_total": 3, "initial_backoff": 0, "increment_base": 1.5, "random_jitter_range": 0.5}
#: Renew, release and delete: one retry after about half a second; the lease keeper owns the rest.
_LEASE = {"retry_total": 1, "initial_backoff": -0.5, "increment_base": 1, "random_jitter_range": 0.3}
#: The table SDK counts differently: pauses of 0, 0.6, 1.2 s, and it honours Retry-After.
_TABLE = {"retry_total": 3, "retry_backoff_factor": 0.3, "retry_backoff_max": 10}
_TIMEOUTS = {"connection_timeout": 5, "read_timeout": 30}
#: For a call that its caller repeats until it succeeds (keyword arguments of the SDKs' methods).
ONE_TRY: Mapping[str, Any] = MappingProxyType({"retry_total": 0, "connection_timeout": 3})
#: One repeat of a refused token request after a moment: callers of storage repeat their calls anyway. The
#: SDK's own five repeats take up to 75 s, in which no caller learns why there is no token.
_TOKEN = {"retry_total": 1, "retry_backoff_factor": 0.4}
#: One PUT and one GET for every file a worker accepts: the memory bound counts on whole files anyway.
_BLOB = {"max_single_put_size": 256 * 1024 * 1024, "max_single_get_size": 256 * 1024 * 1024}

#: Files of any size pass through in pieces of 4 MiB; one client never holds more of a file than that.
_PIECE = 4 * 1024 * 1024
_STREAM = {
    "max_single_put_size": _PIECE,
    "max_block_size": _PIECE,
    "max_single_get_size": _PIECE,
    "max_chunk_get_size": _PIECE,
}

#: A larger body leaves in pieces of this many bytes.
_SENT_AT_ONCE = 1024 * 1024

#: Azurite closes an idle connection after 5 s; reusing one in that moment costs a reset and a retry.
_KEEP_ALIVE_SECONDS = 4.0
#: Connections of one process, at most. A renewal never waits for one: the most slots that can be set are 256,
#: each with a transfer; there are half as many deletes, and the renewals beside.
_CONNECTIONS = 512


@dataclass(frozen=True, slots=True)
class Storage:
    """Clients of one storage account. ``lease_queues`` is for renew, release and delete only, ``streams``
    for files that pass through in pieces.
    """

    tables: TableServiceClient
    queues: QueueServiceClient
    lease_queues: QueueServiceClient
    blobs: BlobServiceClient
    streams: BlobServiceClient


class _Transport(AioHttpTransport):  # type: ignore[misc]  # the SDK loads it late, so it is Any
    """Sends a large document piece by piece: of one that is given whole, aiohttp makes a copy and asyncio
    one more, and both are in memory beside it.
    """

    async def send(self, request: Any, **options: Any) -> Any:
        document = request.data
        if not isinstance(document, bytes) or len(document) <= _SENT_AT_ONCE:
            return await super().send(request, **options)
        request.data = _pieces(document)
        try:
            return await super().send(request, **options)
        finally:
            request.data = document  # the SDK may try the request again


async def _pieces(document: bytes) -> AsyncIterator[memoryview]:
    view = memoryview(document)
    for start in range(0, len(view), _SENT_AT_ONCE):
        yield view[start : start + _SENT_AT_ONCE]


@asynccontextmanager
async def open_storage(settings: ServiceSettings) -> AsyncIterator[Storage]:
    """Open the storage account the settings name, by connection string or managed identity."""
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_SECONDS)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        )
        build = await _builder(settings, stack)

        async def client(kind: Any, service: str, policy: dict[str, Any]) -> Any:
            # Without a proxy variable to honour, reading the environment costs two thread hops a request.
            transport = _Transport(session=session, session_owner=False, use_env_settings=bool(getproxies()))
            return await stack.enter_async_context(
                build(kind, service, transport=transport, **_TIMEOUTS, **policy)
            )

        yield Storage(
            tables=await client(TableServiceClient, "table", _TABLE),
            queues=await client(QueueServiceClient, "queue", _DATA),
            lease_queues=await client(QueueServiceClient, "queue", _LEASE),
            blobs=await client(BlobServiceClient, "blob", {**_DATA, **_BLOB}),
            streams=await client(BlobServiceClient, "blob", {**_DATA, **_STREAM}),
        )


async def _builder(settings: ServiceSettings, stack: AsyncExitStack) -> Any:
    secret = settings.azure_storage_connection_string
    if secret is not None:
        return lambda kind, _service, **options: _from_string(kind, secret, options)
    credential = await stack.enter_async_context(Identity(**_TOKEN))

    def build(kind: Any, service: Any, **options: Any) -> Any:
        return kind(settings.storage_endpoint(service), credential=credential, **options)

    return build


def _from_string(kind: Any, secret: SecretStr, options: dict[str, Any]) -> Any:
    text = secret.get_secret_value()
    _check_key(text)
    try:
        return kind.from_connection_string(text, **options)
    except ValueError:
        # The SDK's own words may repeat parts of the string.
        raise ConfigurationFault("AZURE_STORAGE_CONNECTION_STRING is not a connection string") from None


def _check_key(text: str) -> None:
    """Refuse an account key that is no base64: the SDK would notice with the first request."""
    parts = dict(part.partition("=")[::2] for part in text.split(";"))
    try:
        base64.b64decode(parts.get("AccountKey", ""), validate=True)
    except ValueError:
        said = "the AccountKey in AZURE_STORAGE_CONNECTION_STRING is not base64: copy the whole key"
        raise ConfigurationFault(said) from None
