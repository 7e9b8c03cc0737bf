"""Bodies: JSON, read and checked against its model, and what every body has to keep to."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError

from services.api.problems import Code, Problem, of_validation

_Body = TypeVar("_Body", bound=BaseModel)
#: Longest a JSON body may take (seconds); it has 1 MiB at most, so 18 KB/s is fast enough.
_BODY_SECONDS = 60.0
#: Entries of one list or object: as many as a job may have files or terms, which are the longest lists.
_MOST_ENTRIES = 1000
#: Characters of a field's name that an answer repeats.
_LONGEST_FIELD = 200
#: Longest a file may stand still on its way in (seconds).
_PIECE_SECONDS = 60.0
#: What reading a body raises when the transfer makes no sense, or the caller has gone.
BROKEN = (web.RequestPayloadError, ConnectionError)


async def body_of(request: web.Request, kind: type[_Body], *, required: bool = True) -> _Body:
    """The body as its model. One that is not ``required`` may be empty, which says nothing."""
    if not required and not request.can_read_body:
        return kind()
    body = await _json(request)
    if not isinstance(body, dict):
        raise Problem(Code.INVALID_JSON, "the body is not a JSON object")
    _check_counts(body, kind)
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise of_validation(error) from None


def _check_counts(body: dict[str, Any], kind: type[BaseModel]) -> None:
    """Refuse more entries than any model takes, because the model would describe the fault of each."""
    if len(body) > len(kind.model_fields):
        unknown = next(name for name in body if name not in kind.model_fields)
        raise Problem(Code.UNKNOWN_FIELD, "Extra inputs are not permitted", unknown[:_LONGEST_FIELD])
    for name, value in body.items():
        if isinstance(value, list | dict) and len(value) > _MOST_ENTRIES:
            detail = f"{len(value)} entries; at most {_MOST_ENTRIES} are accepted"
            raise Problem(Code.INVALID_FIELD, detail, name[:_LONGEST_FIELD])


async def pieces_of(request: web.Request, size: int) -> AsyncIterator[bytes]:
    """A body of any size as it comes, in pieces of ``size`` bytes at most; a problem when it does not."""
    pieces = request.content.iter_chunked(size)
    while True:
        try:
            async with asyncio.timeout(_PIECE_SECONDS):
                piece = await anext(pieces, b"")
        except TimeoutError:
            raise Problem(Code.BODY_TOO_SLOW) from None
        except BROKEN:
            raise Problem(Code.BROKEN_BODY) from None
        if not piece:
            return
        yield piece


def check_encoding(request: web.Request) -> None:
    """A compressed body is refused: one that ends too early would be taken for a whole one."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
        raise Problem(Code.UNSUPPORTED_ENCODING)


async def _json(request: web.Request) -> Any:
    """In UTF-8, as JSON is (RFC 8259): some of the charsets that a caller may name take minutes to decode."""
    check_encoding(request)
    if request.charset not in {None, "utf-8", "utf8", "us-ascii"}:
        raise Problem(Code.INVALID_JSON, "the body is not in UTF-8")
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            data = await request.read()
    except TimeoutError:
        raise Problem(Code.BODY_TOO_SLOW) from None
    except BROKEN:
        raise Problem(Code.BROKEN_BODY) from None
    try:
        return json.loads(data.decode())
    except (ValueError, RecursionError):
        # Neither JSON nor text, or a number of thousands of digits.
        raise Problem(Code.INVALID_JSON, "the body is not JSON") from None
