"""What a request may say in its query. What it says beside that is not looked at."""

import re
from typing import Annotated, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from libs.common.ledger.records import FileStatus, JobStatus
from libs.jobs.messages import LONGEST_NAME
from services.api.problems import Code, Problem, of_validation
from services.api.requests import Speakable

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100
#: A storage marker or row key of a name of 1,024 characters, percent-encoded and then in Base64; below the
#: 8,190 bytes that the HTTP server takes for a request line.
_LONGEST_CURSOR = 6000
_NUMBER = re.compile(r"[0-9]{1,6}")
#: Fields whose faults have a code of their own.
_CODES = {"limit": Code.INVALID_LIMIT, "cursor": Code.INVALID_CURSOR, "status": Code.INVALID_STATUS}


def _digits(text: object) -> object:
    if isinstance(text, str) and not _NUMBER.fullmatch(text):
        msg = "a number in digits"
        raise ValueError(msg)
    return text


Limit = Annotated[int, Field(ge=1, le=LARGEST_LIMIT), BeforeValidator(_digits)]


def _is_said(text: object) -> object:
    if isinstance(text, str) and text not in {"true", "false"}:
        msg = "true or false"
        raise ValueError(msg)
    return text


Flag = Annotated[bool, BeforeValidator(_is_said)]
#: Base64 for URLs, without padding.
Cursor = Annotated[str, Field(max_length=_LONGEST_CURSOR, pattern=r"^[A-Za-z0-9_-]+$")]
Start = Annotated[str, Field(max_length=LONGEST_NAME)]


class Query(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class PageQuery(Query):
    """One page of a list."""

    limit: Limit = DEFAULT_LIMIT
    """So many at most; a page may be shorter, even empty, and yet have a next."""
    cursor: Cursor | None = None
    """From the `Link` header of the page before."""


class JobsQuery(PageQuery):
    status: JobStatus | None = None


class FilesQuery(PageQuery):
    status: FileStatus | None = None
    folder: Start = ""
    """What names begin with."""
    repairs: Flag = False
    """Only files worth a look: the engine lost codes of theirs, which were put back."""
    format: Literal["json", "csv"] = "json"
    """`csv` is every file task at once, streamed; then `limit` and `cursor` mean nothing."""


class BlobsQuery(PageQuery):
    prefix: Annotated[Start, Speakable] = ""
    """What names begin with."""


class LanguagesQuery(Query):
    engine: Annotated[str, Field(max_length=50)] | None = None
    """One of `GET /engines`; absent, the default."""


class LettersQuery(Query):
    limit: Limit = DEFAULT_LIMIT
    """So many of each queue, and 32 at most."""


QueryT = TypeVar("QueryT", bound=Query)


def query_of(request: web.Request, kind: type[QueryT]) -> QueryT:
    """The query as ``kind`` has it. Of a field that is given twice the first counts."""
    given = {name: request.query[name] for name in kind.model_fields if name in request.query}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        problem = of_validation(error)
        code = _CODES.get(problem.field or "")
        if code is None:
            raise problem from None
        said = problem.detail if code is Code.INVALID_STATUS else ""
        raise Problem(code, said, problem.field) from None
