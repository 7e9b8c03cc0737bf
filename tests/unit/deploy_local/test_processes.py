"""Children of the local stack: started with nothing but our settings, ended for certain."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from deploy.local.ports import free_port
from deploy.local.problems import LocalStackError, NotReady, ProcessDied
from deploy.local.processes import Process, child_environment, wait_ready

STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print("child", child.pid, flush=True)
signal.pause()
"""
OBEDIENT = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("up", flush=True)
signal.pause()
"""


def python(code: str, **settings: str) -> Process:
    return Process("child", [sys.executable, "-c", code], env=child_environment(settings))


def is_alive(pid: int) -> bool:
    """A killed process that nobody has reaped yet does not count."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
async def ready_url() -> AsyncIterator[str]:
    """Answers 200, and 404 for everything below."""

    async def ready(_: web.Request) -> web.Response:
        return web.Response(text="ready")

    app = web.Application()
    app.router.add_get("/readyz", ready)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/readyz"
    await runner.cleanup()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at Linux's /proc")
async def test_a_stop_that_is_not_obeyed_kills_the_process_and_what_it_started() -> None:
    process = python(STUBBORN)
    await process.start()
    child = int((await process.wait_for_line("child ", 10)).split()[1])

    assert await process.stop(grace=0.1) == -signal.SIGKILL
    async with asyncio.timeout(10):
        while is_alive(child):  # noqa: ASYNC110 - killed, but the kernel takes its time on a busy machine
            await asyncio.sleep(0.01)


async def test_a_stop_that_is_obeyed_gives_the_program_s_own_exit_code() -> None:
    process = python(OBEDIENT)
    await process.start()
    await process.wait_for_line("up", 10)
    assert await process.stop(grace=10) == 7
    assert await process.stop() == 7


async def test_stopping_what_was_never_started_is_nothing() -> None:
    assert await python("").stop() is None
    assert await python("").kill() is None


async def test_waiting_for_a_program_that_has_ended_fails_at_once_with_its_last_lines() -> None:
    process = python("print('no such setting'); raise SystemExit(2)")
    await process.start()
    with pytest.raises(ProcessDied, match="child ended unasked with exit code 2") as caught:
        await wait_ready(f"http://127.0.0.1:{free_port()}/readyz", process, 60)
    assert caught.value.lines == ("no such setting",)
    await process.stop()


async def test_waiting_ends_when_the_program_answers_that_it_is_ready(ready_url: str) -> None:
    process = python(OBEDIENT)
    await process.start()
    try:
        await wait_ready(ready_url, process, 10)
        with pytest.raises(NotReady, match=r"child was not ready after 0 s"):
            await wait_ready(f"{ready_url}/not", process, 0)
    finally:
        await process.kill()


async def test_lines_reach_the_callback_under_the_name_of_their_process() -> None:
    said: list[tuple[str, str]] = []
    code = "import sys; print('one'); print('two', file=sys.stderr); sys.stdout.write('rest')"
    process = Process(
        "worker-1",
        [sys.executable, "-c", code],
        env=child_environment({}),
        on_line=lambda name, line: said.append((name, line)),
    )
    await process.start()
    await process.wait()
    await process.stop()
    assert sorted(said) == [("worker-1", "one"), ("worker-1", "rest"), ("worker-1", "two")]


async def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(LocalStackError, match="child cannot be started: /no/such/program"):
        await Process("child", ["/no/such/program"], env={}).start()


def test_children_do_not_see_the_developer_s_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "production")
    environment = child_environment({"API_PORT": "1"})
    assert "AZURE_STORAGE_ACCOUNT" not in environment
    assert environment["BATCH_TRANSLATION_ENV_FILE"] == ""
    assert environment["API_PORT"] == "1"
    assert environment["PATH"] == os.environ["PATH"]
