"""The program on a server that answers as a test wants it to."""

import asyncio
import io
import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from libs.client.cli.program import run
from tests.unit.client.test_transport import Handler, served


class Shown(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run came to, and what the server was asked."""

    code: int
    out: str
    err: str
    requests: list[web.Request]

    @property
    def value(self) -> Any:
        """Its JSON."""
        return json.loads(self.out)

    @property
    def calls(self) -> list[str]:
        """`GET /batch/jobs`, in turn."""
        return [f"{request.method} {request.path.removeprefix('/api/v1')}" for request in self.requests]


async def ran(*handlers: Handler, arguments: list[str], err: io.StringIO | None = None) -> Ran:
    """The n-th request meets the n-th handler, the last one all that follow."""
    out, err = io.StringIO(), err or io.StringIO()
    async with served(*handlers) as there:
        code = await asyncio.to_thread(run, [*arguments, "--api-url", str(there.url)], out, err)
    return Ran(code, out.getvalue(), err.getvalue(), there.requests)
