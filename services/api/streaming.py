"""Answers that leave in pieces, and what becomes of one that breaks midway."""

from collections.abc import AsyncIterator

import structlog
from aiohttp import hdrs, web

_log = structlog.get_logger(__name__)


async def stream(
    request: web.Request, response: web.StreamResponse, pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    """Send ``pieces`` as the body of ``response``.

    What fails before the first piece goes through and is answered as a problem. What fails behind it breaks
    the connection off: nothing else tells a client that a body is not whole, and an error document behind
    half a file would be taken for its rest.
    """
    bodiless = request.method == hdrs.METH_HEAD
    first = b"" if bodiless else await anext(pieces, b"")
    await response.prepare(request)
    if bodiless:
        return response
    try:
        await response.write(first)
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    except Exception as error:  # noqa: BLE001 - whatever it is, the body is not whole
        _log.warning("answer broken off", path=request.path, error=repr(error))
        if request.transport is not None:
            request.transport.abort()
    return response
