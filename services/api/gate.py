"""Nothing but probes and metrics is answered before storage has answered the API."""

from aiohttp import web
from aiohttp.typedefs import Middleware

from libs.common.runtime.readiness import Readiness
from services.api.problems import RETRY_AFTER, Code, Handler, Problem

_ALWAYS = frozenset({"/healthz", "/readyz", "/metrics"})


def gate(readiness: Readiness) -> Middleware:
    """503 `starting` for every other route until ``readiness`` has reached storage."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not readiness.reached and request.path not in _ALWAYS:
            raise Problem(Code.STARTING, headers={"Retry-After": str(RETRY_AFTER)})
        return await handler(request)

    return check
