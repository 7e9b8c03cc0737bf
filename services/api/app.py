"""The web application: routes over live objects. Tests and ``__main__`` build it alike."""

import aiohttp_cors
from aiohttp import web

from libs.common.runtime.health import health_routes
from services.api import catalog, containers, dead_letters, estimates, jobs, lifecycle, submission
from services.api.access import guard
from services.api.context import CONTEXT, Context
from services.api.problems import problems

#: Largest JSON body (bytes); documents are streamed and have a bound of their own.
_LARGEST_BODY = 1024 * 1024
#: What a page of another origin may read of an answer, and send with a request.
_EXPOSED = ("ETag", "Link", "Location", "Retry-After")
_ACCEPTED = ("Authorization", "Content-Type", "If-None-Match", "Idempotency-Key", "X-Api-Key")
#: How long a browser may remember a preflight's answer (seconds).
_PREFLIGHT_SECONDS = 600


def build_app(context: Context) -> web.Application:
    app = web.Application(middlewares=[problems, guard(context.settings)], client_max_size=_LARGEST_BODY)
    app[CONTEXT] = context
    for room in (submission, estimates, jobs, lifecycle, dead_letters, containers, catalog):
        app.add_routes(room.routes)
    _share(app, context.settings.cors_allowed_origins)
    app.add_routes(health_routes(context.deployment.ready))
    return app


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
