"""Lists: a bare array a page, the next page in the ``Link`` header (RFC 8288), the cursor opaque."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from libs.common.ledger.cursors import is_cursor
from services.api.names import is_speakable
from services.api.problems import Code, Problem
from services.api.queries import PageQuery
from services.api.views import View, listed


@dataclass(frozen=True, slots=True)
class PageRequest:
    """``behind`` is where to go on, None for the first page."""

    limit: int
    behind: str | None


def page_request(query: PageQuery, is_key: Callable[[str], bool] | None = None) -> PageRequest:
    """What ``query`` asks for. ``is_key`` tells the list's own cursors from what a caller made up; without it
    the cursor is a marker of the storage, which alone can read it.
    """
    behind = None if query.cursor is None else _decoded(query.cursor)
    if behind is not None and not (is_key or is_speakable)(behind):
        raise Problem(Code.INVALID_CURSOR, field="cursor")
    return PageRequest(query.limit, behind)


def begins_with(prefix: str) -> Callable[[str], bool]:
    """Tells row keys that begin so; row keys are printable ASCII."""
    return lambda key: key.startswith(prefix) and key.isascii() and key.isprintable()


def of_list(is_key: Callable[[str], bool]) -> Callable[[str], bool]:
    """Tells the cursors of a list whose rows have these keys."""
    return lambda text: is_cursor(text, is_key)


def page_response(request: web.Request, items: Sequence[View], behind: str | None) -> web.Response:
    """``items`` and, if there are more behind the cursor ``behind``, the link to them."""
    headers = {}
    if behind is not None:
        cursor = base64.urlsafe_b64encode(behind.encode()).decode().rstrip("=")
        headers["Link"] = f'<{request.rel_url.update_query(cursor=cursor)}>; rel="next"'
    return listed(items, headers)


def _decoded(cursor: str) -> str:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise Problem(Code.INVALID_CURSOR, field="cursor") from None
