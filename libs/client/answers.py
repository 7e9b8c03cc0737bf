"""Answers of the API, read within bounds: JSON, problems, waits, and where the next page is."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp
from aiohttp import hdrs
from pydantic import BaseModel, ValidationError
from yarl import URL

from libs.client.errors import ApiProblem, Unavailable, UnknownAnswer

RecordT = TypeVar("RecordT", bound=BaseModel)

#: A page of 100 jobs, each with the longest lists the API takes, is about a third of this (bytes).
_LONGEST_ANSWER = 32 * 1024 * 1024
_LONGEST_DETAIL = 1000
_MOST_DIGITS = 18
_TRANSIENT = {429, 502, 503, 504}


async def json_of(response: aiohttp.ClientResponse) -> Any:
    """The body, decoded; `UnknownAnswer` for what is no JSON or too long to be an answer."""
    pieces, length = [], 0
    async for piece in response.content.iter_any():
        length += len(piece)
        if length > _LONGEST_ANSWER:
            raise UnknownAnswer("the answer is longer than any answer of the API")
        pieces.append(piece)
    try:
        return json.loads(b"".join(pieces))
    except (ValueError, RecursionError):
        raise UnknownAnswer("the answer is not JSON: is this the API?") from None


def record_of(kind: type[RecordT], value: object) -> RecordT:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        said = f"the answer is no {kind.__name__} as this client knows it ({where}): is this the API?"
        raise UnknownAnswer(said) from None


async def problem_of(response: aiohttp.ClientResponse) -> ApiProblem:
    """The error that the API tells, or that somebody else answered in its place."""
    status = response.status
    kind = Unavailable if status in _TRANSIENT else ApiProblem
    problem = kind(status, *await _told(response))
    if isinstance(problem, Unavailable):
        problem.retry_after = retry_after_of(response)
    return problem


async def _told(response: aiohttp.ClientResponse) -> tuple[str, str, str | None]:
    fields: object = None
    if response.content_type == "application/problem+json":
        try:
            fields = await json_of(response)
        except UnknownAnswer:
            fields = None
    if isinstance(fields, Mapping) and isinstance(fields.get("code"), str):
        field = fields.get("field")
        detail = str(fields.get("detail", ""))[:_LONGEST_DETAIL]
        return fields["code"], detail, field if isinstance(field, str) else None
    said = f"answered {response.status} {response.reason or ''}".rstrip()
    return f"http_{response.status}", f"{response.url.origin()} {said}: is this the API?", None


def retry_after_of(response: aiohttp.ClientResponse) -> float | None:
    """Seconds, from either form of the header (RFC 9110, 10.2.3)."""
    text = response.headers.get(hdrs.RETRY_AFTER, "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def total_of(response: aiohttp.ClientResponse) -> int:
    """How many there are of what the answer lists; 0 where it does not say."""
    text = response.headers.get("X-Total-Count", "")
    return int(text[:_MOST_DIGITS]) if text.isascii() and text.isdigit() else 0


def next_query(response: aiohttp.ClientResponse) -> dict[str, str] | None:
    """The query of the next page, None behind the last.

    Only the query is taken from the link: the path is the one asked for, so that a page never leads to
    another server and a proxy may serve the API below a path of its own.
    """
    link = response.links.get("next")
    url = None if link is None else link.get("url")
    return None if url is None else dict(URL(str(url)).query)
