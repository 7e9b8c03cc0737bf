"""Containers and their files, streamed both ways: no document is ever held whole."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from aiohttp import hdrs, web

from libs.common.errors import NotFound
from libs.jobs.selection import matches_any
from services.api.bodies import check_encoding, pieces_of
from services.api.context import CONTEXT, Context
from services.api.names import container_name, file_name, no_container
from services.api.paging import page_request, page_response
from services.api.problems import Code, Problem
from services.api.queries import BlobsQuery, PageQuery, query_of
from services.api.streaming import stream
from services.api.views import View, answer

routes = web.RouteTableDef()

_PIECE = 64 * 1024
_CONTAINER = "/api/v1/batch/containers/{container}"
_FILE = _CONTAINER + r"/files/{name:[\s\S]+}"


class ContainerView(View):
    name: str


class BlobView(View):
    """A file of a container."""

    name: str
    size: int
    """In bytes."""
    etag: str


class UploadedView(View):
    container: str
    name: str


@routes.get("/api/v1/batch/containers")
async def list_containers(request: web.Request) -> web.Response:
    """The account's containers by name; a page is short where some are not this deployment's."""
    context, page = request.app[CONTEXT], page_request(query_of(request, PageQuery))
    names, marker = await context.deployment.blobs.containers(page.limit, page.behind)
    shown = [name for name in names if _is_shown(name, context)]
    return page_response(request, [ContainerView(name=name) for name in shown], marker)


@routes.put(_CONTAINER)
async def create_container(request: web.Request) -> web.Response:
    """201 when it was made, 200 when it was there."""
    container = _container(request)
    made = await request.app[CONTEXT].deployment.blobs.create_container(container)
    return answer(ContainerView(name=container), status=201 if made else 200)


@routes.get(_CONTAINER + "/files")
async def list_files(request: web.Request) -> web.Response:
    container, query = _container(request), query_of(request, BlobsQuery)
    page = page_request(query)
    try:
        listing = await request.app[CONTEXT].deployment.blobs.page(
            container, query.prefix, page.behind, page.limit
        )
    except NotFound:
        raise no_container(container, "container") from None
    files = [BlobView(name=blob.name, size=blob.size, etag=blob.etag) for blob in listing.blobs]
    return page_response(request, files, listing.marker)


@routes.get(_FILE)
async def download(request: web.Request) -> web.StreamResponse:
    container, name = _container(request), file_name(request)
    try:
        file = await request.app[CONTEXT].deployment.streams.open(container, name)
    except NotFound:
        raise Problem(Code.FILE_NOT_FOUND, f"there is no file {name[:200]!r} in {container!r}") from None
    response = web.StreamResponse(headers=_download_headers(name, file.content_type))
    if file.content_encoding is not None:
        response.headers[hdrs.CONTENT_ENCODING] = file.content_encoding
    response.content_length = file.size
    response.etag = file.etag
    return await stream(request, response, file.pieces)


@routes.put(_FILE)
async def upload(request: web.Request) -> web.Response:
    """Write a file, over one of its name; it appears whole or not at all."""
    context, name = request.app[CONTEXT], file_name(request)
    container = _container(request)
    check_encoding(request)
    limit = context.settings.max_upload_bytes
    _check_length(request.content_length or 0, limit)
    pieces = _bounded(request, limit)
    try:
        etag = await context.deployment.streams.store(container, name, pieces, request.content_type)
    except NotFound:
        raise no_container(container, "container") from None
    headers = {hdrs.LOCATION: request.rel_url.raw_path, hdrs.ETAG: f'"{etag}"'}
    return answer(UploadedView(container=container, name=name), status=201, headers=headers)


def _container(request: web.Request) -> str:
    return container_name(request.match_info["container"], "container", request.app[CONTEXT].reachable)


def _is_shown(name: str, context: Context) -> bool:
    return not context.reachable or matches_any(name, context.reachable)


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise Problem(Code.BODY_TOO_LARGE, f"a file may have at most {limit} bytes")


async def _bounded(request: web.Request, limit: int) -> AsyncIterator[bytes]:
    """The body in pieces; a body that goes on past the limit ends in a problem, and nothing is stored."""
    length = 0
    async for piece in pieces_of(request, _PIECE):
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
