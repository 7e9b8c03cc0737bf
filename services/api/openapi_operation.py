"""How an operation is described: the words that the table of operations is written in."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from services.api.access.callers import Role
from services.api.problems import Code
from services.api.queries import Query

#: Anything a file may be made of.
ANY_BYTES = "application/octet-stream"
Header = Literal["ETag", "Link", "Location", "Retry-After", "Content-Disposition", "X-Total-Count"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a ``view`` (a list of them if ``many``), a body of the type ``media``, either, or neither.

    Headers in ``always`` are in each such answer, those in ``may`` in some.
    """

    status: int
    says: str
    view: type[BaseModel] | None = None
    many: bool = False
    media: str | None = None
    always: tuple[Header, ...] = ()
    may: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A route. ``codes`` are the errors it can meet beside those that every route can (`openapi`);
    ``role`` is what a caller needs, where that does not follow from the method.

    ``body`` is a model, or the media type of a body that is taken as it is. ``headers`` are of the request.
    """

    tag: str
    summary: str
    answers: tuple[Answer, ...]
    codes: tuple[Code, ...] = ()
    query: type[Query] | None = None
    body: type[BaseModel] | str | None = None
    body_required: bool = True
    headers: tuple[Literal["Idempotency-Key", "If-None-Match"], ...] = ()
    role: Role | None = None
