"""What a dispatcher is made of, opened in order and closed in reverse."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial

from libs.common.deployment import Deployment, open_deployment
from libs.common.runtime.health import Check
from libs.common.settings import DispatcherSettings
from libs.common.storage.leases import keep_leases
from libs.jobs.expand import Expander
from libs.jobs.turn import Dispatch
from services.dispatcher.dispatcher import Dispatcher
from services.dispatcher.retention import keep_retention
from services.dispatcher.sweep import Sweep

#: Visibility timeouts without any movement after which pending files are sent again, on a guess. More than
#: the five deliveries after which a file that takes its workers along is given up: that one moves slowly, but
#: it is not lost.
_STALLED_TIMEOUTS = 7


@asynccontextmanager
async def open_dispatcher(settings: DispatcherSettings) -> AsyncIterator[tuple["Service", Check]]:
    """A dispatcher and its sweep ready to run, and their readiness check."""
    async with (
        open_deployment(settings) as deployment,
        keep_leases(deployment.dispatch_queue, settings.visibility_timeout) as leases,
    ):
        queue = deployment.dispatch_queue
        dispatcher = Dispatcher(settings, queue, leases, _dispatch(settings, deployment))
        sweep = Sweep(settings, deployment.jobs, queue)
        retention = partial(keep_retention, deployment, settings.job_retention_days)
        yield Service(dispatcher, sweep, retention), deployment.ready


def _dispatch(settings: DispatcherSettings, deployment: Deployment) -> Dispatch:
    return Dispatch(
        jobs=deployment.jobs,
        files=deployment.files,
        queue=deployment.file_queue,
        expander=Expander(deployment.files, deployment.blobs, deployment.file_queue, settings.slice_tasks),
        backlog=settings.dispatch_backlog,
        watch_seconds=settings.watch_interval,
        stalled_seconds=_STALLED_TIMEOUTS * settings.visibility_timeout,
        blocked_seconds=settings.engine_blocked_minutes * 60,
    )


class Service:
    """The dispatcher, the sweep and the retention, side by side."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        sweep: Sweep,
        retention: Callable[[asyncio.Event], Coroutine[None, None, None]],
    ) -> None:
        self._dispatcher = dispatcher
        self._sweep = sweep
        self._retention = retention

    async def run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sweep.run(stop))
            group.create_task(self._retention(stop))
            await self._dispatcher.run(stop)
