"""One living chain of Apertium's programs: segments go in one end, separated by NUL, and come out in order.

Three facts shape it. When any program dies, each one behind it writes a NUL of its own at end of file, so a
NUL alone proves nothing: a block counts only if it ends with the number of the segment that is due. A
chain may hang instead of dying, so the oldest segment has a deadline. And the first program reads from a
socket whose other end only this process holds: however this process ends, the chain reads end of file and
ends too.
"""

import asyncio
import contextlib
import socket
import subprocess
from collections import deque
from collections.abc import Sequence

from libs.translation.engines.apertium.modes import ENVIRONMENT

#: Segments written ahead of their answers. Throughput is flat above 256; one at a time it is a third.
IN_FLIGHT = 256


class ChainDied(Exception):
    """The chain ended, hung or broke step; what it had in flight may be asked of another."""


class Chain:
    """Make it with `start`. When it died it stays dead; `close` is still due."""

    def __init__(
        self,
        processes: list[subprocess.Popen[bytes]],
        entrance: socket.socket,
        exit_: socket.socket,
        patience: float,
    ) -> None:
        self._processes, self._entrance, self._exit, self._patience = processes, entrance, exit_, patience
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._outbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._due: deque[tuple[bytes, asyncio.Future[str]]] = deque()
        self._asked = 0
        self._reason: str | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._read())]

    @classmethod
    async def start(cls, commands: Sequence[Sequence[str]], *, patience: float) -> "Chain":
        """Start the programs; ``patience`` is the longest wait for the oldest segment, in seconds.

        Raises OSError when a program cannot be started; those before it are ended.
        """
        entrance, first_stdin = socket.socketpair()
        exit_, last_stdout = socket.socketpair()
        processes: list[subprocess.Popen[bytes]] = []
        try:
            with first_stdin, last_stdout:
                for command in commands:
                    _add(
                        processes, command, first_stdin, last_stdout, last=len(processes) + 1 == len(commands)
                    )
                    await asyncio.sleep(0)  # a program takes some ms to start; the loop lives on between
            entrance.setblocking(False)
            exit_.setblocking(False)
            return cls(processes, entrance, exit_, patience)
        except BaseException:
            entrance.close()
            exit_.close()
            _kill(processes)
            _reap(processes)
            raise

    @property
    def alive(self) -> bool:
        return self._reason is None

    @property
    def load(self) -> int:
        """Segments without an answer yet."""
        return len(self._due)

    async def ask(self, stream: str) -> str:
        """The chain's answer to one segment in stream format. Raises `ChainDied`."""
        async with self._room:
            if self._reason is not None:
                raise ChainDied(self._reason)
            self._asked += 1
            mark = b"[E%d]" % self._asked
            answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            self._due.append((mark, answer))
            self._outbox.put_nowait(stream.encode() + mark + b"\0")
            if self._alarm is None:
                self._set_alarm()
            return await answer

    async def close(self) -> None:
        """End and reap the programs; whatever is in flight gets `ChainDied`."""
        self._die("the chain was closed")
        for task in self._tasks:
            task.cancel()
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            self._entrance.close()
            self._exit.close()
            await asyncio.to_thread(_reap, self._processes)

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                await loop.sock_sendall(self._entrance, await self._outbox.get())
        except OSError as error:
            self._die(f"the first program is gone: {error}")

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        rest = b""
        try:
            while chunk := await loop.sock_recv(self._exit, 1 << 16):
                *blocks, rest = (rest + chunk).split(b"\0")
                for block in blocks:
                    self._deliver(block)
            self._die("a program ended")
        except OSError as error:
            self._die(f"the last program is gone: {error}")

    def _deliver(self, block: bytes) -> None:
        if not self.alive:
            return
        mark, answer = self._due[0] if self._due else (b"\0", None)
        if answer is None or not block.endswith(mark):
            self._die("a program ended inside a segment")
            return
        self._due.popleft()
        if not answer.done():
            answer.set_result(block[: -len(mark)].decode("utf-8", "replace"))
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        if self._due:
            reason = f"no answer in {self._patience:g} s"
            self._alarm = asyncio.get_running_loop().call_later(self._patience, self._die, reason)

    def _die(self, reason: str) -> None:
        if self._reason is None:
            self._reason = reason
            _kill(self._processes)
        for _, answer in self._due:
            if not answer.done():
                answer.set_exception(ChainDied(self._reason))
        self._due.clear()
        self._set_alarm()


def _add(
    processes: list[subprocess.Popen[bytes]],
    command: Sequence[str],
    first_stdin: socket.socket,
    last_stdout: socket.socket,
    *,
    last: bool,
) -> None:
    """Start one more program behind the others, in a session of its own: Ctrl-C is not for it."""
    upstream = processes[-1].stdout if processes else None
    processes.append(
        subprocess.Popen(  # noqa: S603 - the command line of an installed mode, no shell
            command,
            stdin=upstream or first_stdin.fileno(),
            stdout=last_stdout.fileno() if last else subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            start_new_session=True,
        )
    )
    if upstream is not None:
        upstream.close()  # else a dead neighbour would not be noticed by the program before it


def _kill(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()


def _reap(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.stdout is not None:
            process.stdout.close()
        with contextlib.suppress(subprocess.TimeoutExpired):  # it hangs in the kernel: not ours to wait for
            process.wait(timeout=10)
