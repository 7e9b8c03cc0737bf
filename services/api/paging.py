"""Lists: a bare array a page, the next page in the ``Link`` header (RFC 8288), the cursor opaque."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from services.api.problems import Code, Problem

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100
#: A storage marker or row key of a name of 1,024 characters, percent-encoded and then in Base64; below the
#: 8,190 bytes that the HTTP server takes for a request line.
_LONGEST_CURSOR = 6000
_NUMBER = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """``behind`` is the key to go on behind, None for the first page."""

    limit: int
    behind: str | None


def page_request(request: web.Request, is_key: Callable[[str], bool] | None = None) -> PageRequest:
    """Read ``limit`` and ``cursor`` from the query. ``is_key`` tells the list's own keys from what a caller
    made up; without it the cursor is a marker of the storage, which alone can read it.
    """
    text = request.query.get("limit", str(DEFAULT_LIMIT))
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= LARGEST_LIMIT:
        raise Problem(Code.INVALID_LIMIT, f"limit is a number from 1 to {LARGEST_LIMIT}", "limit")
    cursor = request.query.get("cursor")
    behind = None if cursor is None else _decoded(cursor)
    if behind is not None and is_key is not None and not is_key(behind):
        raise Problem(Code.INVALID_CURSOR, field="cursor")
    return PageRequest(int(text), behind)


def begins_with(prefix: str) -> Callable[[str], bool]:
    """Tells row keys that begin so; row keys are printable ASCII."""
    return lambda key: key.startswith(prefix) and key.isascii() and key.isprintable()


def page_response(request: web.Request, items: Sequence[object], behind: str | None) -> web.Response:
    """``items`` and, if there are more behind the key ``behind``, the link to them."""
    headers = {}
    if behind is not None:
        cursor = base64.urlsafe_b64encode(behind.encode()).decode().rstrip("=")
        headers["Link"] = f'<{request.rel_url.update_query(cursor=cursor)}>; rel="next"'
    return web.json_response(list(items), headers=headers)


def _decoded(cursor: str) -> str:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        decoded = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise Problem(Code.INVALID_CURSOR, field="cursor") from None
    if len(cursor) > _LONGEST_CURSOR:
        raise Problem(Code.INVALID_CURSOR, field="cursor")
    return decoded
