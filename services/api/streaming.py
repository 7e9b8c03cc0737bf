"""Answers that leave in pieces, and what becomes of one that breaks midway."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import structlog
from aiohttp import hdrs, web

#: Longest a reader may take for one piece (seconds); pieces have 4 MiB at most, so 35 KB/s is fast enough.
_A_PIECE_SECONDS = 120.0

_log = structlog.get_logger(__name__)


async def stream(
    request: web.Request, response: web.StreamResponse, pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    """Send ``pieces`` as the body of ``response``.

    What fails before the first piece goes through and is answered as a problem. What fails behind it breaks
    the connection off: nothing else tells a client that a body is not whole, and an error document behind
    half a file would be taken for its rest. So ends a reader who takes nothing any more.
    """
    try:
        first = b"" if request.method == hdrs.METH_HEAD else await anext(pieces, b"")
        await response.prepare(request)
        if request.method != hdrs.METH_HEAD:
            await _send(request, response, first, pieces)
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
    return response


async def _send(
    request: web.Request, response: web.StreamResponse, first: bytes, pieces: AsyncIterator[bytes]
) -> None:
    try:
        await _sent(response, first)
        async for piece in pieces:
            await _sent(response, piece)
        async with asyncio.timeout(_A_PIECE_SECONDS):
            await response.write_eof()
    except Exception as error:  # noqa: BLE001 - whatever it is, the body is not whole
        _log.warning("answer broken off", path=request.path, error=repr(error))
        if request.transport is not None:
            request.transport.abort()


async def _sent(response: web.StreamResponse, piece: bytes) -> None:
    async with asyncio.timeout(_A_PIECE_SECONDS):
        await response.write(piece)
