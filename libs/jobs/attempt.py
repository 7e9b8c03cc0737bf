"""One attempt at a file task: from its message to its ending. Every way it can go is a value."""

from typing import Protocol

import structlog

from libs.common.deployment import Deployment
from libs.common.errors import AppError
from libs.common.ledger.files import Files
from libs.common.ledger.records import JobRow, JobStatus
from libs.common.settings import TranslationSettings
from libs.jobs.bounds import ByteBound
from libs.jobs.endings import Ended, Ending, Stale, cancelled, ending_of, failed
from libs.jobs.messages import FileTask
from libs.jobs.snapshots import JobSnapshots
from libs.jobs.translate import Workshop, translate_file
from libs.translation.documents import format_of
from libs.translation.engines.engine import Engine
from libs.translation.errors import TranslationError
from libs.translation.translator import Translator

_log = structlog.get_logger(__name__)


class Hold(Protocol):
    """What an attempt needs of the message it works for; a `Lease` is one."""

    @property
    def held(self) -> bool: ...

    @property
    def deliveries(self) -> int: ...


class Attempt:
    """Translates one file at a time for each of its callers, all of them under one bound of bytes."""

    def __init__(
        self, shop: Workshop, files: Files, snapshots: JobSnapshots, bytes_: ByteBound, max_attempts: int
    ) -> None:
        self._shop = shop
        self._files = files
        self._snapshots = snapshots
        self._bytes = bytes_
        self._max_attempts = max_attempts

    async def ending(self, task: FileTask, lease: Hold) -> Ending:
        """Never raises but when it is cancelled."""
        try:
            # The job is looked at once there is room: waiting for it may take long, and the job be cancelled.
            async with self._bytes.take(self._memory(task)):
                return await self._judged(task, lease)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is an ending
            if not isinstance(error, AppError | TranslationError):
                _log.exception("unexpected error")
            return ending_of(error, task, self._max_attempts)

    async def _judged(self, task: FileTask, lease: Hold) -> Ending:
        job = await self._snapshots.get(task.job_id)
        if job is None:
            return Stale()
        is_repeat = lease.deliveries > 1 or task.again
        if (is_repeat or job.status.ended) and not await self._is_pending(task):
            return Stale()
        if job.status is JobStatus.CANCELLING:
            return cancelled(task)
        lost = task.lost_deliveries(lease.deliveries)
        if lost and lost + task.attempts >= self._max_attempts:
            said = f"{lost} deliveries ended without a result: the worker was lost each time"
            return failed(task, "worker_lost", said, attempts=lost + task.attempts)
        if job.engine != self._shop.engine.name:
            said = f"the job asks for the engine {job.engine}; this worker has {self._shop.engine.name}"
            return failed(task, "engine_mismatch", said)
        return await self._translated(job, task, lease)

    async def _translated(self, job: JobRow, task: FileTask, lease: Hold) -> Ending:
        _log.info(f"Processing job {task.job_id}: {task.name}", language=task.language)
        end = await translate_file(
            self._shop, job, task, delivered_before=lease.deliveries > 1, held=lambda: lease.held
        )
        return Ended(end)

    def _memory(self, task: FileTask) -> int:
        form = format_of(task.name)
        return min(task.size, self._shop.max_bytes) * (1 if form is None else form.memory_a_byte)

    async def _is_pending(self, task: FileTask) -> bool:
        """Whether the file's row is still the version that the message speaks of."""
        row = await self._files.file(task.job_id, task.language, task.name)
        return row is not None and row.tag == task.tag


def make_attempt(settings: TranslationSettings, deployment: Deployment, engine: Engine) -> Attempt:
    """An attempt as the settings bound it."""
    translator = Translator(
        engine, requests_in_flight=settings.max_engine_requests, request_seconds=settings.engine_timeout
    )
    return Attempt(
        Workshop(deployment.blobs, engine, translator, settings.max_file_bytes),
        deployment.files,
        JobSnapshots(deployment.jobs),
        ByteBound(settings.max_bytes_in_flight),
        settings.max_attempts,
    )
