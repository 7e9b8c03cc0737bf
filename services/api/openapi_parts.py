"""The parts of the reference that no model has: headers, path parameters, keys, what any call may meet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from libs.jobs.messages import LONGEST_NAME, JobId
from services.api.access.callers import Role
from services.api.access.entra import ROLES
from services.api.names import CONTAINER_NAME, LONGEST_CONTAINER, SHORTEST_CONTAINER, SPEAKABLE
from services.api.problems import Code

Document = dict[str, Any]
REF = "#/components/schemas/"


def errors_about(codes: Iterable[Code]) -> str:
    """The errors, each with what the caller can do, as a list in Markdown."""
    return "\n".join(f"- `{code.text}`: {code.advice}" for code in codes)


@dataclass(frozen=True, slots=True)
class Everywhere:
    """Errors of every call, and those of calls that change something."""

    reading: frozenset[Code]
    writing: frozenset[Code]


_OURS = frozenset({Code.INTERNAL_ERROR, Code.STARTING, Code.STORAGE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Access:
    """How callers are told apart: the errors that come of it, how a credential is sent, and by which word it
    opens what.
    """

    codes: Everywhere
    schemes: Mapping[str, Document]
    words: Mapping[Role, str]


_BEARER = {"type": "http", "scheme": "bearer"}
_KEYS_SAY = "An API key. One of the scope `read` only reads, one of `write` does everything."
_ROLES_SAY = (
    "An access token of Microsoft Entra ID for this API. The app role `Jobs.Read` reads, `Jobs.Write` also "
    "changes, `Jobs.Admin` also deletes jobs, and replays and deletes dead letters."
)
#: By `API_AUTH`.
ACCESS: Mapping[str, Access] = {
    "none": Access(Everywhere(_OURS | {Code.HOST_NOT_ALLOWED}, frozenset({Code.ORIGIN_NOT_ALLOWED})), {}, {}),
    "api-key": Access(
        Everywhere(_OURS | {Code.UNAUTHENTICATED}, frozenset({Code.FORBIDDEN})),
        {
            "bearer": {**_BEARER, "description": _KEYS_SAY},
            "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The same key."},
        },
        {Role.READ: "read", Role.WRITE: "write", Role.ADMIN: "write"},
    ),
    "entra": Access(
        Everywhere(
            _OURS | {Code.UNAUTHENTICATED, Code.INVALID_TOKEN, Code.FORBIDDEN, Code.IDENTITY_UNAVAILABLE},
            frozenset(),
        ),
        {"bearer": {**_BEARER, "bearerFormat": "JWT", "description": _ROLES_SAY}},
        ROLES,
    ),
}

HEADERS: Mapping[str, Document] = {
    "ETag": {"description": "The version of what is answered.", "schema": {"type": "string"}},
    "X-Total-Count": {
        "description": "How many there are, with those that are not shown; approximate, never fewer.",
        "schema": {"type": "integer"},
    },
    "Link": {"description": 'The next page, with `rel="next"` (RFC 8288).', "schema": {"type": "string"}},
    "Location": {"description": "Where it is.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds after which to look again; not there once the job has ended.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "Content-Disposition": {"description": "The file's own name.", "schema": {"type": "string"}},
}

_CHALLENGE: Document = {
    "description": "`Bearer`, with `error` (RFC 6750) if a credential was sent, `scope` if another would do.",
    "schema": {"type": "string"},
}
#: Headers of errors, by status.
ERROR_HEADERS: Mapping[int, Document] = {
    401: {"WWW-Authenticate": {**_CHALLENGE, "required": True}},
    403: {"WWW-Authenticate": {**_CHALLENGE, "required": False}},
    503: {
        "Retry-After": {
            "description": "Seconds after which to try again.",
            "schema": {"type": "integer", "minimum": 1},
            "required": True,
        },
    },
}

REQUEST_HEADERS: Mapping[str, tuple[str, Document]] = {
    "Idempotency-Key": (
        "The same request under the same key within 24 hours is one job.",
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"},
    ),
    "If-None-Match": (
        "The `ETag` of the answer before; what has not changed is not sent.",
        {"type": "string"},
    ),
}

PATH_PARAMETERS: Mapping[str, tuple[str, Document]] = {
    "job_id": ("The job's id.", TypeAdapter(JobId).json_schema()),
    "file": (
        "The file's `id` in the job's list of files.",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
    ),
    "letter": ("The letter's id.", {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}),
    "container": (
        "The container's name.",
        {
            "type": "string",
            "minLength": SHORTEST_CONTAINER,
            "maxLength": LONGEST_CONTAINER,
            "pattern": f"^{CONTAINER_NAME}$",
        },
    ),
    "name": (
        "The file's name. Slashes may stand as they are; no `.` or `..` may stand between two.",
        {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "pattern": SPEAKABLE},
    ),
}

ABOUT = {
    "title": "Batch Translation",
    "version": "1",
    "description": (
        "A container full of documents in, its translation out.\n\n"
        "Times are RFC 3339 in UTC. A list is a bare array; the next page is in the `Link` header. "
        "Every error is `application/problem+json` (RFC 9457) with a stable `code`:\n\n" + errors_about(Code)
    ),
}
