"""Small jobs that are run to their end though the process that looks after them dies once on the way."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import pytest

from libs.common.deployment import Deployment, open_deployment
from libs.common.ledger.notification import Notification
from libs.common.ledger.records import JobRow
from libs.common.settings import ServiceSettings
from libs.common.storage import dead_letters
from libs.jobs.purge import delete
from libs.jobs.replay import replay
from libs.jobs.retry import reopen
from libs.jobs.stop import cancel
from libs.jobs.submit import submit
from services.dispatcher import resources as of_dispatcher
from services.worker import resources as of_worker
from tests.faults.checker import Violation, check, leftovers
from tests.faults.crashes import PROCESS, InProcess, Point, mortal_processes, unseen
from tests.faults.operations import READS
from tests.faults.places import ports_of
from tests.faults.running import Names, drained, followed, new_job, services, until, upload

#: Two slices of two: one good file and one that fails in the first; in the second one that is copied, for it
#: has no format, and one whose content tells its format.
SOURCES = {"a.txt": b"Hello.", "b.txt": bytes(range(256)), "c.bin": b"\x00", "d": b"Good bye."}
OPTIONS = {"unsupported": "copy"}
SETTINGS = {
    "visibility_timeout": 2,
    "watch_interval": 1,
    "sweep_interval": 1,
    "sweep_after": 2,
    "slice_tasks": 2,
}
_PATIENCE = 90.0
_DEPLOYMENT: ContextVar[Deployment] = ContextVar("deployment")


@dataclass(frozen=True, slots=True)
class Run:
    """One run. ``fired``: its process died at the point; ``calls``: what it had called by then, and
    ``before`` those that other scenarios are about. ``job`` is None where it was deleted.
    """

    point: Point | None
    fired: bool
    calls: Counter[str]
    before: Counter[str]
    job: JobRow | None
    violations: Sequence[Violation]


@dataclass(frozen=True, slots=True)
class Stage:
    """Storage of one run, its job, and the client's memory of what it has asked for."""

    names: Names
    connection_string: str
    deployment: Deployment
    job: JobRow
    asked: set[str] = field(default_factory=set)
    before: Counter[str] = field(default_factory=Counter)
    asked_all: asyncio.Event = field(default_factory=asyncio.Event)

    def process(self, point: Point | None = None) -> InProcess:
        return InProcess(self.names.own, ports_of(self.connection_string), point)

    async def submit(self, *, tell: bool = True) -> None:
        """A client without an answer asks again only while there is no job."""
        if await self.deployment.jobs.get(self.job.job_id) is None:
            await submit(self.deployment, self.job, tell=tell)

    async def serve(self, **settings: Any) -> None:
        """A dispatcher with its sweep and one worker, until the process dies. No request comes after."""
        self.asked_all.set()
        async with services(self.names, self.connection_string, workers=1, **SETTINGS, **settings):
            await asyncio.Event().wait()

    async def run_to_its_end(self) -> JobRow | None:
        """What comes before the requests about a job that has ended; the job as it is then."""
        if not self.asked:
            await self.submit()
            async with services(self.names, self.connection_string, 1, **SETTINGS):
                await unseen(until(self._has_ended))
        return await self.deployment.jobs.get(self.job.job_id)

    async def _has_ended(self) -> bool:
        job = await self.deployment.jobs.get(self.job.job_id)
        return job is not None and (job.status.ended or job.retries > 0)

    def once(self, request: str) -> bool:
        """Whether the client asks for this now: it does so once. What came before is not this run's."""
        process = PROCESS.get()
        if request in self.asked or process is None:
            return False
        self.asked.add(request)
        self.before.update(process.calls)
        return True


#: What a process does from its start; it ends when the process dies.
Main = Callable[[Stage], Coroutine[None, None, None]]


@asynccontextmanager
async def stage(connection_string: str, told: Notification | None) -> AsyncIterator[Stage]:
    """Storage of one run with the sources in it, opened once for all its processes."""
    names = Names()
    async with open_deployment(names.settings(ServiceSettings, connection_string)) as deployment:
        _DEPLOYMENT.set(deployment)
        container = f"source-{names.own}"
        await upload(deployment, container, SOURCES)
        job = new_job(container, options=OPTIONS, notification=told)
        yield Stage(names, connection_string, deployment, job)


@contextmanager
def theatre() -> Iterator[None]:
    """Processes that can die, and services that share the storage clients of their stage: opening them anew
    for each process would take longer than all the rest.
    """
    with mortal_processes(), pytest.MonkeyPatch.context() as patch:
        for resources in (of_dispatcher, of_worker):
            patch.setattr(resources, "deployment_of", lambda _settings: nullcontext(_DEPLOYMENT.get()))
        patch.setattr(dead_letters, "_HIDDEN_SECONDS", 2)
        yield


