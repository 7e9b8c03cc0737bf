"""The web application: routes over live objects. Tests and ``__main__`` build it alike."""

from collections.abc import Iterable
from itertools import chain

import aiohttp_cors
from aiohttp import hdrs, web

from libs.common.runtime.health import health_routes
from libs.common.runtime.readiness import Readiness
from services.api import (
    catalog,
    containers,
    dead_letters,
    estimates,
    jobs,
    lifecycle,
    pages,
    reference,
    status,
    submission,
)
from services.api.access.callers import Authenticator
from services.api.access.guard import guard
from services.api.context import CONTEXT, Context
from services.api.gate import gate
from services.api.observation import observed
from services.api.problems import problems

#: Largest JSON body (bytes); documents are streamed and have a bound of their own.
_LARGEST_BODY = 1024 * 1024
#: What a page of another origin may read of an answer, and send with a request.
_EXPOSED = ("ETag", "Link", "Location", "Retry-After", "WWW-Authenticate", "X-Total-Count")
_ACCEPTED = ("Authorization", "Content-Type", "If-None-Match", "Idempotency-Key", "X-Api-Key")
#: How long a browser may remember a preflight's answer (seconds).
_PREFLIGHT_SECONDS = 600


def build_app(context: Context, authenticator: Authenticator, readiness: Readiness) -> web.Application:
    app = web.Application(
        middlewares=[observed, problems, gate(readiness), guard(authenticator)],
        client_max_size=_LARGEST_BODY,
    )
    app[CONTEXT] = context
    rooms = (submission, estimates, jobs, lifecycle, dead_letters, status, containers, catalog)
    app.add_routes(_by_path(chain.from_iterable(room.routes for room in rooms)))
    app.on_response_prepare.append(_keep_private)
    _share(app, context.settings.cors_allowed_origins)
    app.add_routes(pages.routes)
    app.add_routes(reference.routes)
    app.add_routes(health_routes(readiness.check))
    return app


def _by_path(routes: Iterable[web.AbstractRouteDef]) -> list[web.AbstractRouteDef]:
    """The routes of one path one behind the other: only so are they one resource, and only the first resource
    of a path answers its preflights.
    """
    found: dict[str, list[web.AbstractRouteDef]] = {}
    for route in routes:
        path = route.path if isinstance(route, web.RouteDef) else ""
        found.setdefault(path, []).append(route)
    return list(chain.from_iterable(found.values()))


async def _keep_private(request: web.Request, response: web.StreamResponse) -> None:
    """Nobody else may keep an answer: a cache does not know that ``X-Api-Key`` is a credential."""
    if request.path.startswith(("/api/", "/metrics")):
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")


def _share(app: web.Application, origins: tuple[str, ...]) -> None:
    """Let pages of the given origins use every route there is by now."""
    if not origins:
        return
    options = aiohttp_cors.ResourceOptions(  # type: ignore[no-untyped-call]  # the library has no annotations
        expose_headers=_EXPOSED, allow_headers=_ACCEPTED, max_age=_PREFLIGHT_SECONDS
    )
    cors = aiohttp_cors.setup(app, defaults=dict.fromkeys(origins, options))
    for route in list(app.router.routes()):
        cors.add(route)
