"""Child processes of the local stack: started, listened to, and ended for certain."""

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import cast

import aiohttp

from deploy.local.places import ROOT
from deploy.local.ports import free_port, free_ports
from deploy.local.problems import LocalStackError, NotReady, ProcessDied

__all__ = ["Line", "Process", "child_environment", "free_port", "free_ports", "wait_ready"]

Line = Callable[[str, str], None]
"""Takes (name of the process, one line of its output without the line end)."""

INHERITED = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "TMPDIR", "TZ", "USER")
KEPT_LINES = 50
LONGEST_LINE = 64 * 1024
GRACE_SECONDS = 5.0


def child_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a child: what a program needs to run, and the settings given here.

    Nothing else comes through, so neither the developer's shell nor a `.env` file (an empty
    BATCH_TRANSLATION_ENV_FILE turns it off) can point the local stack at a real storage account.
    """
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return inherited | {"PYTHONUNBUFFERED": "1", "BATCH_TRANSLATION_ENV_FILE": ""} | dict(settings)


class Process:
    """One program in a session of its own, so that the terminal's Ctrl-C reaches only its starter.

    `stop` and `kill` end the whole process group and leave no open transport. Both may be called at any
    time, also before `start` and more than once.
    """

    def __init__(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str], on_line: Line | None = None
    ) -> None:
        self.name = name
        self.argv = tuple(argv)
        self._env = dict(env)
        self._output = _Output(name, on_line)
        self._transport: asyncio.SubprocessTransport | None = None

    async def start(self) -> None:
        """Raises LocalStackError when the program cannot be started at all."""
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.subprocess_exec(
                lambda: self._output,
                *self.argv,
                cwd=ROOT,
                env=self._env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise LocalStackError(
                f"{self.name} cannot be started: {self.argv[0]}: {error.strerror}"
            ) from error
        self._transport = transport

    @property
    def environment(self) -> Mapping[str, str]:
        """All the variables the program is given."""
        return self._env

    @property
    def pid(self) -> int:
        return self._started().get_pid()

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._transport.get_returncode() if self._transport else None

    @property
    def last_lines(self) -> list[str]:
        return list(self._output.lines)

    async def wait(self) -> int:
        """Waits, without a bound, until the program itself has ended; its own children may go on."""
        await self._output.exited.wait()
        return cast(int, self.returncode)

    async def wait_for_line(self, text: str, seconds: float) -> str:
        """The first line that has `text`, among those kept and those to come.

        Raises ProcessDied or NotReady, both with the last lines.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._first_line_with(text)
        except TimeoutError:
            raise NotReady(f"{self.name} did not say {text!r} in {seconds:g} s", self.last_lines) from None

    def send(self, number: signal.Signals) -> None:
        """Signals the program alone: what it started is its own affair until the group is killed."""
        if self.returncode is None:
            self._started().send_signal(number)

    async def stop(self, grace: float = GRACE_SECONDS) -> int | None:
        """SIGTERM, `grace` seconds to obey, then SIGKILL for whatever of the group is left."""
        if self._transport is None:
            return None
        try:
            self.send(signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self._output.exited.wait()
        finally:
            self._kill_group()
        await self._closed()
        return self.returncode

    async def kill(self) -> int | None:
        """SIGKILL for the whole group, as a crash would end it."""
        if self._transport is None:
            return None
        self._kill_group()
        await self._closed()
        return self.returncode

    def died(self) -> ProcessDied:
        return ProcessDied(f"{self.name} ended unasked with {_ending(self.returncode)}", self.last_lines)

    async def _first_line_with(self, text: str) -> str:
        while True:
            for line in self._output.lines:
                if text in line:
                    return line
            if self._output.exited.is_set():
                raise self.died()
            self._output.news.clear()
            await self._output.news.wait()

    def _kill_group(self) -> None:
        # The group outlives its leader while any member lives; with none left there is nothing to end.
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    async def _closed(self) -> None:
        await self._output.exited.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._output.closed.wait()
        # A grandchild in yet another session may hold the pipe: do not wait for it.
        self._started().close()

    def _started(self) -> asyncio.SubprocessTransport:
        if self._transport is None:
            raise LocalStackError(f"{self.name} was not started")
        return self._transport


class _Output(asyncio.SubprocessProtocol):
    """Bytes of a process made into lines. A protocol, not streams: `process_exited` comes at the exit
    itself, while `asyncio.subprocess.Process.wait` may wait for grandchildren that hold the pipe.
    """

    def __init__(self, name: str, on_line: Line | None) -> None:
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.exited = asyncio.Event()
        self.closed = asyncio.Event()
        self.news = asyncio.Event()
        self._name = name
        self._on_line = on_line
        self._rest = b""

    def pipe_data_received(self, _fd: int, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self._rest) > LONGEST_LINE:
            self._line(self._rest)
            self._rest = b""

    def pipe_connection_lost(self, _fd: int, _exc: Exception | None) -> None:
        if self._rest:
            self._line(self._rest)
            self._rest = b""

    def process_exited(self) -> None:
        self.exited.set()
        self.news.set()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.closed.set()

    def _line(self, raw: bytes) -> None:
        line = raw.decode("utf-8", "replace").rstrip("\r")
        self.lines.append(line)
        self.news.set()
        if self._on_line:
            self._on_line(self._name, line)


async def wait_ready(url: str, process: Process, seconds: float) -> None:
    """Asks `url` until it answers 200.

    Raises ProcessDied as soon as the process has ended, NotReady after `seconds`; both with its last lines.
    """
    deadline = monotonic() + seconds
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        while not await _answers(session, url):
            if process.returncode is not None:
                raise process.died()
            if monotonic() > deadline:
                raise NotReady(f"{process.name} was not ready after {seconds:g} s: {url}", process.last_lines)
            await asyncio.sleep(0.05)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status == 200  # noqa: PLR2004 - HTTP's own number
    except (aiohttp.ClientError, TimeoutError):
        return False


def _ending(returncode: int | None) -> str:
    if returncode is not None and returncode < 0:
        return f"signal {signal.Signals(-returncode).name}"
    return f"exit code {returncode}"
