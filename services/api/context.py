"""What the handlers work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from libs.common.deployment import Deployment
from libs.common.ledger.records import JobRow
from libs.common.settings import ApiSettings
from libs.translation.engines.engine import Engine

#: Runs a job in process and gives it ended (synchronous mode).
RunJob = Callable[[JobRow], Awaitable[JobRow]]


@dataclass(frozen=True, slots=True)
class Context:
    """``run_job`` is set in synchronous mode only."""

    deployment: Deployment
    settings: ApiSettings
    engine: Engine
    run_job: RunJob | None = None

    @property
    def reachable(self) -> tuple[str, ...]:
        """Patterns of every container a caller may read, make or write himself; empty: all.

        One list that is set closes all containers that no set list names, for reading and for writing.
        """
        return self.settings.source_containers + self.settings.target_containers


CONTEXT = web.AppKey("context", Context)
