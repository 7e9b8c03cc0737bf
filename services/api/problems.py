"""Errors as people and programs read them: `application/problem+json` (RFC 9457) with a stable code."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiohttp import web
from pydantic import ValidationError

from libs.common.errors import StorageUnavailable

_log = structlog.get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Seconds after which a client may ask again when storage is away.
_RETRY_AFTER = 5


@dataclass(frozen=True)
class Problem(Exception):
    """One thing that is wrong with a request, or with us. ``detail`` says what to do."""

    status: int
    code: str
    detail: str
    field: str | None = None

    def response(self) -> web.Response:
        body = {
            "type": "about:blank",
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.field is not None:
            body["field"] = self.field
        headers = (
            {"Retry-After": str(_RETRY_AFTER)}
            if self.status == web.HTTPServiceUnavailable.status_code
            else {}
        )
        return web.json_response(
            body, status=self.status, headers=headers, content_type="application/problem+json"
        )


def invalid(code: str, detail: str, field: str | None = None) -> Problem:
    return Problem(422, code, detail, field)


def of_validation(error: ValidationError) -> Problem:
    """The first fault of a body, by the name of its field."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in fault["loc"]) or None
    codes = {"missing": "missing_field", "extra_forbidden": "unknown_field"}
    return invalid(
        codes.get(fault["type"], "invalid_field"), fault["msg"].removeprefix("Value error, "), field
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error leaves as a problem; nothing of our insides is told."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code:
            raise
        return Problem(error.status, error.reason.lower().replace(" ", "_"), error.reason).response()
    except StorageUnavailable as error:
        _log.warning("storage unavailable", path=request.path, error=str(error))
        return Problem(503, "storage_unavailable", "Storage does not answer; try again shortly.").response()
    except Exception:  # noqa: BLE001 - the last resort of every request
        _log.exception("request failed", path=request.path)
        return Problem(
            500, "internal_error", "Something broke on our side; the log has the details."
        ).response()
