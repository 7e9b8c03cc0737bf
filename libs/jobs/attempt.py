"""One attempt at a file task: from its message to its ending. Every way it can go is a value."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from libs.common.deployment import Deployment
from libs.common.errors import AppError, BudgetExhausted, forget_frames
from libs.common.ledger.allowances import TableAllowance
from libs.common.ledger.commits import Commits
from libs.common.ledger.files import Files
from libs.common.ledger.memory import TableMemory
from libs.common.ledger.purses import open_purses
from libs.common.ledger.records import JobRow, JobStatus
from libs.common.settings import TranslationSettings
from libs.jobs.bounds import ByteBound, Outgrown, Room
from libs.jobs.copying import COPY_MEMORY, Copier, copy_file
from libs.jobs.endings import Ended, Ending, Stale, TryLater, cancelled, ending_of, failed, skipped
from libs.jobs.engines import Engines
from libs.jobs.messages import FileTask
from libs.jobs.notes import Notes, open_notes
from libs.jobs.observing import files_rate
from libs.jobs.outage import Outage
from libs.jobs.sight import Sight, sight_into, sight_of
from libs.jobs.snapshots import JobSnapshots
from libs.jobs.translate import Workshop, translate_file
from libs.jobs.unsupported import copies
from libs.telemetry.catalogue import (
    BYTES_IN_FLIGHT,
    ENGINE_BLOCKED,
    ENGINE_CONCURRENCY,
    ENGINE_THROTTLED,
    ENGINE_WINDOW,
    PROCESSING_RATE,
)
from libs.translation.engines.engine import Engine
from libs.translation.errors import EngineBlocked, EngineThrottled, TranslationError
from libs.translation.translator import Translator
from libs.translation.workbench.bench import Bench

#: How long a file that met a blocked engine keeps its slot (seconds): a process that is refused must not rush
#: through the queue and put off files that others could translate.
_BLOCKED_HOLD = 2.0
#: Memory is set aside for files of so many bytes at least: one that was listed before it was uploaded has 0,
#: and a small one is read at once all the same.
_LEAST_FILE_BYTES = 4 * 1024
#: Stands for an engine in the notes about files that are copied; no engine has this name.
_COPYING = "(copying)"

_log = structlog.get_logger(__name__)


class Hold(Protocol):
    """What an attempt needs of the message it works for; a `Lease` is one."""

    @property
    def deliveries(self) -> int: ...

    async def confirmed(self) -> bool:
        """Whether the message is surely ours at this moment."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Over all files of a process: ``memory``, and the attempts at one file."""

    memory: ByteBound
    max_attempts: int


