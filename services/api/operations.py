"""Every route of the API as the reference tells it: what goes in, what comes out, which errors can be met.

A route below ``/api/v1`` that is not in this table, or an answer that is not as the table says, fails a test.
"""

from collections.abc import Mapping
from typing import Literal

from services.api.access.callers import Role
from services.api.catalog import EngineView, FormatView, LanguagesView
from services.api.containers import BlobView, ContainerView, UploadedView
from services.api.dead_letters import LetterView, ReplayedView
from services.api.estimates import EstimateView
from services.api.openapi_operation import ANY_BYTES, Answer, Operation
from services.api.problems import Code
from services.api.queries import BlobsQuery, FilesQuery, JobsQuery, LanguagesQuery, LettersQuery, PageQuery
from services.api.requests import JobRequest, RetryRequest
from services.api.status import StatusView
from services.api.views import FileView, JobView, View

#: Methods that change nothing.
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ProbeView(View):
    status: Literal["ok", "ready"]


class UnreadyView(View):
    status: Literal["unavailable"]
    reason: str
    """What storage says, `timeout`, or what the API waits for since its start."""


_JOB = "/api/v1/batch/jobs/{job_id}"
_LETTERS = "/api/v1/batch/dead-letters"
_CONTAINER = "/api/v1/batch/containers/{container}"
_FILE = _CONTAINER + "/files/{name}"

_PAGE = (Code.INVALID_LIMIT, Code.INVALID_CURSOR)
_NAMED = (Code.INVALID_CONTAINER_NAME, Code.RESERVED_NAME, Code.CONTAINER_NOT_ALLOWED)
_JSON = (
    Code.INVALID_JSON, Code.BROKEN_BODY, Code.BODY_TOO_SLOW, Code.BODY_TOO_LARGE, Code.UNSUPPORTED_ENCODING,
)  # fmt: skip
_BODY = (
    *_JSON, Code.MISSING_FIELD, Code.UNKNOWN_FIELD, Code.INVALID_FIELD,
    Code.SAME_CONTAINER, Code.UNSUPPORTED_DIRECTION, Code.NOTIFY_HOST_NOT_ALLOWED, Code.CONTAINER_NOT_FOUND,
    *_NAMED,
)  # fmt: skip
_RETRY = (
    Code.JOB_NOT_FOUND, Code.JOB_RUNNING, Code.NOTHING_TO_RETRY, Code.CONFLICT, *_JSON,
    Code.UNKNOWN_FIELD, Code.INVALID_FIELD,
)  # fmt: skip
_BLOB = (*_NAMED, Code.INVALID_FILE_NAME, Code.INVALID_FIELD, Code.STORAGE_REFUSED)
_REOPENED = (
    Answer(202, "The job, queued again.", JobView),
    Answer(200, "In synchronous mode: the job, ended again.", JobView),
)

OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("POST", "/api/v1/batch/jobs"): Operation(
        "jobs",
        "Post a job",
        (
            Answer(202, "The job, accepted.", JobView, always=("Location",)),
            Answer(
                200,
                "The ended job: in synchronous mode, or for a repeated key.",
                JobView,
                always=("Location",),
            ),
        ),
        (*_BODY, Code.IDEMPOTENCY_KEY_REUSED, Code.CONFLICT),
        body=JobRequest,
        headers=("Idempotency-Key",),
    ),
    ("GET", "/api/v1/batch/jobs"): Operation(
        "jobs",
        "List the jobs, newest first",
        (Answer(200, "A page of jobs.", JobView, many=True, may=("Link",)),),
        (*_PAGE, Code.INVALID_STATUS),
        query=JobsQuery,
    ),
    ("GET", _JOB): Operation(
        "jobs",
        "Look at a job",
        (
            Answer(200, "The job as it stands.", JobView, always=("ETag",), may=("Retry-After",)),
            Answer(304, "It is as `If-None-Match` has it.", always=("ETag",), may=("Retry-After",)),
        ),
        (Code.JOB_NOT_FOUND,),
        headers=("If-None-Match",),
    ),
    ("GET", _JOB + "/files"): Operation(
        "jobs",
        "List a job's files, or all of them as CSV",
        (Answer(200, "A page of files.", FileView, many=True, media="text/csv", may=("Link",)),),
        (*_PAGE, Code.INVALID_STATUS, Code.INVALID_FIELD, Code.JOB_NOT_FOUND),
        query=FilesQuery,
    ),
    ("POST", _JOB + "/cancel"): Operation(
        "jobs",
        "Cancel a job",
        (Answer(202, "The job; asking twice is asking once.", JobView),),
        (Code.JOB_NOT_FOUND, Code.JOB_ENDED, Code.CONFLICT),
    ),
    ("POST", _JOB + "/retry"): Operation(
        "jobs", "Retry a job's failed files", _REOPENED, _RETRY, body=RetryRequest, body_required=False
    ),
    ("POST", _JOB + "/files/{file}/retry"): Operation(
        "jobs",
        "Retry one failed file",
        _REOPENED,
        (*_RETRY, Code.FILE_NOT_FOUND),
        body=RetryRequest,
        body_required=False,
    ),
    ("DELETE", _JOB): Operation(
        "jobs",
        "Delete an ended job",
        (Answer(204, "It is gone."),),
        (Code.JOB_NOT_FOUND, Code.JOB_RUNNING, Code.CONFLICT),
        role=Role.ADMIN,
    ),
    ("POST", "/api/v1/batch/estimates"): Operation(
        "jobs",
        "Tell what such a job would do",
        (Answer(200, "What is known after 20 seconds at most.", EstimateView),),
        (*_BODY, Code.TOO_BUSY),
        body=JobRequest,
    ),
    ("GET", _LETTERS): Operation(
        "dead-letters",
        "List what was given up",
        (Answer(200, "The oldest letters, queue by queue.", LetterView, many=True, may=("X-Total-Count",)),),
        (Code.INVALID_LIMIT,),
        query=LettersQuery,
    ),
    ("POST", _LETTERS + "/{letter}/replay"): Operation(
        "dead-letters",
        "Try the file of a letter again",
        (Answer(200, "The letter is gone.", ReplayedView),),
        (Code.LETTER_NOT_FOUND, Code.JOB_RUNNING, Code.NOTHING_TO_RETRY, Code.CONFLICT),
        role=Role.ADMIN,
    ),
    ("DELETE", _LETTERS): Operation(
        "dead-letters",
        "Delete all letters",
        (Answer(204, "They are gone."),),
        (Code.CONFLICT,),
        role=Role.ADMIN,
    ),
    ("GET", "/api/v1/batch/containers"): Operation(
        "containers",
        "List the containers",
        (Answer(200, "A page of containers, by name.", ContainerView, many=True, may=("Link",)),),
        (*_PAGE, Code.INVALID_FIELD),
        query=PageQuery,
    ),
    ("PUT", _CONTAINER): Operation(
        "containers",
        "Make a container",
        (Answer(201, "It was made.", ContainerView), Answer(200, "It was there.", ContainerView)),
        (*_NAMED, Code.CONFLICT),
    ),
    ("GET", _CONTAINER + "/files"): Operation(
        "containers",
        "List a container's files",
        (Answer(200, "A page of files, by name.", BlobView, many=True, may=("Link",)),),
        (*_PAGE, *_NAMED, Code.INVALID_FIELD, Code.CONTAINER_NOT_FOUND),
        query=BlobsQuery,
    ),
    ("GET", _FILE): Operation(
        "containers",
        "Download a file",
        (Answer(200, "The file.", media=ANY_BYTES, always=("ETag", "Content-Disposition")),),
        (*_BLOB, Code.FILE_NOT_FOUND),
    ),
    ("PUT", _FILE): Operation(
        "containers",
        "Upload a file",
        (Answer(201, "It is written, whole.", UploadedView, always=("ETag", "Location")),),
        (
            *_BLOB, Code.CONTAINER_NOT_FOUND, Code.BROKEN_BODY, Code.BODY_TOO_SLOW, Code.BODY_TOO_LARGE,
            Code.UNSUPPORTED_ENCODING, Code.CONFLICT,
        ),
        body=ANY_BYTES,
        body_required=False,
    ),
    ("GET", "/api/v1/batch/status"): Operation(
        "deployment",
        "Tell the state of queues and open jobs",
        (Answer(200, "What an operator asks first.", StatusView),),
    ),
    ("GET", "/api/v1/languages"): Operation(
        "deployment",
        "Tell the languages of an engine",
        (Answer(200, "Every pair.", LanguagesView),),
        (Code.INVALID_FIELD,),
        query=LanguagesQuery,
    ),
    ("GET", "/api/v1/formats"): Operation(
        "deployment", "Tell the formats", (Answer(200, "Every format.", FormatView, many=True),)
    ),
    ("GET", "/api/v1/engines"): Operation(
        "deployment", "Tell the engines", (Answer(200, "Every engine.", EngineView, many=True),)
    ),
    ("GET", "/healthz"): Operation(
        "probes", "Does the API live?", (Answer(200, "Yes.", ProbeView),)
    ),
    ("GET", "/readyz"): Operation(
        "probes",
        "Does storage answer?",
        (Answer(200, "Yes.", ProbeView), Answer(503, "No.", UnreadyView)),
    ),
    ("GET", "/metrics"): Operation(
        "probes",
        "Metrics, as Prometheus reads them",
        (Answer(200, "Every family.", media="text/plain"),),
    ),
}  # fmt: skip


def role_of(method: str, path: str) -> Role:
    """What a caller of a route needs; of what is no route too, so that nobody learns without it what is."""
    operation = OPERATIONS.get((method, path))
    if operation is not None and operation.role is not None:
        return operation.role
    return Role.READ if method in READING else Role.WRITE
