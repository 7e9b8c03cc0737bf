"""Storage that is away for a while, in whole or one service of it, while a job runs."""

import asyncio
import time
from dataclasses import dataclass

from libs.common.deployment import Deployment, open_deployment
from libs.common.settings import ServiceSettings
from tests.faults.checker import Report, check
from tests.faults.operations import SERVICES
from tests.faults.places import ports_of
from tests.faults.plan import Fault
from tests.faults.proxy import proxy
from tests.faults.running import (
    Begun,
    Names,
    drained,
    followed,
    new_job,
    services,
    submitted,
    texts,
    until,
    upload,
)

#: What is away together.
WHOLE = frozenset(SERVICES)
CASES = (WHOLE, *(frozenset({service}) for service in SERVICES))
#: The job is under way, and far from its end, when storage goes.
_FILES, _DONE_BEFORE = 100, 10
_SETTINGS = {"visibility_timeout": 4, "pseudo_delay_ms": 200}
_PATIENCE = 180.0


@dataclass(frozen=True, slots=True)
class Outage:
    """``recovered`` is how long after its end the next file was counted, ``pending`` how many waited then."""

    away: frozenset[str]
    seconds: float
    refused: int
    pending: int
    recovered: float
    report: Report

    def __str__(self) -> str:
        what = "storage" if self.away == WHOLE else "+".join(sorted(self.away))
        return (
            f"{what} away for {self.seconds:g} s: {self.refused} requests refused, {self.pending} files "
            f"pending at its end, the next one counted {self.recovered:.1f} s after; {self.report}"
        )


async def run_outage(connection_string: str, away: frozenset[str], seconds: float, begun: Begun) -> Outage:
    """A job in the middle of which some services are away; through to its last message."""
    names, sources = Names(), texts(_FILES)
    container = f"outage-{names.own}"
    direct = names.settings(ServiceSettings, connection_string)
    async with (
        open_deployment(direct) as seen,
        proxy(ports_of(connection_string)) as between,
        services(names, between.connection_string, slice_tasks=40, **_SETTINGS),
    ):
        await upload(seen, container, sources)
        job = new_job(container)
        await submitted(seen, job)
        await until(lambda: _at_least(seen, job.job_id, _DONE_BEFORE))
        between.down = set(away)
        await asyncio.sleep(seconds)  # the fault itself: how long it lasts is what is tested
        between.down = set()
        back, progress = time.monotonic(), await seen.files.progress(job.job_id)
        await until(lambda: _at_least(seen, job.job_id, progress.counts.ended + 1))
        recovered = time.monotonic() - back
        await followed(seen, job.job_id, _PATIENCE)
        await drained(seen, _PATIENCE)
        report = await check(seen, job.job_id, sources, begun=begun.times[job.job_id])
        refused = between.faults[Fault.DOWN]
        return Outage(away, seconds, refused, _FILES - progress.counts.ended, recovered, report)


async def _at_least(deployment: Deployment, job_id: str, files: int) -> bool:
    return (await deployment.files.progress(job_id)).counts.ended >= files
