"""Containers and their files, streamed both ways: no document is ever held whole."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from aiohttp import hdrs, web

from libs.common.errors import NotFound
from libs.jobs.messages import LONGEST_NAME
from libs.jobs.selection import matches_any
from services.api.context import CONTEXT, Context
from services.api.names import container_name, file_name, no_container, path_fault
from services.api.paging import page_request, page_response
from services.api.problems import Code, Problem
from services.api.streaming import stream

routes = web.RouteTableDef()

_PIECE = 64 * 1024
_CONTAINER = "/api/v1/batch/containers/{container}"
_FILE = _CONTAINER + r"/files/{name:[\s\S]+}"


@routes.get("/api/v1/batch/containers")
async def list_containers(request: web.Request) -> web.Response:
    """The account's containers by name; a page is short where some are not this deployment's."""
    context, page = request.app[CONTEXT], page_request(request)
    names, marker = await context.deployment.blobs.containers(page.limit, page.behind)
    shown = [name for name in names if _is_shown(name, context)]
    return page_response(request, [{"name": name} for name in shown], marker)


@routes.put(_CONTAINER)
async def create_container(request: web.Request) -> web.Response:
    """201 when it was made, 200 when it was there."""
    container = _container(request)
    made = await request.app[CONTEXT].deployment.blobs.create_container(container)
    return web.json_response({"name": container}, status=201 if made else 200)


@routes.get(_CONTAINER + "/files")
async def list_files(request: web.Request) -> web.Response:
    container, page = _container(request), page_request(request)
    prefix = _prefix(request)
    try:
        listing = await request.app[CONTEXT].deployment.blobs.page(container, prefix, page.behind, page.limit)
    except NotFound:
        raise no_container(container, "container") from None
    files = [{"name": blob.name, "size": blob.size, "etag": blob.etag} for blob in listing.blobs]
    return page_response(request, files, listing.marker)


@routes.get(_FILE)
async def download(request: web.Request) -> web.StreamResponse:
    container, name = _container(request), file_name(request)
    try:
        file = await request.app[CONTEXT].deployment.streams.open(container, name)
    except NotFound:
        raise Problem(Code.FILE_NOT_FOUND, f"there is no file {name[:200]!r} in {container!r}") from None
    response = web.StreamResponse(headers=_download_headers(name, file.content_type))
    response.content_length = file.size
    response.etag = file.etag
    return await stream(request, response, file.pieces)


@routes.put(_FILE)
async def upload(request: web.Request) -> web.Response:
    """Write a file, over one of its name; it appears whole or not at all."""
    context, name = request.app[CONTEXT], file_name(request)
    container = _container(request)
    limit = context.settings.max_upload_bytes
    _check_length(request.content_length or 0, limit)
    pieces = _bounded(request, limit)
    try:
        etag = await context.deployment.streams.store(container, name, pieces, request.content_type)
    except NotFound:
        raise no_container(container, "container") from None
    headers = {hdrs.LOCATION: request.rel_url.raw_path, hdrs.ETAG: f'"{etag}"'}
    return web.json_response({"container": container, "name": name}, status=201, headers=headers)


def _container(request: web.Request) -> str:
    return container_name(request.match_info["container"], "container", request.app[CONTEXT].reachable)


def _is_shown(name: str, context: Context) -> bool:
    return not context.reachable or matches_any(name, context.reachable)


def _prefix(request: web.Request) -> str:
    prefix = request.query.get("prefix", "")
    fault = path_fault(prefix)
    if fault is not None or len(prefix) > LONGEST_NAME:
        said = fault or f"a prefix has at most {LONGEST_NAME} characters"
        raise Problem(Code.INVALID_FIELD, said, "prefix")
    return prefix


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise Problem(Code.BODY_TOO_LARGE, f"a file may have at most {limit} bytes")


async def _bounded(request: web.Request, limit: int) -> AsyncIterator[bytes]:
    """The body in pieces; a body that goes on past the limit ends in a problem, and nothing is stored."""
    length = 0
    async for piece in request.content.iter_chunked(_PIECE):
        length += len(piece)
        _check_length(length, limit)
        yield piece


def _download_headers(name: str, content_type: str) -> dict[str, str]:
    """A document of a stranger: offered as a download, never run as a page of ours."""
    file = quote(name.rpartition("/")[2], safe="")
    return {
        hdrs.CONTENT_TYPE: content_type,
        hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{file}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
