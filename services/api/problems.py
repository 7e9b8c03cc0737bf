"""Errors as people and programs read them: `application/problem+json` (RFC 9457) with a stable code."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Literal

import structlog
from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from libs.common.errors import AppError, Conflict, StorageRefused, StorageRejected
from libs.common.language import LANGUAGE_TAG

_log = structlog.get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Seconds after which a client may ask again when storage is away.
RETRY_AFTER = 5


class Code(Enum):
    """Every error the API answers with: its HTTP status, and what the caller can do. Printed in docs."""

    INVALID_JSON = (400, "Send a JSON object.")
    BROKEN_BODY = (400, "The body broke off, or is not framed as it should be; send it again.")
    UNAUTHENTICATED = (
        401,
        "Send an API key or a token, as `Authorization: Bearer <it>`; a key also as `X-Api-Key: <key>`.",
    )
    INVALID_TOKEN = (401, "Get a new token for this API; the detail says what is wrong with this one.")
    FORBIDDEN = (403, "The key's scope or the token's app roles do not allow it; the detail says what does.")
    ORIGIN_NOT_ALLOWED = (
        403,
        "A page of this origin may not call; CORS_ALLOWED_ORIGINS names those that may.",
    )
    CONTAINER_NOT_ALLOWED = (403, "This deployment's allow-list does not have the container.")
    NOT_FOUND = (404, "There is nothing at this path.")
    JOB_NOT_FOUND = (404, "There is no such job; ids come from the answer to `POST /batch/jobs`.")
    CONTAINER_NOT_FOUND = (404, "Create the container, or name another.")
    FILE_NOT_FOUND = (404, "There is no such file in the container.")
    LETTER_NOT_FOUND = (404, "There is no such dead letter; `GET /batch/dead-letters` lists them.")
    METHOD_NOT_ALLOWED = (405, "The path exists, but not with this method; `Allow` names those it has.")
    BODY_TOO_SLOW = (408, "Send a JSON body within a minute, and a file without a pause of one.")
    JOB_RUNNING = (409, "The job still runs; wait for its end, or cancel it.")
    NOTHING_TO_RETRY = (409, "Nothing of the job has failed, or it did not end by itself; post it again.")
    JOB_ENDED = (409, "The job has ended; what was asked for is possible only while it runs.")
    CONFLICT = (409, "Something else changed the job at the same moment; look at it and ask again.")
    STORAGE_REFUSED = (
        409,
        "Storage refuses this because of the file's state: archived, leased, under a policy; see the detail.",
    )
    BODY_TOO_LARGE = (413, "Send less; the detail says how much is accepted.")
    UNSUPPORTED_ENCODING = (415, "Send the body as it is, without `Content-Encoding`.")
    HOST_NOT_ALLOWED = (421, "Call the API by a name it knows: `localhost`, or one in API_ALLOWED_HOSTS.")
    IDEMPOTENCY_KEY_REUSED = (422, "The key was used for another request; choose a new one.")
    MISSING_FIELD = (422, "Add the field.")
    UNKNOWN_FIELD = (422, "Remove the field, or correct its name.")
    INVALID_FIELD = (422, "Correct the field; the detail says what is expected.")
    INVALID_LIMIT = (422, "`limit` is a number from 1 to 100.")
    INVALID_CURSOR = (422, "Follow the `Link` header of the page before, as it is.")
    INVALID_STATUS = (422, "`status` is one of those the detail lists.")
    INVALID_CONTAINER_NAME = (422, "3 to 63 lower-case letters, digits and single hyphens.")
    INVALID_FILE_NAME = (
        422,
        "1 to 1,024 characters, no control characters, and no `.` or `..` between slashes.",
    )
    RESERVED_NAME = (422, "The name belongs to Azure's own services; choose another.")
    SAME_CONTAINER = (422, "Write to another container, or below a `target_prefix` outside `prefix`.")
    NOTIFY_HOST_NOT_ALLOWED = (422, "Notify a host that NOTIFY_ALLOWED_HOSTS has, or nobody.")
    UNSUPPORTED_DIRECTION = (422, "Choose a pair that `GET /languages` lists.")
    INTERNAL_ERROR = (500, "A fault of ours; the log has the details.")
    TOO_BUSY = (503, "As many of these run as may at once; try again after `Retry-After` seconds.")
    IDENTITY_UNAVAILABLE = (
        503,
        "Microsoft Entra ID does not say which keys sign its tokens; try again after `Retry-After` seconds.",
    )
    STARTING = (
        503,
        "Storage has not answered since the API started; try again after `Retry-After` seconds.",
    )
    STORAGE_UNAVAILABLE = (503, "Try again after `Retry-After` seconds.")

    @property
    def status(self) -> int:
        return self.value[0]

    @property
    def advice(self) -> str:
        return self.value[1]

    @property
    def text(self) -> str:
        return self.name.lower()


class ProblemView(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    code: str
    """Stable; programs go by it."""
    detail: str
    """For people."""
    field: str | None = None
    """What of the request it is about."""


@dataclass
class Problem(Exception):
    """One thing that is wrong with a request, or with us."""

    code: Code
    detail: str = ""
    field: str | None = None
    headers: Mapping[str, str] | None = None

    def response(self) -> web.Response:
        body = ProblemView(
            title=HTTPStatus(self.code.status).phrase,
            status=self.code.status,
            code=self.code.text,
            detail=self.detail or self.code.advice,
            field=self.field,
        )

        return web.json_response(
            body.model_dump(exclude_none=True),
            status=self.code.status,
            headers=self.headers,
            content_type="application/problem+json",
        )


def of_validation(error: ValidationError) -> Problem:
    """The first fault of a body, by the name of its field."""
    fault = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in fault["loc"]) or fault.get("ctx", {}).get("field")
    codes = {"missing": Code.MISSING_FIELD, "extra_forbidden": Code.UNKNOWN_FIELD}
    code = codes.get(fault["type"], Code.INVALID_FIELD)
    if fault.get("ctx", {}).get("pattern") == LANGUAGE_TAG:
        return Problem(code, "a language is named by its tag, such as es, pt-BR or zh-Hans", field)
    return Problem(code, fault["msg"].removeprefix("Value error, "), field)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error leaves as a problem; nothing of our insides is told."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as error:
        return _of_http(error).response()
    except AppError as error:
        return _of_storage(error, request.path).response()
    except Exception:  # noqa: BLE001 - the last resort of every request
        _log.exception("request failed", path=request.path)
        return Problem(Code.INTERNAL_ERROR).response()


def _of_storage(error: AppError, path: str) -> Problem:
    if isinstance(error, Conflict):
        return Problem(Code.CONFLICT)
    if isinstance(error, StorageRefused):
        return Problem(Code.STORAGE_REFUSED, f"storage refuses this: {error}")
    if isinstance(error, StorageRejected):
        _log.warning("storage rejected a request", path=path, error=str(error))
        said = "storage cannot take this: a name, a prefix or a cursor in the request is none that it accepts"
        return Problem(Code.INVALID_FIELD, said)
    _log.warning("storage unavailable", path=path, error=str(error))
    headers = {"Retry-After": str(RETRY_AFTER)}
    return Problem(Code.STORAGE_UNAVAILABLE, "Storage does not answer; try again shortly.", headers=headers)


def _of_http(error: web.HTTPException) -> Problem:
    """Aiohttp's own refusals. Anything that is no error of the caller's goes on as it is."""
    match error:
        case web.HTTPNotFound():
            return Problem(Code.NOT_FOUND)
        case web.HTTPMethodNotAllowed(allowed_methods=allowed):
            return Problem(Code.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(sorted(allowed))})
        case web.HTTPRequestEntityTooLarge():
            return Problem(Code.BODY_TOO_LARGE, error.text or "")
    raise error
