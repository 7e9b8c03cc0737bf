"""What the SDKs raise, under our own names."""

import asyncio
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
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
from libs.common.storage.faults import storage_call
from libs.common.storage.identity import NoToken


class SdkCode(Enum):
    LOST = "PopReceiptMismatch"


def refusal(status: int, code: object, kind: type[HttpResponseError] = HttpResponseError) -> AzureError:
    response: Any = SimpleNamespace(status_code=status, reason="", headers={}, content_type="", text=str)
    error = kind(message="said by the service", response=response)
    error.error_code = code  # type: ignore[attr-defined]  # the storage SDKs set it
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refusal(400, SdkCode.LOST), LeaseLost),
        (refusal(404, "MessageNotFound", ResourceNotFoundError), LeaseLost),
        (refusal(412, "UpdateConditionNotSatisfied"), Conflict),
        (refusal(409, "EntityAlreadyExists", ResourceExistsError), AlreadyExists),
        (refusal(409, "TableAlreadyExists", ResourceExistsError), AlreadyExists),
        (refusal(409, "QueueBeingDeleted", ResourceExistsError), StorageUnavailable),
        (refusal(409, "BlobArchived", ResourceExistsError), StorageRefused),
        (refusal(409, "BlobBeingRehydrated", ResourceExistsError), StorageRefused),
        (refusal(409, "BlobImmutableDueToPolicy", ResourceExistsError), StorageRefused),
        (refusal(409, "ResourceTypeMismatch", ResourceExistsError), StorageRefused),
        (refusal(409, "LeaseIdMismatchWithLeaseOperation", ResourceExistsError), StorageRefused),
        (refusal(412, "LeaseIdMissing", ResourceModifiedError), StorageRefused),
        (refusal(412, "ConditionNotMet", ResourceModifiedError), Conflict),
        (refusal(409, None, ResourceExistsError), StorageUnavailable),
        (refusal(404, "ResourceNotFound", ResourceNotFoundError), NotFound),
        (refusal(404, "TableNotFound", ResourceNotFoundError), StorageUnavailable),
        (refusal(403, "AuthorizationPermissionMismatch"), StorageForbidden),
        (refusal(401, None), StorageForbidden),
        (refusal(400, "InvalidInput"), StorageRejected),
        (refusal(429, None), StorageUnavailable),
        (refusal(503, "ServerBusy"), StorageUnavailable),
        (ServiceRequestError("no route"), StorageUnavailable),
        (NoToken("AADSTS70021"), TokenUnavailable),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
async def test_each_refusal_has_one_name(error: AzureError, kind: type[AppError]) -> None:
    with pytest.raises(kind) as raised:
        async with storage_call("something"):
            raise error
    assert type(raised.value) is kind
    assert "something" in str(raised.value)


async def test_a_call_without_an_answer_ends_at_its_deadline_and_proves_nothing() -> None:
    with pytest.raises(StorageUnavailable, match=r"no answer within 0\.01 s"):
        async with storage_call("something", 0.01):
            await asyncio.Event().wait()
