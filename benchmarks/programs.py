"""The programs of a benchmark, each counted, and what they tell."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stalls import Wait
from deploy.local.azurite import Azurite, azurite
from deploy.local.processes import Line, Process, child_environment
from deploy.local.stack import Stack, StackOptions, service_command, stack

_LATENCY = Path(__file__).with_name("latency.cjs")
PYTHON = service_command("")[0]
#: Settings of every service in a benchmark: nothing holds the dispatcher up, and a file is copied.
SETTINGS = {
    "TRANSLATION_ENGINE": "copy",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "WARNING",
    "DISPATCH_BACKLOG": "1000000",
    "DRAIN_SECONDS": "5",
}
#: Patience with whatever is waited for in another process (seconds).
DEADLINE = 1800.0


@dataclass(frozen=True, slots=True)
class Calls:
    """Storage requests by service and method, and the bytes of their bodies both ways."""

    requests: Mapping[str, int]
    bytes: int

    @property
    def total(self) -> int:
        return sum(self.requests.values())


@dataclass(frozen=True, slots=True)
class Told:
    """What processes told together: ``received`` is the first receive of any, ``opening`` how many requests
    came before it (a process's start, once and not for each file), ``last`` when each kind of
    request was last answered, ``written`` when files were (Unix times); ``cpu`` in
    seconds from each process's first receive.
    """

    calls: Calls
    cpu: float
    received: float
    opening: int
    last: Mapping[str, float]
    written: tuple[float, ...]
    waits: tuple[Wait, ...]


@asynccontextmanager
async def storage_at(latency: int) -> AsyncIterator[Azurite]:
    """An emulator in memory that answers so many ms later than it could."""
    distance = {"NODE_OPTIONS": f'--require "{_LATENCY}"', "LATENCY_MS": str(latency)} if latency else {}
    async with azurite(environment=distance) as running:
        yield running


def program(
    name: str,
    module: str,
    storage: Azurite,
    folder: Path,
    *arguments: str,
    on_line: Line | None = None,
    **settings: str,
) -> Process:
    """A program of ours under `benchmarks.counted`, which tells into ``folder``; ``settings`` beside, or in
    the place of, `SETTINGS`. ``on_line`` gets each line that it logs.
    """
    given = {"AZURE_STORAGE_CONNECTION_STRING": storage.connection_string, **SETTINGS, **settings}
    command = _counted(file_of(folder, name), module, *arguments)
    return Process(name, command, env=child_environment(given), on_line=on_line)


def _counted(file: Path, module: str, *arguments: str) -> list[str]:
    return [PYTHON, "-m", "benchmarks.counted", str(file), module, *arguments]


def file_of(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


def told(files: Iterable[Path]) -> Told:
    counts = [json.loads(file.read_text()) for file in files]
    requests: Counter[str] = Counter()
    for count in counts:
        requests.update(count["requests"])
    kinds = {kind for count in counts for kind in count["last"]}
    return Told(
        calls=Calls(requests, sum(sum(count["bytes"].values()) for count in counts)),
        cpu=sum(count["cpu_seconds"] for count in counts),
        received=min((count["received"] for count in counts if count["received"]), default=0.0),
        opening=sum(count["opening"] for count in counts),
        last={kind: max(count["last"].get(kind, 0.0) for count in counts) for kind in kinds},
        written=tuple(sorted(moment for count in counts for moment in count["written"])),
        waits=tuple(Wait(*wait) for count in counts for wait in count["waits"]),
    )


async def told_now(process: Process, file: Path) -> Told:
    """What a running program has counted so far."""
    before = _written(file)
    process.send(signal.SIGUSR1)

    async def is_new() -> bool:
        return _written(file) != before

    await until(is_new, every=0.01)
    return told([file])


def _written(file: Path) -> int:
    return file.stat().st_mtime_ns if file.exists() else 0


def peak_memory(process: Process) -> int:
    """The most bytes the process ever had in memory (Linux)."""
    return _of_status(process, "VmHWM")


def cpu(process: Process) -> float:
    """Seconds of CPU the process has used (Linux)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: Process) -> int:
    """Bytes the process has in memory now (Linux)."""
    return _of_status(process, "VmRSS")


def _of_status(process: Process, field: str) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


async def until(holds: Callable[[], Awaitable[bool]], every: float = 0.25) -> None:
    async with asyncio.timeout(DEADLINE):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(every)


@asynccontextmanager
async def counting_stack(folder: Path, settings: Mapping[str, str], workers: int = 2) -> AsyncIterator[Stack]:
    """A whole system whose processes count into ``folder``: ``api``, ``dispatcher``, ``worker-1`` …"""
    started: Counter[str] = Counter()

    def command(module: str) -> Sequence[str]:
        started[module] += 1
        name = f"{module}-{started[module]}" if module == "worker" else module
        return _counted(file_of(folder, name), f"services.{module}")

    options = StackOptions(workers=workers, engine="copy", settings=settings, command=command)
    async with stack(options) as running:
        yield running
