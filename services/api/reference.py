"""The reference: the document at ``/openapi.json``, and Swagger UI over it at ``/docs``.

Nobody needs a key for either: they hold no data. Nothing comes from another host.
"""

import json
from functools import cache
from pathlib import Path

from aiohttp import web

from services.api.context import CONTEXT
from services.api.openapi import document
from services.api.problems import Code, Problem

routes = web.RouteTableDef()

_OURS = Path(__file__).parent / "docs"
#: By name: what we wrote, and what Swagger UI brings. Nothing else is ever read from the disk.
_FILES = {
    **dict.fromkeys(("index.html", "docs.js", "docs.css"), True),
    **dict.fromkeys(("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"), False),
}
#: Swagger UI sets styles on its elements and carries its icons as data.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def is_reference(path: str) -> bool:
    """Whether ``path`` is one of those that need no key."""
    return path in {"/openapi.json", "/docs"} or path.startswith("/docs/")


@routes.get("/openapi.json")
async def openapi(request: web.Request) -> web.Response:
    """The document, as this deployment has it: with keys, tokens or neither."""
    body = json.dumps(document(request.app, auth=request.app[CONTEXT].settings.api_auth))
    return web.json_response(text=body, headers={"Cache-Control": "no-cache"})


@routes.get("/docs")
async def page(request: web.Request) -> web.StreamResponse:
    return _file(request, "index.html")


@routes.get("/docs/{file}")
async def file(request: web.Request) -> web.StreamResponse:
    return _file(request, request.match_info["file"])


def _file(request: web.Request, name: str) -> web.FileResponse:
    if name not in _FILES:
        raise Problem(Code.NOT_FOUND)
    assets = request.app[CONTEXT].settings.reference_assets
    if not _is_installed(assets):
        said = "Swagger UI is not installed (REFERENCE_ASSETS); the reference itself is at /openapi.json"
        raise Problem(Code.NOT_FOUND, said)
    return web.FileResponse((_OURS if _FILES[name] else assets) / name, headers=_HEADERS)


@cache
def _is_installed(assets: Path) -> bool:
    return all((assets / name).is_file() for name, ours in _FILES.items() if not ours)
