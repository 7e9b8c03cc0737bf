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
    def readable(self) -> tuple[str, ...]:
        """Patterns of every container a caller may look into; empty: all."""
        given = self.settings.source_containers, self.settings.target_containers
        return given[0] + given[1] if all(given) else ()


CONTEXT = web.AppKey("context", Context)
