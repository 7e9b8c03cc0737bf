"""The whole system as real processes, watched through its logs and, if asked for, behind the proxy."""

import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.azurite import Ports
from deploy.local.stack import StackOptions, service_command
from tests.e2e.system import System, system
from tests.faults.checker import Report, check
from tests.faults.operations import SERVICES
from tests.faults.proxy import Proxy, proxy
from tests.faults.running import Begun, drained

QUICK = {
    "VISIBILITY_TIMEOUT": "4",
    "WATCH_INTERVAL": "1",
    "SWEEP_INTERVAL": "1",
    "SWEEP_AFTER": "4",
    "POLL_INTERVAL": "0.3",
    "LOG_LEVEL": "INFO",
}


#: What Azurite says of each of its services when it is up.
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at http://[^:]+:(\d+)")


class Watched:
    """What the services' logs tell: which worker began which file, and when."""

    def __init__(self) -> None:
        self.begun = Begun()
        self.began: list[tuple[float, str, str]] = []
        self.lines: list[str] = []
        self.ports: dict[str, int] = {}

    def hear(self, process: str, line: str) -> None:
        if process == "azurite" and (port := _LISTENING.search(line)):
            self.ports[port[1].lower()] = int(port[2])
        if (found := self.begun.hear(line)) is not None:
            self.began.append((time.monotonic(), process, found))
        self.lines.append(f"{process}: {line}")

    def by(self, process: str) -> list[str]:
        """Files that a worker began."""
        return [name for _, worker, name in self.began if worker == process]


@asynccontextmanager
async def under_test(
    workers: int,
    settings: Mapping[str, str],
    *,
    drain: float = 5,
    through: bool = False,
    command: Callable[[str], Sequence[str]] = service_command,
) -> AsyncIterator[tuple[System, Watched, Proxy]]:
    """A stack whose services log to a watch and, if asked for, reach storage through a proxy."""
    watched = Watched()
    async with proxy(Ports(0, 0, 0)) as between:

        def hear(process: str, line: str) -> None:
            watched.hear(process, line)
            # Azurite chooses its ports, and tells them before any service starts.
            if len(watched.ports) == len(SERVICES):
                between.upstream = Ports(**watched.ports)

        reach = {"AZURE_STORAGE_CONNECTION_STRING": between.connection_string} if through else {}
        options = StackOptions(
            engine="pseudo",
            workers=workers,
            drain_seconds=drain,
            settings={**QUICK, **settings, **reach},
            on_line=hear,
            command=command,
        )
        try:
            async with system(options) as running:
                yield running, watched, between
        except BaseException:
            print(*watched.lines[-200:], sep="\n")
            raise


async def posted(running: System, sources: dict[str, bytes]) -> str:
    await running.upload("source", sources)
    job = await running.post(source_container="source", target_container="target", target_language="es")
    return str(job["job_id"])


async def checked(running: System, watched: Watched, job_id: str, sources: dict[str, bytes]) -> Report:
    await running.ended(job_id, 120)
    await drained(running.deployment)
    report = await check(running.deployment, job_id, sources, begun=watched.begun.times[job_id])
    print(report)
    return report.require()


async def progressed(running: System, job_id: str, files: int) -> None:
    async def has() -> bool:
        return bool((await running.get(job_id))["processed_files"] >= files)

    await running.until(has)


def highest_memory(pid: int) -> int:
    """The most memory that a process ever had resident, in bytes (Linux: VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
