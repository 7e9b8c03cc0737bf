"""One running system and one browser for all browser tests; each test has a page of its own."""

import secrets
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from deploy.local.chromium import find_chromium, flags
from deploy.local.processes import Process
from deploy.local.stack import StackOptions
from tests.conftest import missing
from tests.e2e.system import System, system

#: Slow enough that a job can be looked at midway, quick enough for a test.
SETTINGS = {
    "PSEUDO_DELAY_MS": "150",
    "MAX_CONCURRENT_FILES": "2",
    "POLL_INTERVAL": "0.2",
    "VISIBILITY_TIMEOUT": "4",
    "WATCH_INTERVAL": "2",
    "LOG_LEVEL": "WARNING",
}
#: A browser on two busy cores is no quick reader (milliseconds).
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

NewPage = Callable[..., Any]


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    program = find_chromium()
    if program is None:
        missing("chromium")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=flags())
        yield opened
        await opened.close()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def running() -> AsyncIterator[System]:
    options = StackOptions(engine="pseudo", workers=1, drain_seconds=1, settings=SETTINGS)
    async with system(options) as opened:
        yield opened


class Worker:
    """The one worker: held still, nothing ends but by it."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def hold(self) -> None:
        self._process.send(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send(signal.SIGCONT)


@pytest.fixture
def worker(running: System) -> Iterator[Worker]:
    """Held still when the test begins."""
    one = Worker(running.stack.services["worker-1"])
    one.hold()
    yield one
    one.go_on()


@pytest_asyncio.fixture(loop_scope="package")
async def new_page(browser: Browser, running: System) -> AsyncIterator[NewPage]:
    """Pages that fail their test when the page's own code or its policy complains."""
    faults: list[str] = []

    @asynccontextmanager
    async def opened(**options: Any) -> AsyncIterator[Page]:
        wanted = {"base_url": running.stack.api_url, "locale": "en-GB", **options}
        context = await browser.new_context(**wanted)
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Security Policy" in said.text else None)
        yield page
        await context.close()

    yield opened
    assert faults == []


@pytest_asyncio.fixture(loop_scope="package")
async def page(new_page: NewPage) -> AsyncIterator[Page]:
    async with new_page() as opened:
        yield opened


@pytest.fixture
def container() -> str:
    return f"in-{secrets.token_hex(4)}"


def badge(page: Page) -> Locator:
    """The status of the job on its own screen."""
    return page.locator(".job-title .badge")
