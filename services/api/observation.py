"""Every request, measured and traced: the outermost of the middlewares, so that it sees how each ended."""

import time

from aiohttp import web

from libs.telemetry.catalogue import HTTP_REQUESTS
from libs.telemetry.tracing import SpanKind, entered, failed
from services.api.problems import Handler

#: Asked by machines every few seconds: measured like any other, and no trace is begun for them.
_UNTRACED = {"/healthz", "/readyz", "/metrics"}
_SERVER_ERRORS = 500


@web.middleware
async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
    began, status = time.monotonic(), "none"
    route = _route(request)
    try:
        response = await _traced(request, handler, route)
        status = str(response.status)
    finally:
        HTTP_REQUESTS.record(time.monotonic() - began, request.method, route, status)
    return response


async def _traced(request: web.Request, handler: Handler, route: str) -> web.StreamResponse:
    if route in _UNTRACED:
        return await handler(request)
    # Of what a stranger sends only the method is told, and only if it is one that a route has.
    method = request.method if route != "none" else "HTTP"
    with entered(f"{method} {route}", request.headers.get("traceparent", ""), SpanKind.SERVER):
        response = await handler(request)
        if response.status >= _SERVER_ERRORS:
            failed(str(response.status))
        return response


def _route(request: web.Request) -> str:
    """The template of the route, never the path itself."""
    resource = request.match_info.route.resource
    return "none" if resource is None else resource.canonical
