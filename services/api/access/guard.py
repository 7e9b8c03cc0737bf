"""The middleware that lets in who may call, and binds the caller's name to the logs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from libs.common.settings import ApiSettings
from services.api.access.callers import Authenticator
from services.api.access.entra import open_entra
from services.api.access.hosts import KnownHosts
from services.api.access.keys import ApiKeys
from services.api.operations import role_of
from services.api.pages import pages
from services.api.problems import Handler
from services.api.reference import is_reference

#: Probes carry no secrets and are asked by machines that have no key.
_PROBES = {"/healthz", "/readyz"}


@asynccontextmanager
async def open_authenticator(settings: ApiSettings) -> AsyncIterator[Authenticator]:
    """What ``API_AUTH`` names, for the time of the block."""
    match settings.api_auth:
        case "entra":
            async with open_entra(settings) as tokens:
                yield tokens
        case "api-key":
            yield ApiKeys(settings)
        case "none":
            yield KnownHosts(settings)


def guard(authenticator: Authenticator) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in _PROBES or (authenticator.by_credential and _is_open(request)):
            return await handler(request)
        caller = await authenticator.caller(request)
        resource = request.match_info.route.resource
        wanted = role_of(request.method, "" if resource is None else resource.canonical)
        if caller.role < wanted:
            raise authenticator.refusal(wanted)
        if caller.name is not None:
            structlog.contextvars.bind_contextvars(caller=caller.name)
        return await handler(request)

    return check


def _is_open(request: web.Request) -> bool:
    # The pages themselves hold no data, and they are what asks a person for the credential. Browsers send a
    # preflight without one; it reads and changes nothing.
    is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return is_preflight or request.path in pages() or is_reference(request.path)
