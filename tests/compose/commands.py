"""Commands of other programs, each with a bound in seconds, in a process group that ends with the check."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.compose.problems import Failed

_SHOWN_LINES = 15


@dataclass(frozen=True, slots=True)
class Result:
    #: 0 where it succeeded.
    code: int
    #: What it wrote to standard output.
    output: str
    #: What it wrote to standard error.
    errors: str

    @property
    def last_lines(self) -> list[str]:
        return (self.output + "\n" + self.errors).strip().splitlines()[-_SHOWN_LINES:]


async def attempt(
    argv: Sequence[str],
    *,
    seconds: float,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    folder: Path | None = None,
    name: str = "",
) -> Result:
    """Run a command to its end. Raises Failed, with its ``name``, when it cannot start or takes too long."""
    short = name or _short(argv)
    try:
        # The terminal's Ctrl-C must reach the check alone: it removes its containers in order.
        child = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **(env or {})},
            cwd=folder,
            start_new_session=True,
        )
    except OSError as error:
        raise Failed(f"`{short}` cannot start: {error.strerror}") from error
    try:
        async with asyncio.timeout(seconds):
            output, errors = await child.communicate(stdin.encode())
    except TimeoutError:
        raise Failed(f"`{short}` took more than {seconds:g} s") from None
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
    return Result(child.returncode or 0, output.decode(errors="replace"), errors.decode(errors="replace"))


async def run(
    argv: Sequence[str],
    *,
    seconds: float,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    folder: Path | None = None,
    name: str = "",
) -> str:
    """The standard output of a command. Raises Failed when it fails, with its last lines."""
    result = await attempt(argv, seconds=seconds, env=env, stdin=stdin, folder=folder, name=name)
    if result.code != 0:
        raise Failed(f"`{name or _short(argv)}` failed with exit code {result.code}", result.last_lines)
    return result.output


def _short(argv: Sequence[str]) -> str:
    return " ".join([Path(argv[0]).name, *argv[1:4]])
