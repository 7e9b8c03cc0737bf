"""Services as tasks of the test's loop, and a job followed to its end with every look at it checked."""

import asyncio
import re
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from pydantic import SecretStr

from libs.common.clock import utc_now
from libs.common.deployment import Deployment
from libs.common.errors import AppError
from libs.common.ledger.keys import new_job_id
from libs.common.ledger.records import JobRow, Progress
from libs.common.settings import DispatcherSettings, ServiceSettings, WorkerSettings
from libs.jobs.submit import submit
from services.dispatcher.resources import open_dispatcher
from services.worker.resources import open_worker
from tests.faults.evidence import lengths_of
from tests.patience import patient, slowness

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)

#: Leases and timers as short as they go, so that what they bring back comes back soon.
QUICK: dict[str, Any] = {
    "visibility_timeout": 4,
    "watch_interval": 1,
    "sweep_interval": 1,
    "sweep_after": 4,
    "poll_interval": 0.3,
    "max_concurrent_files": 4,
    "drain_seconds": 0,
    "translation_engine": "pseudo",
    "log_level": "ERROR",
}
#: A slow machine needs these longer: whole seconds.
_STRETCHED = frozenset({"visibility_timeout", "watch_interval", "sweep_interval", "sweep_after"})
#: A client that got no clear answer asks again this often.
_ASKS = 8


@dataclass(frozen=True)
class Names:
    """Settings on storage names of one run alone."""

    own: str = field(default_factory=lambda: secrets.token_hex(4))

    def settings(self, kind: type[SettingsT], connection_string: str, **values: Any) -> SettingsT:
        known = {name: value for name, value in (QUICK | values).items() if name in kind.model_fields}
        for name in known.keys() & _STRETCHED:
            known[name] = round(known[name] * slowness())
        return kind(
            azure_storage_connection_string=SecretStr(connection_string),
            queue_name=f"files-{self.own}",
            dispatch_queue_name=f"dispatch-{self.own}",
            notify_queue_name=f"notify-{self.own}",
            table_name=f"jobs{self.own}",
            files_table_name=f"files{self.own}",
            _env_file=None,
            **known,
        )


@asynccontextmanager
async def services(
    names: Names, connection_string: str, workers: int = 2, **values: Any
) -> AsyncIterator[None]:
    """A dispatcher and some workers, each on storage of its own, that run while the block does."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        settings = names.settings(DispatcherSettings, connection_string, **values)
        runs = [(await stack.enter_async_context(open_dispatcher(settings)))[0].run]
        for _ in range(workers):
            own = names.settings(WorkerSettings, connection_string, **values)
            runs.append((await stack.enter_async_context(open_worker(own)))[0].run)
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(run(stop))
            try:
                yield
            finally:
                stop.set()


def new_job(container: str, **values: Any) -> JobRow:
    """A job as a client posts it, for the pseudo engine."""
    now = utc_now()
    fields: dict[str, Any] = {
        "job_id": new_job_id(),
        "source_container": container,
        "target_container": f"{container}-out",
        "source_language": "en",
        "target_languages": ("es",),
        "engine": "pseudo",
        "created_at": now,
        "updated_at": now,
    }
    return JobRow(**fields | values)


async def insist(ask: Callable[[], Awaitable[object]]) -> None:
    """Ask as a client does: again, while there is no clear answer."""
    for _ in range(_ASKS):
        try:
            await ask()
        except AppError:
            continue
        return
    raise AssertionError(f"no answer to {_ASKS} requests")


async def submitted(deployment: Deployment, job: JobRow) -> None:
    await insist(lambda: submit(deployment, job))


async def upload(deployment: Deployment, container: str, sources: Mapping[str, bytes]) -> None:
    await deployment.blobs.create_container(container)
    bound = asyncio.Semaphore(32)

    async def put(name: str, data: bytes) -> None:
        async with bound:
            await deployment.blobs.write(
                container, name, data, over=None, content_type="text/plain", metadata={}
            )

    await asyncio.gather(*(put(name, data) for name, data in sources.items()))


async def followed(deployment: Deployment, job_id: str, seconds: float, pause: float = 0.1) -> JobRow:
    """The job once it has ended. Each look on the way is checked: sums hold, no count goes back, and at
    the moment it says it has ended no file is pending.
    """
    limit, before = patient(seconds), Progress()
    deadline = time.monotonic() + limit
    while True:
        job = await deployment.jobs.get(job_id)
        if job is not None and job.status.ended:
            assert not await deployment.files.pending(job_id), f"{job.status}, and files are pending"
            return job
        progress = await deployment.files.progress(job_id)
        assert 0 <= progress.pending <= progress.total, progress
        went_back = [part for part, more in _gained(before, progress).items() if more < 0]
        assert not went_back, f"{went_back} went back: {before}, {progress}"
        before = progress
        assert time.monotonic() < deadline, f"still {job and job.status} after {limit:.0f} s: {progress}"
        await asyncio.sleep(pause)


def _gained(before: Progress, now: Progress) -> dict[str, int]:
    """How far each count went on; a retry takes failed files back by as many as it requeues."""
    parts = ("succeeded", "failed", "skipped", "cancelled", "characters", "repairs")
    gained = {part: getattr(now.counts, part) - getattr(before.counts, part) for part in parts}
    gained["failed"] += now.requeued - before.requeued
    return gained | {"total": now.total - before.total}


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 90) -> None:
    """Wait for what others bring about in storage."""
    async with asyncio.timeout(patient(seconds)):
        while not await holds():  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.05)


async def drained(deployment: Deployment, seconds: float = 60) -> None:
    """Until all queues are empty: the messages of an ended job go one look later."""

    async def are_empty() -> bool:
        return not any((await lengths_of(deployment)).values())

    await until(are_empty, seconds)


def texts(count: int, words: str = "Its text.") -> dict[str, bytes]:
    """Small documents in a few folders."""
    return {f"folder-{n % 5}/{n:04}.txt": f"File number {n}.\n\n{words}\n".encode() for n in range(count)}


_BEGUN = re.compile(r'Processing job ([0-9a-f-]+): (.+?)(?:"|$)')


@dataclass
class Begun:
    """How often workers began each file of each job, by what they log: an event, or a line that has it."""

    times: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def hear(self, line: str) -> str | None:
        """Count a line; the file it says was begun, if it does."""
        found = _BEGUN.search(line)
        if found is None:
            return None
        self.times[found[1]][found[2]] += 1
        return found[2]


@contextmanager
def listening() -> Iterator[Begun]:
    """Hear the services of this loop, and keep what they log to ourselves."""
    begun, before = Begun(), structlog.get_config()["processors"]

    def hear(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
        begun.hear(str(event["event"]))
        raise structlog.DropEvent

    structlog.configure(processors=[hear])
    try:
        yield begun
    finally:
        structlog.configure(processors=before)