async def submitted(here: Stage) -> None:
    """The API and the services in one process: whatever dies, dies in it."""
    await here.submit()
    await here.serve()


async def left_to_the_sweep(here: Stage) -> None:
    """The API never sends the dispatch message."""
    await here.submit(tell=False)
    await here.serve()


async def cancelled(here: Stage) -> None:
    """Half listed, with files waiting, the job is cancelled by a client that asks only once."""
    await here.submit()

    async def is_listed() -> bool:
        return (await here.deployment.files.progress(here.job.job_id)).total > 0

    # Two waiting files are more than the backlog: no run lists the second slice before the cancel.
    async with services(here.names, here.connection_string, 0, **SETTINGS, dispatch_backlog=1):
        await unseen(until(is_listed))
    if here.once("cancel"):
        seen = here.deployment
        await cancel(seen.jobs, seen.files, seen.notify_queue, here.job.job_id)
    await here.serve()


async def retried(here: Stage) -> None:
    """The job ended with a failed file, and a client asks once for another try."""
    job = await here.run_to_its_end()
    if job is not None and job.status.ended and here.once("retry"):
        await reopen(here.deployment.jobs, here.deployment.dispatch_queue, job)
    await here.serve()


async def replayed(here: Stage) -> None:
    """The job ended with a failed file, and a client asks once that its dead letter be replayed."""
    await here.run_to_its_end()
    letters = await here.deployment.file_queue.dead.peek(1)
    if letters and here.once("replay"):
        await replay(here.deployment, here.deployment.file_queue, letters[0][0])
    await here.serve()


async def deleted(here: Stage) -> None:
    """The job ended, and a client asks once that it be deleted."""
    job = await here.run_to_its_end()
    if job is not None and here.once("delete"):
        await delete(here.deployment.jobs, here.deployment.dispatch_queue, job)
    await here.serve()


async def outlived(here: Stage) -> None:
    """The job ended, and the dispatcher keeps none that has."""
    await here.run_to_its_end()
    here.once("retention")
    await here.serve(job_retention_days=1e-9)


async def run_with_a_crash(
    connection_string: str, main: Main, point: Point | None, told: Notification | None = None
) -> Run:
    """Run a job; at the point, the process dies and another takes its place. ``told``: whom it notifies."""
    async with stage(connection_string, told) as here:
        first = living = here.process(point)
        working = first.run(main(here))
        end = asyncio.create_task(_ended(here))
        death = asyncio.create_task(first.died.wait())
        try:
            await asyncio.wait({end, death, working}, return_when=asyncio.FIRST_COMPLETED)
            fired = first.died.is_set()
            if fired:
                await first.kill()
                living = here.process()
                working = living.run(main(here))
                await asyncio.wait({end, working}, return_when=asyncio.FIRST_COMPLETED)
            if not end.done():
                await working  # what broke it is what there is to tell
            job = await end
            violations = await _violations(here, job)
        finally:
            await living.kill()
            end.cancel()
            death.cancel()
        return Run(point, fired, first.calls, here.before, job, violations)


async def _ended(here: Stage) -> JobRow | None:
    """When nothing is under way any more; the job as it is then."""
    await here.asked_all.wait()
    seen = here.deployment
    if "retention" in here.asked:
        await until(lambda: _is_gone(here), _PATIENCE)
    elif "delete" not in here.asked:
        await followed(seen, here.job.job_id, _PATIENCE, pause=0.5)
    if here.job.notification is not None:
        await until(lambda: _has_told(here), _PATIENCE)
    await drained(seen, _PATIENCE)
    await until(lambda: _all_letters_are_seen(seen), _PATIENCE)
    return await seen.jobs.get(here.job.job_id)


async def _has_told(here: Stage) -> bool:
    job = await here.deployment.jobs.get(here.job.job_id)
    return job is not None and job.status.ended and not job.owes_notification


async def _is_gone(here: Stage) -> bool:
    return await here.deployment.jobs.get(here.job.job_id) is None


async def _all_letters_are_seen(seen: Deployment) -> bool:
    """A letter that a dead process had in hand is hidden for a while."""
    dead = seen.file_queue.dead
    return len(await dead.peek(32)) == await dead.length()


async def _violations(here: Stage, job: JobRow | None) -> Sequence[Violation]:
    if job is None:
        return await leftovers(here.deployment, here.job, {"a.txt", "d"})
    return (await check(here.deployment, here.job.job_id, SOURCES)).violations


def points_of(run: Run, only: str = ".*") -> list[Point]:
    """Before and after each call of the run whose name matches ``only``. A read changes nothing, and a
    receive is known by what it brought: for them the two are one.
    """
    points = []
    for call, times in sorted(run.calls.items()):
        once = " ".join(call.split()[:2]) in READS | {"queue receive"}
        if re.fullmatch(only, call):
            for number in range(run.before[call], times):
                points += [Point(call, number, after) for after in ((True,) if once else (False, True))]
    return points
