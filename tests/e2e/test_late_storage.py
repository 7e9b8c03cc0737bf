"""Services that start while storage is away wait for it, say so, and are ready soon after it is there."""

import asyncio
import signal
import sys
import time
from collections.abc import Sequence

import pytest

from deploy.local.azurite import Ports, azurite
from deploy.local.azurite import connection_string as string_for
from deploy.local.ports import free_ports
from tests.e2e.starting import SERVICES, SOON, START, Service, all_ready, started
from tests.faults.places import ports_of
from tests.faults.plan import Fault, Plan
from tests.faults.proxy import proxy

#: Seconds that storage is away once all wait for it.
AWAY = 10.0
#: With it, those ten seconds are two hours for the service.
FACTOR = 720


def hurried(module: str) -> Sequence[str]:
    return (sys.executable, "-m", "tests.e2e.hurried", f"{FACTOR}", f"services.{module}")


async def test_services_outlive_an_outage_of_ten_seconds_or_two_hours_at_their_start() -> None:
    ports = Ports(*free_ports(3))
    settings = {"AZURE_STORAGE_CONNECTION_STRING": string_for(ports)}
    async with started(settings) as usual, started(settings, hurried) as long:
        await asyncio.gather(*(service.waits("storage to answer") for service in (*usual, *long)))
        over = time.monotonic() + AWAY
        while time.monotonic() < over:
            await asyncio.gather(*(lives_and_waits(service) for service in (*usual, *long)))
            await asyncio.sleep(0.5)
        hours = [float((await service.waits("since")).split()[2]) / 3600 for service in long]
        async with azurite(ports):
            back = time.monotonic()
            soon, later = await asyncio.gather(all_ready(usual, back), all_ready(long, back))
            status, _, body = await usual[0].get("/api/v1/batch/jobs")
    print(f"faults fired: storage away; ready after {AWAY:g} s: {soon}, after {min(hours):.1f} h: {later}")
    assert min(hours) >= 2
    assert max(*soon.values(), *later.values()) <= SOON
    assert (status, body) == (200, [])
    for service in usual:
        assert service.said("waiting for storage") == 1, "it says it once in a minute"
    for service in long:
        assert service.said("waiting for storage") > 1, "it says it again"


async def lives_and_waits(service: Service) -> None:
    """Probes are answered, and the API refuses everything else in words."""
    assert (await service.get("/healthz"))[0] == 200
    assert (await service.get("/readyz"))[0] == 503
    if service.name == "api":
        status, headers, body = await service.get("/api/v1/batch/jobs")
        assert (status, body["code"]) == (503, "starting")
        assert headers["Content-Type"].startswith("application/problem+json")
        assert int(headers["Retry-After"]) > 0


async def test_a_service_that_waits_obeys_sigterm_at_once() -> None:
    settings = {"AZURE_STORAGE_CONNECTION_STRING": string_for(Ports(*free_ports(3)))}
    async with started(settings) as services:
        await asyncio.gather(*(service.waits("storage to answer") for service in services))
        for service in services:
            service.process.send(signal.SIGTERM)
        async with asyncio.timeout(10):
            codes = [await service.process.wait() for service in services]
    assert codes == [0, 0, 0]


async def test_a_role_that_is_assigned_after_the_start_is_waited_for(connection_string: str) -> None:
    async with proxy(ports_of(connection_string), Plan(rate=1, faults=[Fault.FORBIDDEN])) as between:
        settings = {"AZURE_STORAGE_CONNECTION_STRING": between.connection_string}
        async with started(settings) as services:
            await asyncio.gather(*(service.waits("AuthorizationPermissionMismatch") for service in services))
            between.plan = Plan()
            ready = await all_ready(services, time.monotonic())
    print(f"faults fired: {between.faults[Fault.FORBIDDEN]} requests refused, ready after {ready}")
    assert between.faults[Fault.FORBIDDEN] >= len(SERVICES)
    assert max(ready.values()) <= SOON


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName"}, "AZURE_STORAGE_CONNECTION_STRING"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName=a;AccountKey=no-base64!"}, "AccountKey"),
        ({"TRANSLATION_ENGINE": "azure"}, "AZURE_TRANSLATOR_KEY"),
    ],
    ids=["malformed string", "malformed key", "engine without key"],
)
async def test_what_no_waiting_can_heal_ends_the_process_at_once(settings: dict[str, str], line: str) -> None:
    away = {"AZURE_STORAGE_CONNECTION_STRING": string_for(Ports(*free_ports(3)))}
    async with started(away | settings, names=["worker"]) as [worker], asyncio.timeout(START):
        assert await worker.process.wait() == 1
    said = worker.lines[-1]
    assert said.startswith("cannot start: ")
    assert line in said
    assert worker.said("waiting for storage") == 0
