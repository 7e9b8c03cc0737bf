"""The worker: receive → translate → settle, several files at a time, until it is told to stop.

    receive    one page of messages, for slots that are free or soon will be; each becomes a lease
    translate  bounded by slots, bytes and engine requests; every way it can end is a value
    settle     the ending to the ledger, then the message away; the slot is free by then

Told to stop, it receives no more, lets its files end for the drain time, hands the rest back, and leaves.
"""

import asyncio
import random
import time
from collections.abc import Coroutine
from typing import Any

import structlog

from libs.common.errors import AppError
from libs.common.runtime.process import wait_first
from libs.common.settings import WorkerSettings
from libs.common.storage.leases import Lease
from libs.common.storage.queues import Received
from libs.jobs.attempt import Attempt
from libs.jobs.endings import Ending
from libs.jobs.messages import FileTask, Undecodable, decode
from libs.jobs.observing import file_at_work, mark
from libs.jobs.settle import Desk, hand_back, settle, settle_undecodable
from libs.telemetry.stages import timed

#: First pause when the queue is empty (seconds); doubles up to POLL_INTERVAL.
_SHORTEST_PAUSE = 0.1
#: A pause is longer by up to this part, so that workers do not look in step.
_JITTER = 0.1
#: How long one free slot waits for another, so that one receive serves several (seconds).
_COMPANY_SECONDS = 0.05
#: As many files are received ahead of free slots as will have one within this time (seconds): a receive takes
#: as long as a small file, and the slots would stand idle for it. Those that would wait longer stay in the
#: queue, where any worker that has a slot can have them.
_SOON_SECONDS = 0.5
#: What is received ahead goes back if it gets no slot within this time (seconds): files have become slower.
_HELD_SECONDS = 5.0
#: A file that was lost with its worker so often may be what ends workers: it is translated alone.
_SUSPECT_LOSSES = 2
#: So long it waits for the others in hand (seconds), then it goes back: they may take longer.
_SUSPECT_WAITS_SECONDS = 300.0
#: Files translated but not settled yet, a slot; above this no more are received.
_UNSETTLED_A_SLOT = 16
#: Once the drain is over (seconds): handing back what did not end, settling what did, the last look. With
#: the drain this stays below a pod's grace period of drain + 30.
_HAND_BACK_SECONDS, _SETTLE_SECONDS, _LOOK_SECONDS = 5.0, 10.0, 5.0

_log = structlog.get_logger(__name__)


