"""The compose project that the check runs: its containers, and faults done to them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.places import ROOT
from tests.compose.commands import run
from tests.compose.engine import Engine
from tests.compose.places import PROJECT
from tests.compose.problems import Failed

_LABEL = f"label=com.docker.compose.project={PROJECT}"
#: Labels are how a container that compose did not make is found again and removed.
LABELLED = ("--label", f"com.docker.compose.project={PROJECT}")
_BUILD_SECONDS, _UP_SECONDS, _STOP_SECONDS = 1800.0, 240.0, 180.0
_LOG_LINES = "40"
#: SIGKILL for the service itself, the one child of tini: tini then ends with 137, as when memory runs out.
_KILL = "import os; [os.kill(int(pid), 9) for pid in open('/proc/1/task/1/children').read().split()[:1]]"


@dataclass(frozen=True, slots=True)
class Container:
    id: str
    #: Name of its compose service.
    service: str
    #: Of the Engine: `running`, `exited`, …
    state: str
    #: What its health check says; empty without one.
    health: str
    exit_code: int
    #: How often the Engine started it again by its restart policy.
    restarts: int
    #: When it last started, as the Engine writes times.
    started_at: str
    #: Addresses on the host, `127.0.0.1:8000`.
    published: tuple[str, ...]
    read_only: bool
    user: str


@dataclass(slots=True)
class Project:
    engine: Engine
    #: Compose files, the project's own first.
    files: Sequence[Path] = (ROOT / "docker-compose.yml",)
    profiles: Sequence[str] = ()
    #: Variables that the compose files read.
    variables: Mapping[str, str] = field(default_factory=dict)

    async def compose(self, *arguments: str, seconds: float = _UP_SECONDS) -> str:
        """Raises Failed."""
        files = [word for file in self.files for word in ("--file", str(file))]
        profiles = [word for profile in self.profiles for word in ("--profile", profile)]
        command = [self.engine.client, "compose", "--project-name", PROJECT, *files, *profiles, *arguments]
        env = {
            **self.engine.environment,
            **self.variables,
            "COMPOSE_PROGRESS": "plain",
            "COMPOSE_BAKE": "false",
        }
        name = " ".join(["docker compose", *arguments])
        return await run(command, seconds=seconds, env=env, folder=ROOT, name=name)

    async def build(self) -> None:
        await self.compose("build", seconds=_BUILD_SECONDS)

    async def up(self, *services: str, scale: Mapping[str, int] | None = None) -> None:
        """Start what is not running and wait until all of it is healthy. Raises Failed."""
        scaled = [word for name, count in (scale or {}).items() for word in ("--scale", f"{name}={count}")]
        waited = ("up", "--detach", "--wait", "--no-build", "--pull", "never")
        try:
            await self.compose(*waited, *scaled, *services)
        except Failed as problem:
            logs = await self.compose("logs", "--no-color", "--tail", _LOG_LINES)
            raise Failed(str(problem), [*problem.lines, *logs.splitlines()[-60:]]) from problem

    async def stop(self, *services: str) -> None:
        """Told to stop, each has its `stop_grace_period`."""
        await self.compose("stop", *services, seconds=_STOP_SECONDS)

    async def containers(self, service: str | None = None) -> list[Container]:
        """In the order of their names, ended ones included."""
        listed = await self.engine.docker("ps", "--all", "--quiet", "--filter", _LABEL)
        if not listed.split():
            return []
        details = json.loads(await self.engine.docker("inspect", *listed.split()))
        found = sorted((each for each in details), key=lambda each: str(each["Name"]))
        containers = [_container(each) for each in found]
        return [each for each in containers if service in {None, each.service}]

    async def kill_service(self, container: Container) -> None:
        """SIGKILL for the service's process; the Engine's restart policy takes it from there."""
        await self.engine.docker("exec", container.id, "python", "-c", _KILL)

    async def remove(self) -> None:
        """Remove every container, volume and network of this project, and nothing else."""
        kinds = {"container": ("ps", "--all"), "volume": ("volume", "ls"), "network": ("network", "ls")}
        for kind, listing in kinds.items():
            told = await self.engine.docker(*listing, "--quiet", "--filter", _LABEL)
            if told.split():
                forced = ("--force", "--volumes") if kind == "container" else ()
                await self.engine.docker(kind, "rm", *forced, *told.split(), seconds=_STOP_SECONDS)

    async def left(self) -> dict[str, int]:
        """How many things of this project are still there, by kind."""
        listings = {"containers": ("ps", "--all"), "volumes": ("volume", "ls"), "networks": ("network", "ls")}
        return {
            kind: len((await self.engine.docker(*listing, "--quiet", "--filter", _LABEL)).split())
            for kind, listing in listings.items()
        }


def _container(details: Mapping[str, Any]) -> Container:
    state, host = details["State"], details["HostConfig"]
    ports = details["NetworkSettings"]["Ports"] or {}
    return Container(
        id=details["Id"],
        service=details["Config"]["Labels"].get("com.docker.compose.service", ""),
        state=state["Status"],
        health=(state.get("Health") or {}).get("Status", ""),
        exit_code=state["ExitCode"],
        restarts=details["RestartCount"],
        started_at=state["StartedAt"],
        published=tuple(f"{at['HostIp']}:{at['HostPort']}" for ats in ports.values() for at in ats or ()),
        read_only=host["ReadonlyRootfs"],
        user=details["Config"]["User"],
    )
