"""Every instrument there is, by who has it. docs/metrics.md is written from this page.

Three keep the names that the system before this one gave them; the others follow OpenTelemetry's
conventions. Prometheus shows ``batch.file.duration`` in seconds as ``batch_file_duration_seconds``.
"""

from libs.telemetry.instruments import Counter, Gauge, Histogram, Label

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_WORK = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
_LONG = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 7 * 24 * 3600)
_LAG = (0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5)
_BATCH = (1, 2, 5, 10, 25, 50, 75, 99)

#: What storage is asked for; `libs.common.storage.faults.storage_call` is told one of these.
OPERATIONS = (
    "create queue", "send message", "receive messages", "peek message", "queue length", "renew lease",
    "release message", "delete message",
    "send dead letter", "peek dead letters", "count dead letters", "look for a dead letter",
    "give back a dead letter", "delete dead letter", "clear dead letters",
    "create table", "get entity", "query entities", "table transaction",
    "create container", "list containers", "list blobs", "blob properties", "read blob", "write blob",
    "open blob", "store blob", "copy blob",
)  # fmt: skip
STAGES = ("queue_wait", "download", "parse", "translate", "render", "upload", "commit")

_FORMAT = Label("format", means="the formats of `GET /formats`, and `none`")
_ENGINE = Label("engine", means="the engines of this deployment")
_QUEUE = Label("queue", ("files", "dispatch", "notifications"))
_ENDED = Label("status", ("completed", "completed_with_errors", "failed", "cancelled"))

# ---- jobs: whoever closes one counts it; what is open is observed by every dispatcher

JOB_DURATION = Histogram(
    "batch_job_duration", "s", "From a job's post to its end; jobs that were retried are left out.", _ENDED,
    bounds=_LONG,
)  # fmt: skip
JOBS_ENDED = Counter("batch.jobs.ended", "{job}", "Jobs that ended; once more after each retry.", _ENDED)
JOBS_OPEN = Gauge(
    "batch.jobs.open", "{job}", "Jobs that have not ended, 10,000 at most, as dispatchers last saw them.",
    Label("status", ("queued", "processing", "cancelling")),
)  # fmt: skip
JOB_STILLNESS = Histogram(
    "batch.job.stillness", "s",
    "For how long nothing of a running job had ended, at each look of a dispatcher (every WATCH_INTERVAL).",
    bounds=_LONG,
)  # fmt: skip

# ---- queues: observed by every dispatcher, every 30 seconds

QUEUE_DEPTH = Gauge(
    "queue_depth", "{message}", "Messages in a queue, those in somebody's hands included; never too low.",
    _QUEUE,
)  # fmt: skip
DEAD_LETTERS = Gauge("queue.dead_letters", "{message}", "Messages that were given up.", _QUEUE)
OLDEST_MESSAGE = Gauge(
    "queue.oldest_message.age", "s",
    "Age of the first message that waits; 0 where none does. In `dispatch`, since its job was posted.",
    _QUEUE,
)  # fmt: skip

# ---- files: the workers, and the API in synchronous mode

FILES = Counter(
    "batch.files", "{file}",
    "File tasks that ended, each once; most `skipped` ones are counted by dispatchers, as they list.",
    Label("outcome", ("succeeded", "failed", "skipped", "cancelled")), _FORMAT,
)  # fmt: skip
FILE_DURATION = Histogram(
    "batch.file.duration", "s",
    "Seconds a file spent in a stage, its failed attempts too; `queue_wait` is of first deliveries.",
    Label("stage", STAGES), bounds=_WORK,
)  # fmt: skip
PROCESSING_RATE = Gauge(
    "processing_rate", "{file/s}", "File tasks a second that this process ended, over the last minute."
)
BYTES_IN_FLIGHT = Gauge(
    "batch.memory.reserved", "By", "Bytes in flight: what of MAX_BYTES_IN_FLIGHT documents at work count for."
)

# ---- engines

ENGINE_REQUESTS = Histogram(
    "engine.request.duration", "s",
    "Requests to an engine, by how they ended; `throttled`: it found us too fast, `blocked`: it refuses us.",
    _ENGINE, Label("result", ("ok", "throttled", "blocked", "unavailable", "rejected", "cancelled")),
    bounds=_QUICK,
)  # fmt: skip
ENGINE_CHARACTERS = Counter(
    "engine.characters", "{character}", "Characters that the engine metered, in UTF-16 units.", _ENGINE
)
ENGINE_CONCURRENCY = Gauge("engine.requests.active", "{request}", "Requests in flight now.", _ENGINE)
ENGINE_WINDOW = Gauge(
    "engine.requests.limit", "{request}", "Requests that may be in flight: fewer after complaints.", _ENGINE
)
ENGINE_THROTTLED = Gauge(
    "engine.throttled",
    "{process}",
    "1 from a complaint of the engine to the next answer; 0 too when nothing was asked for 2 minutes.",
    _ENGINE,
)
ENGINE_BLOCKED = Gauge(
    "engine.blocked", "{process}", "1 while the engine refuses us (credentials, quota), else 0.", _ENGINE
)

# ---- leases, commits, storage

LEASE_RENEWALS = Counter(
    "lease.renewals", "{renewal}", "Tries to renew a lease.", Label("result", ("renewed", "failed"))
)
LEASE_LOSSES = Counter("lease.losses", "{lease}", "Leases lost: the message is somebody else's, or gone.")
COMMIT_SIZE = Histogram(
    "commit.batch.size", "{file}", "File ends that one transaction committed.", bounds=_BATCH
)
COMMIT_CONFLICTS = Counter(
    "commit.conflicts", "{batch}", "Commits that were read back.", Label("reason", ("conflict", "unclear"))
)
STORAGE_CALLS = Histogram(
    "storage.call.duration", "s", "Storage calls, their retries included, by how they ended.",
    Label("operation", OPERATIONS),
    Label("result", (
        "ok", "not_found", "already_exists", "conflict", "lease_lost", "rejected", "forbidden",
        "unavailable", "no_token", "cancelled",
    )),
    bounds=_QUICK,
)  # fmt: skip

# ---- every process

LOOP_LAG = Histogram(
    "event_loop.lag", "s", "How much later than asked for the event loop came back, once a second.",
    bounds=_LAG,
)  # fmt: skip
HTTP_REQUESTS = Histogram(
    "http.server.request.duration", "s", "Requests to the API.",
    Label("http.request.method", ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")),
    Label("http.route", means="the routes of the API, and `none`"),
    Label("http.response.status_code", means="statuses"),
    bounds=_QUICK,
)  # fmt: skip

#: What happens so seldom that its first time is the one to be seen: it is shown as 0 before.
RARE = (LEASE_LOSSES, COMMIT_CONFLICTS)

INSTRUMENTS = tuple(
    sorted(
        (it for it in vars().copy().values() if isinstance(it, Counter | Histogram | Gauge)),
        key=lambda it: it.name,
    )
)
