"""What this deployment can do: languages, formats, engines."""

from aiohttp import web

from libs.translation.documents import FORMATS
from services.api.context import CONTEXT

routes = web.RouteTableDef()


@routes.get("/api/v1/languages")
async def languages(request: web.Request) -> web.Response:
    """Every pair the engine translates; ``any`` when it takes all pairs."""
    engine = request.app[CONTEXT].engine
    directions = engine.directions()
    return web.json_response(
        {
            "engine": engine.name,
            "default_source_language": request.app[CONTEXT].settings.default_source_language,
            "any": directions is None,
            "pairs": [
                {"source_language": way.source, "target_language": way.target}
                for way in sorted(directions or (), key=lambda way: (way.source, way.target))
            ],
        }
    )


@routes.get("/api/v1/formats")
async def formats(_request: web.Request) -> web.Response:
    return web.json_response(
        [
            {"name": form.name, "extensions": sorted(form.extensions), "content_type": form.content_type}
            for form in FORMATS
        ]
    )


@routes.get("/api/v1/engines")
async def engines(request: web.Request) -> web.Response:
    engine = request.app[CONTEXT].engine
    return web.json_response(
        [
            {
                "name": engine.name,
                "version": engine.version,
                "max_segments": engine.limits.elements,
                "max_units": engine.limits.units,
                "default": True,
            }
        ]
    )
