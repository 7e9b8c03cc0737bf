"""What a dispatcher is made of, opened in order and closed in reverse."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial

import structlog

from libs.common.deployment import Deployment, deployment_of
from libs.common.settings import DispatcherSettings
from libs.common.storage.leases import keep_leases
from libs.common.webhook.client import open_webhooks
from libs.jobs.expand import Expander
from libs.jobs.roll_call import RollCall
from libs.jobs.turn import Dispatch
from services.dispatcher.census import keep_census
from services.dispatcher.dispatcher import Dispatcher
from services.dispatcher.line import Line
from services.dispatcher.notifier import Notifier
from services.dispatcher.retention import keep_retention
from services.dispatcher.sweep import Sweep

#: Visibility timeouts without any movement after which pending files are sent again, on a guess. More than
#: the five deliveries after which a file that takes its workers along is given up: that one moves slowly, but
#: it is not lost. Workers note every two minutes that they are at work for a job, so a file that takes long
#: counts as movement.
_STALLED_TIMEOUTS = 7
#: Visibility timeouts without a commit after which a process's counter row is folded. A process that lives
#: may be folded too, where its files take that long: it inserts a new row with its next commit.
_GONE_TIMEOUTS = 3
#: What a stopping dispatcher gives all that it runs, drains included (seconds). It ends within ten.
_STOP_SECONDS = 8.5
#: Runs until the event is set.
Run = Callable[[asyncio.Event], Coroutine[None, None, None]]

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_dispatcher(settings: DispatcherSettings) -> AsyncIterator[tuple["Service", Deployment]]:
    """A dispatcher with its companions, and the storage that has to be reached before they run: none of it
    was asked for anything.
    """
    async with (
        deployment_of(settings) as deployment,
        keep_leases(deployment.dispatch_queue, settings.visibility_timeout) as leases,
        _notifiers(settings, deployment) as notifiers,
    ):
        queue = deployment.dispatch_queue
        line = Line()
        dispatcher = Dispatcher(settings, queue, leases, _dispatch(settings, deployment), line)
        sweep = Sweep(settings, deployment.jobs, queue, line)
        retention = partial(keep_retention, deployment, settings.job_retention_days)
        census = partial(keep_census, deployment)
        yield Service(dispatcher, sweep.run, retention, census, *notifiers), deployment


@asynccontextmanager
async def _notifiers(settings: DispatcherSettings, deployment: Deployment) -> AsyncIterator[Sequence[Run]]:
    """What tells of ended jobs. Where no host is allowed there is none, and what is owed waits."""
    if not settings.notify_allowed_hosts:
        yield ()
        return
    async with (
        open_webhooks(settings.signing_keys, settings.notify_allowed_hosts) as webhooks,
        keep_leases(deployment.notify_queue, settings.visibility_timeout) as leases,
    ):
        yield (Notifier(settings, deployment, leases, webhooks).run,)


def _dispatch(settings: DispatcherSettings, deployment: Deployment) -> Dispatch:
    return Dispatch(
        jobs=deployment.jobs,
        files=deployment.files,
        queue=deployment.file_queue,
        notify_queue=deployment.notify_queue,
        expander=Expander(deployment.files, deployment.blobs, deployment.file_queue, settings.slice_tasks),
        backlog=settings.dispatch_backlog,
        watch_seconds=settings.watch_interval,
        stalled_seconds=_STALLED_TIMEOUTS * settings.visibility_timeout,
        blocked_seconds=settings.engine_blocked_minutes * 60,
        roll_call=RollCall(_GONE_TIMEOUTS * settings.visibility_timeout),
    )


class Service:
    """The dispatcher, and what runs beside it until it ends: sweep, retention, census, notifier."""

    def __init__(self, dispatcher: Dispatcher, *beside: Run) -> None:
        self._dispatcher = dispatcher
        self._beside = beside

    async def run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(stop)) for run in (*self._beside, self._dispatcher.run)]
            await stop.wait()
            _, late = await asyncio.wait(tasks, timeout=_STOP_SECONDS)
            for task in late:
                _log.warning("broken off, because it did not stop in time", task=task.get_name())
                task.cancel()
