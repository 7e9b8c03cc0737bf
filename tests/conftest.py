"""What all tests share: a real Azurite, and settings that can only point at it."""

import asyncio
import os
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from pydantic import SecretStr

from deploy.local.azurite import azurite
from deploy.local.places import ROOT
from deploy.local.problems import LocalStackError
from libs.common.deployment import Deployment, open_deployment
from libs.common.settings import ENV_FILE_VARIABLE, ServiceSettings, WorkerSettings
from tests.receiver import Receiver, receiving

#: Folders of tests that start services, browsers and emulators as processes.
HEAVY = frozenset({"browser", "e2e", "faults"})

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


def pytest_configure() -> None:
    """No test sees the developer's environment: settings are built in tests, never read."""
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        del os.environ[name]
    os.environ[ENV_FILE_VARIABLE] = ""
    # The same examples in every run, and no clock: what is found is found for everybody, on any machine.
    settings.register_profile("suite", derandomize=True, deadline=None)
    settings.load_profile("suite")


def pytest_xdist_auto_num_workers() -> int:
    """As many processes as this one may use cores, and no more than two: each has an Azurite."""
    return min(2, len(os.sched_getaffinity(0)))


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of whole stacks run one at a time, because two at once would wait for each other's cores."""
    for item in items:
        if item.path.relative_to(ROOT / "tests").parts[0] in HEAVY:
            item.add_marker(pytest.mark.xdist_group("heavy"))


def missing(tool: str) -> None:
    """A tool that is not there fails the build, and is a named skip on a developer's machine."""
    if os.environ.get("CI"):
        pytest.fail(f"{tool} is missing: run make setup", pytrace=False)
    pytest.skip(f"{tool} is missing: run make setup")


@pytest.fixture(scope="session")
def connection_string() -> Iterator[str]:
    """A real Azurite in memory, in a thread with a loop of its own: it outlives each test's loop."""
    started: Future[str] = Future()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def hold() -> None:
        try:
            async with azurite() as running:
                started.set_result(running.connection_string)
                await stop.wait()
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=lambda: loop.run_until_complete(hold()), name="azurite")
    thread.start()
    try:
        yield started.result(60)
    except LocalStackError as error:
        missing(f"Azurite ({error})")
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


Explicit = Callable[..., Any]


@pytest.fixture
def account(connection_string: str) -> str:
    """The storage account that a test's settings name."""
    return connection_string


@pytest.fixture
def explicit(account: str) -> Explicit:
    """Build settings of a kind: explicit, on Azurite, with queues and tables of this test alone."""
    own = secrets.token_hex(4)

    def build(kind: type[SettingsT], **values: Any) -> SettingsT:
        refuse_all_but_loopback(account)
        return kind(
            **{
                "azure_storage_connection_string": SecretStr(account),
                "queue_name": f"jobs-{own}",
                "dispatch_queue_name": f"dispatch-{own}",
                "notify_queue_name": f"notify-{own}",
                "table_name": f"jobs{own}",
                "files_table_name": f"files{own}",
                "log_format": "console",
                **values,
            },
            _env_file=None,
        )

    return build


def refuse_all_but_loopback(connection_string: str) -> None:
    parts = dict(part.partition("=")[::2] for part in connection_string.rstrip(";").split(";"))
    endpoints = [value for name, value in parts.items() if name.endswith("Endpoint")]
    assert len(endpoints) == 3
    assert all(endpoint.startswith("http://127.0.0.1:") for endpoint in endpoints), (
        "only loopback is tested on"
    )


@pytest.fixture
async def deployment(explicit: Explicit) -> AsyncIterator[Deployment]:
    async with open_deployment(explicit(WorkerSettings)) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Somebody who wants to be told when jobs end."""
    async with receiving() as opened:
        yield opened


@pytest.fixture
def container() -> str:
    """A container name of this test alone."""
    return f"c-{secrets.token_hex(6)}"
