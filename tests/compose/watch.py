"""The alerts and the dashboard of `deploy/observability/`, by a Prometheus that scrapes the stack."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import yaml

from deploy.local.places import ROOT
from deploy.local.ports import free_ports
from tests.compose.causes import Cause, Causes
from tests.compose.outside import Outside, open_outside
from tests.compose.places import HOME
from tests.compose.problems import Failed
from tests.compose.project import Project
from tests.compose.prometheus import Prometheus
from tests.compose.report import Report, columns
from tests.compose.rules import SCALE, write_scaled

#: Seconds of the workers' leases in this part, so that one can be outlived.
LEASE = 5
_FOLDER = ROOT / "deploy" / "observability"
_SERVICES = ("api", "dispatcher", "worker", "azure-emulated", "prometheus")
_UP = {"api": 1, "dispatcher": 1, "worker": 2}
#: What Grafana puts in for a scrape every 15 seconds.
_RATE_INTERVAL = "1m"
_UP_SECONDS, _QUIET_SECONDS = 60.0, 10.0
#: A queue with nothing in it is counted every 2 minutes.
_FIRE_SECONDS, _RESOLVE_SECONDS = 240.0, 240.0


async def watched(project: Project, report: Report) -> None:
    """Raises Failed for an alert that does not fire or does not end, and for a query without a series."""
    loop = asyncio.get_running_loop()
    await project.remove()
    begin, since = loop.time(), time.time()
    async with _observed(project) as (observed, prometheus, outside, emulator):
        report.note(
            f"alerts with times a {SCALE}th of the real ones (an hour is a minute), and a scrape each second"
        )
        await _all_up(prometheus)
        report.row(
            "docker compose --profile observability up --wait",
            f"Prometheus scrapes {_UP}",
            loop.time() - begin,
        )
        causes = Causes(observed, outside, emulator)
        await causes.upload()
        await _quiet(prometheus, report)
        report.tables.append(await _alerts(prometheus, causes, report))
        await causes.frozen_and_restarted()
        report.tables.append(await _queries(prometheus, since, report))


@asynccontextmanager
async def _observed(project: Project) -> AsyncIterator[tuple[Project, Prometheus, Outside, str]]:
    """The stack with the emulated engine and Prometheus, whose rules are the project's with short times."""
    api, emulator, prometheus = free_ports(3)
    folder, override = HOME / "observability", HOME / "observability.yml"
    write_scaled(folder)
    override.write_text(
        yaml.safe_dump({"services": _overrides(str(folder), emulator, prometheus)}), encoding="utf-8"
    )
    observed = replace(
        project,
        files=(*project.files, override),
        profiles=("azure-emulated", "observability"),
        variables={"API_PORT": str(api), "TRANSLATION_ENGINE": "azure"},
    )
    await observed.up(*_SERVICES)
    async with open_outside(f"http://127.0.0.1:{api}") as outside, aiohttp.ClientSession() as http:
        yield (
            observed,
            Prometheus(http, f"http://127.0.0.1:{prometheus}"),
            outside,
            f"http://127.0.0.1:{emulator}",
        )


def _overrides(folder: str, emulator: int, prometheus: int) -> dict[str, Any]:
    # A look each second, as a scrape each second: the rules count looks in windows of 5 seconds.
    leases = {"VISIBILITY_TIMEOUT": str(LEASE)}
    return {
        "prometheus": {
            "volumes": [f"{folder}:/etc/prometheus:ro"],
            "ports": [f"127.0.0.1:{prometheus}:9090"],
        },
        "azure-emulated": {"ports": [f"127.0.0.1:{emulator}:5000"]},
        "api": {"environment": leases},
        "dispatcher": {"environment": {**leases, "WATCH_INTERVAL": "1"}},
        "worker": {"environment": leases},
    }


async def _all_up(prometheus: Prometheus) -> None:
    try:
        async with asyncio.timeout(_UP_SECONDS):
            # Prometheus has no way to say that a scrape succeeded.
            while await prometheus.targets() != _UP:  # noqa: ASYNC110
                await asyncio.sleep(1)
    except TimeoutError:
        raise Failed(f"Prometheus scrapes {await prometheus.targets()}, not {_UP}") from None


async def _quiet(prometheus: Prometheus, report: Report) -> None:
    """No alert fires on a stack that nothing ails."""
    await asyncio.sleep(_QUIET_SECONDS)
    if firing := await prometheus.firing():
        raise Failed(f"on a quiet stack fires {', '.join(sorted(firing))}")
    report.row("a quiet stack", "no alert fires")


async def _alerts(prometheus: Prometheus, causes: Causes, report: Report) -> str:
    rules = yaml.safe_load((_FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    waits = {rule["alert"]: rule["for"] for rule in rules}
    rows = list[tuple[str, ...]]()
    for cause in causes.all():
        rows += await _played(prometheus, cause, waits)
        await causes.settle()
    if missing := set(waits) - {row[0] for row in rows}:
        raise Failed(f"nothing makes {', '.join(sorted(missing))} fire")
    report.row("alerts", f"{len(rows)} of {len(waits)} fired by their cause and ended with it")
    return columns(("alert", "cause", "for", "fired after", "resolved after"), rows)


async def _played(prometheus: Prometheus, cause: Cause, waits: dict[str, str]) -> list[tuple[str, ...]]:
    async with cause.play():
        fired = await prometheus.until(cause.alerts, fire=True, seconds=_FIRE_SECONDS)
    resolved = await prometheus.until(cause.alerts, fire=False, seconds=_RESOLVE_SECONDS)
    rows: list[tuple[str, ...]] = [
        (alert, cause.what, waits[alert], f"{fired[alert]:.1f} s", f"{resolved[alert]:.1f} s")
        for alert in cause.alerts
    ]
    for row in rows:
        print(f"compose-check: {row[0]}: fired after {row[3]}, resolved after {row[4]}", flush=True)
    return rows


async def _queries(prometheus: Prometheus, since: float, report: Report) -> str:
    """Every query of the dashboard over the whole run."""
    dashboard = json.loads((_FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    rows, empty = list[tuple[str, ...]](), list[str]()
    for panel in dashboard["panels"]:
        asked = [
            target["expr"].replace("$__rate_interval", _RATE_INTERVAL) for target in panel.get("targets", ())
        ]
        counts = [await prometheus.series(query, since, time.time()) for query in asked]
        empty += [query for query, count in zip(asked, counts, strict=True) if count == 0]
        if counts:
            rows.append((panel["title"], str(len(counts)), " ".join(map(str, counts))))
    if empty:
        raise Failed("queries of the dashboard without a series", empty)
    total = sum(int(row[1]) for row in rows)
    report.row("dashboard", f"each of {total} queries of {len(rows)} panels has series")
    return columns(("panel", "queries", "series of each"), rows)
