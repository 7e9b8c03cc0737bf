"""Lists: a bare array a page, the next page in the ``Link`` header (RFC 8288), the cursor opaque."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from services.api.problems import Code, Problem

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100
_LONGEST_CURSOR = 2048


@dataclass(frozen=True, slots=True)
class PageRequest:
    """``behind`` is the key to go on behind, None for the first page."""

    limit: int
    behind: str | None


def page_request(request: web.Request) -> PageRequest:
    """Read ``limit`` and ``cursor`` from the query."""
    text = request.query.get("limit", str(DEFAULT_LIMIT))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LARGEST_LIMIT:
        raise Problem(Code.INVALID_LIMIT, f"limit is a number from 1 to {LARGEST_LIMIT}", "limit")
    cursor = request.query.get("cursor")
    return PageRequest(int(text), None if cursor is None else _decoded(cursor))


def page_response(request: web.Request, items: Sequence[object], behind: str | None) -> web.Response:
    """``items`` and, if there are more behind the key ``behind``, the link to them."""
    headers = {}
    if behind is not None:
        cursor = base64.urlsafe_b64encode(behind.encode()).decode().rstrip("=")
        headers["Link"] = f'<{request.rel_url.update_query(cursor=cursor)}>; rel="next"'
    return web.json_response(list(items), headers=headers)


def _decoded(cursor: str) -> str:
    padded = cursor[:_LONGEST_CURSOR] + "=" * (-len(cursor) % 4)
    try:
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise Problem(Code.INVALID_CURSOR, field="cursor") from None
