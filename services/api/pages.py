"""The web page: static files, held in memory, that ask the API for everything else.

Nobody needs a key for them: they hold no data. What they may do in a browser is bounded by their policy; a
document's text or a file's name cannot become markup even by mistake: `require-trusted-types-for` refuses it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from aiohttp import ETag, web

from services.api.problems import Code, Problem

routes = web.RouteTableDef()

_FOLDER = Path(__file__).parent / "web"
_STATIC = "/static/"
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Page:
    body: bytes
    content_type: str
    tag: str


@cache
def pages() -> Mapping[str, Page]:
    """Every page by its path; nothing but these is ever read from the disk."""
    found = {_path(file): _page(file) for file in sorted(_FOLDER.rglob("*")) if file.suffix in _TYPES}
    return MappingProxyType({"/": found[f"{_STATIC}index.html"], **found})


@routes.get("/")
@routes.get(_STATIC + "{name:.+}")
async def page(request: web.Request) -> web.Response:
    """A page, or 304 for a browser that has it."""
    found = pages().get(request.path)
    if found is None:
        raise Problem(Code.NOT_FOUND)
    known = request.if_none_match or ()
    if any(other.value in {found.tag, "*"} for other in known):
        response = web.Response(status=304, headers=_HEADERS)
    else:
        response = web.Response(
            body=found.body, content_type=found.content_type, charset="utf-8", headers=_HEADERS
        )
    response.etag = ETag(found.tag)
    return response


def _path(file: Path) -> str:
    return _STATIC + file.relative_to(_FOLDER).as_posix()


def _page(file: Path) -> Page:
    body = file.read_bytes()
    return Page(body, _TYPES[file.suffix], hashlib.sha256(body).hexdigest()[:24])