class Attempt:
    """Translates one file at a time for each of its callers, all of them under one bound of bytes.

    ``shops`` are the engines of this process, by name.
    """

    def __init__(
        self,
        shops: Mapping[str, Workshop],
        files: Files,
        snapshots: JobSnapshots,
        notes: Notes,
        bounds: Bounds,
        *,
        copier: Copier,
        outage: Outage,
    ) -> None:
        self._shops = shops
        self._copier = copier
        self._outage = outage
        self._files = files
        self._snapshots = snapshots
        self._notes = notes
        self._bounds = bounds
        self._max_bytes = max(shop.max_bytes for shop in shops.values())

    async def ending(self, task: FileTask, lease: Hold) -> Ending:
        """Never raises but when it is cancelled."""
        try:
            seen = sight_of(task.name) or await self._looked_into(task, lease)
            if not isinstance(seen, Sight):
                return seen
            return await self._in_room(task, seen, lease)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is an ending
            if not isinstance(error, AppError | TranslationError):
                _log.exception("unexpected error")
            forget_frames(error)
            if isinstance(error, EngineBlocked):
                await asyncio.sleep(_BLOCKED_HOLD)
            return ending_of(await self._outage.judged(error), task, self._bounds.max_attempts)

    async def _in_room(self, task: FileTask, seen: Sight, lease: Hold) -> Ending:
        """The file's ending once there is memory for it: at first for the size that was listed. A file that
        has grown since gives it back, and waits for what its real size needs.
        """
        size = max(task.size, _LEAST_FILE_BYTES)
        while True:
            try:
                async with self._bounds.memory.take(self._memory(size, seen)) as memory:
                    # The job is judged only now: it may have been cancelled during a long wait for memory.
                    job = await self._judged(task, lease)
                    if not isinstance(job, JobRow):
                        return job
                    return await self._done(job, task, seen, lease, Room(size, memory))
            except Outgrown as found:
                size = found.size

    async def _looked_into(self, task: FileTask, lease: Hold) -> Sight | Ending:
        """What a file whose name says nothing shows; only of one that there is something to do with."""
        job = await self._judged(task, lease)
        return await sight_into(self._copier.blobs, job, task.name) if isinstance(job, JobRow) else job

    async def _judged(self, task: FileTask, lease: Hold) -> JobRow | Ending:
        """The job, if there is something to do for it."""
        job = await self._snapshots.get(task.job_id)
        if job is not None and job.status is JobStatus.CANCELLING:
            # What is known of the job may be of the time before it ended and was retried.
            job = await self._snapshots.fresh(task.job_id)
        if job is None:
            return Stale()
        is_repeat = lease.deliveries > 1 or task.again
        if (is_repeat or job.status.ended) and not await self._is_pending(task):
            return Stale()
        if job.status is JobStatus.CANCELLING:
            return cancelled(task)
        lost = task.lost_deliveries(lease.deliveries)
        if lost and lost + task.attempts >= self._bounds.max_attempts:
            said = f"{lost} deliveries ended without a result: the worker was lost each time"
            return failed(task, "worker_lost", said, attempts=lost + task.attempts)
        return job

    async def _done(self, job: JobRow, task: FileTask, seen: Sight, lease: Hold, room: Room) -> Ending:
        if seen.content.form is None:
            return await self._untranslated(job, task, seen, lease, room)
        shop = self._shops.get(job.engine)
        if shop is None:
            said = f"the job asks for the engine {job.engine}; this worker has {', '.join(self._shops)}"
            return failed(task, "engine_mismatch", said)
        return await self._translated(shop, job, task, seen, lease, room=room)

    async def _untranslated(
        self, job: JobRow, task: FileTask, seen: Sight, lease: Hold, room: Room
    ) -> Ending:
        if not copies(job):
            return skipped(task, "unsupported_format", seen.reason)
        _log.info(f"Copying file of job {task.job_id}: {task.name}", language=task.language)
        again = lease.deliveries > 1 or task.again
        # A copy may take longer than the time after which the dispatcher takes a file for lost.
        with self._notes.at_work(_COPYING, job.job_id):
            end = await copy_file(
                self._copier, job, task, seen, delivered_before=again, held=lease.confirmed, room=room
            )
            return Ended(end)

    async def _translated(
        self, shop: Workshop, job: JobRow, task: FileTask, seen: Sight, lease: Hold, *, room: Room
    ) -> Ending:
        _log.info(f"Processing job {task.job_id}: {task.name}", language=task.language)
        again = lease.deliveries > 1 or task.again
        try:
            with self._notes.at_work(job.engine, job.job_id):
                end = await translate_file(
                    shop, job, task, seen, delivered_before=again, held=lease.confirmed, room=room
                )
        except EngineBlocked as error:
            self._notes.refused(job.job_id, reason=str(error))
            raise
        except EngineThrottled as error:
            self._notes.refused(job.job_id, wait=error.wait)
            raise
        except BudgetExhausted:
            fresh = await self._snapshots.fresh(job.job_id)
            if fresh is not None and fresh.max_characters != job.max_characters:
                return TryLater("the job may spend more since", 0, attempt_spent=False)
            raise
        return Ended(end)

    def _memory(self, size: int, seen: Sight) -> int:
        form = seen.content.form
        if form is None:
            return min(size, COPY_MEMORY)
        return min(size, self._max_bytes) * form.memory_a_byte

    async def _is_pending(self, task: FileTask) -> bool:
        """Whether the file's row is still the version that the message speaks of."""
        row = await self._files.file(task.job_id, task.language, task.name)
        return row is not None and row.tag == task.tag


@asynccontextmanager
async def open_attempt(
    settings: TranslationSettings, deployment: Deployment, engines: Engines, bench: Bench, commits: Commits
) -> AsyncIterator[Attempt]:
    """An attempt as the settings bound it, with all the engines given."""
    async with (
        open_purses(deployment.file_table) as purses,
        open_notes(commits) as notes,
        AsyncExitStack() as stack,
    ):
        shops = {}
        for engine in engines:
            translator = await _translator(settings, deployment, engine, bench, notes)
            stack.push_async_callback(translator.close)
            _watch(stack, engine.name, translator)
            shops[engine.name] = Workshop(
                deployment.blobs, engine, translator, purses, settings.max_file_bytes
            )
        memory = ByteBound(settings.max_bytes_in_flight)
        stack.enter_context(BYTES_IN_FLIGHT.watching(lambda: memory.taken))
        stack.enter_context(PROCESSING_RATE.watching(files_rate.a_second))
        bounds = Bounds(memory, settings.max_attempts)
        copier = Copier(deployment.blobs, deployment.streams)
        snapshots = JobSnapshots(deployment.jobs)
        outage = Outage(deployment.ready)
        yield Attempt(shops, deployment.files, snapshots, notes, bounds, copier=copier, outage=outage)


def _watch(stack: AsyncExitStack, engine: str, translator: Translator) -> None:
    """Show what an engine has to do until the stack is closed."""
    stack.enter_context(ENGINE_CONCURRENCY.watching(lambda: translator.load.active, engine))
    stack.enter_context(ENGINE_WINDOW.watching(lambda: translator.load.limit, engine))
    stack.enter_context(ENGINE_THROTTLED.watching(lambda: translator.load.throttled, engine))
    stack.enter_context(ENGINE_BLOCKED.watching(lambda: translator.load.blocked, engine))


async def _translator(
    settings: TranslationSettings, deployment: Deployment, engine: Engine, bench: Bench, notes: Notes
) -> Translator:
    memory, rate = None, settings.engine_chars_per_minute
    if settings.translation_memory:
        memory = TableMemory(deployment.further_table(settings.translation_memory_table))
    return Translator(
        engine,
        requests_in_flight=settings.max_engine_requests,
        request_seconds=settings.engine_timeout,
        bench=bench,
        memory=memory,
        allowance=TableAllowance(deployment.job_table, engine.name, rate) if rate else None,
        on_change=partial(notes.changed, engine.name),
    )
