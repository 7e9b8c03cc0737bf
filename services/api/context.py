"""What the handlers work with."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from libs.common.deployment import Deployment
from libs.common.ledger.records import JobRow
from libs.common.settings import ApiSettings
from libs.jobs.engines import Engines
from libs.translation.workbench.bench import Bench

#: Runs a job in process and gives it ended (synchronous mode).
RunJob = Callable[[JobRow], Awaitable[JobRow]]
#: Estimates at the same time: each reads several documents of some megabytes.
MOST_ESTIMATES = 2


@dataclass(frozen=True, slots=True)
class Context:
    """``run_job`` is set in synchronous mode only."""

    deployment: Deployment
    settings: ApiSettings
    engines: Engines
    bench: Bench
    run_job: RunJob | None = None
    estimates: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_ESTIMATES))

    @property
    def reachable(self) -> tuple[str, ...]:
        """Patterns of every container a caller may read, make or write himself; empty: all.

        One list that is set closes all containers that no set list names, for reading and for writing.
        """
        return self.settings.source_containers + self.settings.target_containers


CONTEXT = web.AppKey("context", Context)