class Worker:
    """Translates file tasks. Made and run by ``services.worker.__main__``."""

    def __init__(self, settings: WorkerSettings, attempt: Attempt, desk: Desk) -> None:
        self._settings = settings
        self._attempt = attempt
        self._desk = desk
        self._slots = asyncio.Semaphore(settings.max_concurrent_files)
        self._usual_seconds: float | None = None
        self._ended_at = float("-inf")
        self._freed = asyncio.Event()
        self._has_suspect = False
        self._translating: set[asyncio.Task[None]] = set()
        self._settling: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then drain."""
        _log.info("Worker started", slots=self._settings.max_concurrent_files)
        stopped = asyncio.create_task(self._stopped(stop))
        try:
            await self._work(stop)
            _log.info("Worker stopping", unfinished=len(self._translating))
            await self._drain()
        finally:
            # Nothing is left here but when the renewer broke: work without renewal must not go on.
            await _finish({stopped, *self._translating, *self._settling}, 0)
        _log.info("Worker stopped")

    async def _stopped(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._freed.set()

    async def _work(self, stop: asyncio.Event) -> None:
        pause = _SHORTEST_PAUSE
        while not stop.is_set():
            await self._some_room(stop)
            if await self._receive(stop):
                pause = _SHORTEST_PAUSE
            else:
                await wait_first(stop, pause * random.uniform(1, 1 + _JITTER))  # noqa: S311 - jitter
                pause = min(pause * 2, self._settings.poll_interval)

    @property
    def _ahead(self) -> int:
        """How many files to have in hand beside those that have a slot. None when none has ended lately: what
        files took before says nothing of those that do not end now.
        """
        if self._usual_seconds is None or time.monotonic() - self._ended_at > _SOON_SECONDS:
            return 0
        soon = self._settings.max_concurrent_files * _SOON_SECONDS / max(self._usual_seconds, 0.001)
        return min(self._settings.max_messages, int(soon))

    @property
    def _room(self) -> int:
        slots = self._settings.max_concurrent_files
        if self._has_suspect:
            return 0
        return min(
            slots + self._ahead - len(self._translating),
            slots * _UNSETTLED_A_SLOT - len(self._settling),
            self._settings.max_messages,
        )

    async def _some_room(self, stop: asyncio.Event) -> None:
        """Wait for most of a page of room; a moment only, once a slot is free and no file at hand for it."""
        slots = self._settings.max_concurrent_files
        # Half of what may be unsettled: the other half may be, while there is to be room for a page.
        page = min(self._settings.max_messages, max(slots, self._ahead), slots * _UNSETTLED_A_SLOT // 2)
        enough = max(1, page * 3 // 4)
        while self._room < enough and not stop.is_set():
            is_idle = self._room > 0 and len(self._translating) < slots
            self._freed.clear()
            if not await wait_first(self._freed, _COMPANY_SECONDS if is_idle else None):
                return

    async def _receive(self, stop: asyncio.Event) -> bool:
        """Begin as many files as there is room for. False: there was nothing to begin."""
        if stop.is_set():
            return False
        if self._has_suspect:
            return True  # there is something at hand: no pause, but to wait until there is room again
        try:
            room = max(1, self._room)  # a file may have begun to settle since there was some
            messages = await self._desk.queue.receive(room, self._settings.visibility_timeout)
        except AppError as error:
            _log.warning("nothing received", error=str(error))
            return False
        for message in messages:
            self._own(self._translating, self._deliver(message))
        await asyncio.sleep(0)  # each has looked at what it is, before there is more to receive
        return bool(messages)

    async def _deliver(self, message: Received) -> None:
        """One delivery, up to its ending. Nothing that happens here reaches another file's task."""
        lease = self._desk.leases.keep(message)
        try:
            task = decode(FileTask, lease.body)
        except Undecodable as fault:
            burial = settle_undecodable(self._desk.queue, self._desk.leases, lease, str(fault))
            self._own(self._settling, self._settled(lease, burial))
            return
        structlog.contextvars.bind_contextvars(job_id=task.job_id, file=task.name)
        with file_at_work(task, message.waited if message.deliveries == 1 else None):
            try:
                ending = await self._begun(task, lease)
            except asyncio.CancelledError:
                await hand_back(self._desk, lease, task)
                raise
            if ending is None:
                await hand_back(self._desk, lease, task)
                return
            mark(ending)
            # Begun in here, it belongs to the file's trace.
            self._own(self._settling, self._settled(lease, settle(self._desk, lease, task, ending)))

    async def _begun(self, task: FileTask, lease: Lease) -> Ending | None:
        """The file's ending; None: it was not begun, and others may have it."""
        if self._has_suspect:
            return None
        enough = max(1, min(_SUSPECT_LOSSES, self._settings.max_attempts - 1))
        if task.lost_deliveries(lease.deliveries) < enough:
            return await self._in_a_slot(task, lease)
        self._has_suspect = True
        try:
            # Whatever is in hand when it ends the worker is delivered again as lost, and at last given up.
            async with asyncio.timeout(_SUSPECT_WAITS_SECONDS):
                while others := (self._translating | self._settling) - {asyncio.current_task()}:
                    await asyncio.wait(others)
        except TimeoutError:
            return None
        else:
            return await self._in_a_slot(task, lease)
        finally:
            self._has_suspect = False
            self._freed.set()

    async def _in_a_slot(self, task: FileTask, lease: Lease) -> Ending | None:
        """The file's ending; None: it got no slot in time."""
        try:
            async with asyncio.timeout(_HELD_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            return None
        try:
            return await self._attempted(task, lease)
        finally:
            self._slots.release()

    async def _attempted(self, task: FileTask, lease: Lease) -> Ending:
        began = time.monotonic()
        ending = await self._attempt.ending(task, lease)
        self._ended_at = time.monotonic()
        seconds = self._ended_at - began
        usual = seconds if self._usual_seconds is None else self._usual_seconds
        self._usual_seconds = usual + (seconds - usual) / 8
        return ending

    async def _settled(self, lease: Lease, settling: Coroutine[None, None, None]) -> None:
        try:
            with timed():
                await settling
        except asyncio.CancelledError:
            self._desk.leases.abandon(lease)
            raise
        except AppError as error:
            # Committed or not, the message comes back and finds out.
            _log.warning("file unsettled; its message comes back", error=str(error))
            self._desk.leases.abandon(lease)
        except Exception:  # noqa: BLE001 - one file's bug must not stop the others
            _log.exception("file unsettled; its message comes back")
            self._desk.leases.abandon(lease)

    async def _drain(self) -> None:
        """Let the files end while there is time, hand back those that do not, settle what ended."""
        await _finish(self._translating, self._settings.drain_seconds)
        await _finish(self._settling, _SETTLE_SECONDS)
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._desk.closer.last_look()
        except TimeoutError:
            _log.warning("the last look took too long; the dispatcher's watch looks instead")

    def _own(self, tasks: set[asyncio.Task[None]], work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)

        def ended(_: asyncio.Task[None]) -> None:
            tasks.discard(task)
            self._freed.set()

        task.add_done_callback(ended)


async def _finish(tasks: set[asyncio.Task[Any]], seconds: float) -> None:
    """Wait for the tasks, then cancel those that remain and wait for their last word."""
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
    left = list(tasks)
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=_HAND_BACK_SECONDS)
