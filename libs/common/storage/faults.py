"""One guard around every storage call: a deadline, and the SDKs' errors under our own names."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
)

from libs.common.errors import (
    AlreadyExists,
    AppError,
    Conflict,
    LeaseLost,
    NotFound,
    StorageForbidden,
    StorageRefused,
    StorageRejected,
    StorageUnavailable,
    TokenUnavailable,
)
from libs.common.patience import within
from libs.common.storage.identity import NoToken
from libs.telemetry.catalogue import STORAGE_CALLS
from libs.telemetry.tracing import SpanKind, span

#: Longest one storage operation may take, the SDK's own retries included (seconds).
CALL_SECONDS = 60.0
#: Longest one try to create a part of the deployment may take (seconds). A service repeats it at its start.
CREATE_SECONDS = 5.0
#: Longest part of a network error's own words in ours (characters).
_LONGEST_WORDS = 200

#: How the queue service says "not yours any more": Azurite answers 400 PopReceiptMismatch, the service
#: often 404 MessageNotFound, for the same stale receipt.
_LOST = {"PopReceiptMismatch", "MessageNotFound"}
_ABSENT = {
    "ResourceNotFound",
    "EntityNotFound",
    "BlobNotFound",
    "ContainerNotFound",
}
#: Our own table or queue is gone: the deployment is broken, and that is never "there is no such row".
_BROKEN = {"QueueNotFound", "TableNotFound"}
#: The codes that mean "it exists". The SDKs raise the same `ResourceExistsError` for every 409.
_PRESENT = {
    "BlobAlreadyExists",
    "ContainerAlreadyExists",
    "EntityAlreadyExists",
    "QueueAlreadyExists",
    "ResourceAlreadyExists",
    "TableAlreadyExists",
}
_UNMET = {"UpdateConditionNotSatisfied", "ConditionNotMet", "TargetConditionNotMet"}


#: What each error is called where calls are counted. Any other is its caller's own, after an answer.
_RESULTS: dict[type[BaseException], str] = {
    AlreadyExists: "already_exists",
    Conflict: "conflict",
    LeaseLost: "lease_lost",
    NotFound: "not_found",
    StorageForbidden: "forbidden",
    StorageRefused: "rejected",
    StorageRejected: "rejected",
    StorageUnavailable: "unavailable",
    TokenUnavailable: "no_token",
}


@asynccontextmanager
async def storage_call(operation: str, seconds: float = CALL_SECONDS) -> AsyncIterator[None]:
    """Bound what is done inside to ``seconds`` and translate its errors into the project's tree.
    ``operation`` is one of `libs.telemetry.catalogue.OPERATIONS`: what calls are counted by.

    After `StorageUnavailable` the operation may have been carried out all the same.
    """
    began, result = time.monotonic(), "ok"
    try:
        with span(f"storage: {operation}", SpanKind.CLIENT):
            try:
                async with within(seconds):
                    yield
            except TimeoutError as error:
                raise StorageUnavailable(f"{operation}: no answer within {seconds:g} s") from error
            except AzureError as error:
                raise _named(operation, error) from error
    except asyncio.CancelledError:
        result = "cancelled"
        raise
    except AppError as error:
        result = _RESULTS.get(type(error), "ok")
        raise
    finally:
        STORAGE_CALLS.record(time.monotonic() - began, operation, result)


def _named(operation: str, error: AzureError) -> AppError:
    if isinstance(error, NoToken):
        return TokenUnavailable(f"{operation}: no token for storage: {error.message}")
    code = getattr(error, "error_code", None) or ""
    code = str(getattr(code, "value", code))  # the SDKs give the members of their enums, or plain text
    status = getattr(error, "status_code", None)
    said = f"{operation}: {code or type(error).__name__} ({status or _unanswered(error)})"
    kinds: tuple[tuple[bool, type[AppError]], ...] = (
        (code in _LOST, LeaseLost),
        (code in _BROKEN or code.endswith("BeingDeleted"), StorageUnavailable),
        (status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}, StorageForbidden),
        (code.startswith("Lease"), StorageRefused),
        (
            code in _UNMET
            or isinstance(error, ResourceModifiedError)
            or status == HTTPStatus.PRECONDITION_FAILED,
            Conflict,
        ),
        (code in _PRESENT, AlreadyExists),
        (bool(code) and status == HTTPStatus.CONFLICT, StorageRefused),
        (code in _ABSENT or isinstance(error, ResourceNotFoundError), NotFound),
        (isinstance(error, HttpResponseError) and _is_our_fault(status), StorageRejected),
    )
    return next((kind(said) for holds, kind in kinds if holds), StorageUnavailable(said))


def _unanswered(error: AzureError) -> str:
    """Why there is no answer. A network error names the host and port that were tried, and no secret."""
    if not isinstance(error, ServiceRequestError):
        return "no answer"
    return f"no answer: {' '.join(error.message.split())[:_LONGEST_WORDS]}"


def _is_our_fault(status: int | None) -> bool:
    # 408, 409 without a code and 429 pass.
    return (
        status is not None
        and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        and status not in {408, 409, 429}
    )
