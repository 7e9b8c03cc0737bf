"""Azurite, the emulator of Azure Storage, as an async context manager for the stack and the tests."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from deploy.local.node import find_node
from deploy.local.places import AZURITE_PROGRAM
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.problems import LocalStackError, ProcessDied
from deploy.local.processes import Line, Process, child_environment

ACCOUNT = "devstoreaccount1"
PUBLIC_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The same on every machine and printed in Azurite's README: it opens nothing but an emulator."""
SERVICES = ("Blob", "Queue", "Table")
KEEP_ALIVE_SECONDS = 60
"""Azurite's default of 5 s closes pooled connections under the client's hands: resets on the next use."""
START_SECONDS = 30.0
STOP_SECONDS = 2.0
"""Azurite waits for idle clients, at times over 10 s; whoever needs the data to be written closes the
clients first and then gives it longer."""
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Ports:
    blob: int
    queue: int
    table: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """Of the name 127.0.0.1, as PEM files."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Azurite:
    ports: Ports
    process: Process

    @property
    def connection_string(self) -> str:
        return connection_string(self.ports)


@asynccontextmanager
async def azurite(
    ports: Ports | None = None,
    folder: Path | None = None,
    *,
    certificate: Certificate | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
    on_line: Line | None = None,
    stop_seconds: float = STOP_SECONDS,
) -> AsyncIterator[Azurite]:
    """A running Azurite whose three services listen. Without `ports`: free ones. Without `folder`: in memory.
    With a `certificate` it speaks https, and takes tokens of Microsoft Entra ID too. ``environment`` is what
    its process gets beside the usual.

    Raises LocalStackError when it is not installed, ProcessDied or NotReady when it does not come up.
    """
    launch = _Launch(_options(folder, certificate), environment, on_line)
    running = await _started(ports, launch)
    try:
        yield running
    finally:
        await running.process.stop(stop_seconds)


def connection_string(ports: Ports) -> str:
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={PUBLIC_KEY};"
        f"BlobEndpoint=http://{LOOPBACK}:{ports.blob}/{ACCOUNT};"
        f"QueueEndpoint=http://{LOOPBACK}:{ports.queue}/{ACCOUNT};"
        f"TableEndpoint=http://{LOOPBACK}:{ports.table}/{ACCOUNT};"
    )


@dataclass(frozen=True, slots=True)
class _Launch:
    options: Sequence[str]
    environment: Mapping[str, str]
    on_line: Line | None


async def _started(ports: Ports | None, launch: _Launch) -> Azurite:
    for attempt in range(1, ATTEMPTS + 1):
        running = _azurite(ports or Ports(*free_ports(3)), launch)
        try:
            await _start(running.process)
        except ProcessDied as death:
            # A free port may be taken between choosing and listening; a given one stays taken.
            if ports or attempt == ATTEMPTS or not any("EADDRINUSE" in line for line in death.lines):
                raise
        else:
            return running
    raise AssertionError("unreachable: the last attempt returns or raises")


def _azurite(ports: Ports, launch: _Launch) -> Azurite:
    if not AZURITE_PROGRAM.is_file():
        raise LocalStackError("Azurite is not installed: run `make setup`")
    argv = [find_node().program, str(AZURITE_PROGRAM), *launch.options, *_places(ports)]
    process = Process("azurite", argv, env=child_environment(launch.environment), on_line=launch.on_line)
    return Azurite(ports, process)


def _options(folder: Path | None, certificate: Certificate | None) -> list[str]:
    where = ["--location", str(folder)] if folder else ["--inMemoryPersistence"]
    # Its list of API versions is older than the SDKs', and it would report use over the network.
    options = [*where, "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    if certificate is not None:
        # It looks at the times, the audience and the issuer of a token, not at its signature.
        options += ["--cert", str(certificate.chain), "--key", str(certificate.key), "--oauth", "basic"]
    return options


def _places(ports: Ports) -> list[str]:
    options: list[str] = []
    for service, port in (("blob", ports.blob), ("queue", ports.queue), ("table", ports.table)):
        options += [f"--{service}Host", LOOPBACK, f"--{service}Port", str(port)]
        options += [f"--{service}KeepAliveTimeout", str(KEEP_ALIVE_SECONDS)]
    return options


async def _start(process: Process) -> None:
    """Its own word that it listens, not an answer on the port: that could be another program's."""
    try:
        await process.start()
        for service in SERVICES:
            await process.wait_for_line(f"Azurite {service} service is successfully listening", START_SECONDS)
    except BaseException:
        await process.kill()
        raise
