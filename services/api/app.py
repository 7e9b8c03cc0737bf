"""The web application: routes over live objects. Tests and ``__main__`` build it alike."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from libs.common.deployment import open_deployment
from libs.common.runtime.health import health_routes
from libs.common.settings import ApiSettings
from libs.translation.engines import engine_session
from services.api import jobs
from services.api.context import CONTEXT, Context
from services.api.problems import problems

#: Largest request body (bytes): a job request is small; documents come another way.
_LARGEST_BODY = 1024 * 1024


@asynccontextmanager
async def open_api(settings: ApiSettings) -> AsyncIterator[web.Application]:
    """The application, ready to be served."""
    async with open_deployment(settings) as deployment, engine_session(settings.translation_engine) as engine:
        yield build_app(Context(deployment, engine, settings.default_source_language))


def build_app(context: Context) -> web.Application:
    app = web.Application(middlewares=[problems], client_max_size=_LARGEST_BODY)
    app[CONTEXT] = context
    app.add_routes(jobs.routes)
    app.add_routes(health_routes(context.deployment.ready))
    return app
