"""What a program asked of storage, counted at the transport and told as JSON.

Standard library and azure-core alone: Celery's environment has nothing of ours. With the counts go the
moments that explain a run: when it first received, when each kind of request was last answered, when files
were written, and every long wait (a request sent again after an error, a slow answer, a garbage collection).
"""

import gc
import json
import os
import resource
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

#: Waits shorter than this stop nothing (seconds).
LONG = 0.5
_MOST_WAITS = 500
#: The first status that the SDKs send a request again for.
_SERVER_ERROR = 500


class Tally:
    """Requests by service and method (``blob GET``); times are Unix times, sizes those of bodies.
    CPU is counted from the first receive on, as requests a file are: a start is no part of a file.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.traffic: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.received: float | None = None
        self.opening = 0
        self.started_with = 0.0
        self.last: dict[str, float] = {}
        self.written: list[float] = []
        self.waits: list[tuple[str, float, float]] = []
        self._failed: WeakKeyDictionary[Any, tuple[float, str]] = WeakKeyDictionary()
        self._collection = 0.0

    def watch_collector(self) -> None:
        """Keep long garbage collections of this process too."""
        gc.callbacks.append(self._collected)

    def ask(self, kind: str, request: Any) -> float:
        """Count a request that leaves now; gives the moment."""
        now = time.time()
        self.requests[kind] += 1
        self.traffic["sent"] += int(request.headers.get("Content-Length") or 0)
        if kind == "queue GET" and self.received is None and urlsplit(request.url).path.endswith("/messages"):
            self.received, self.started_with = now, _cpu()
        if self.received is None:
            self.opening += 1
        since, why = self._failed.pop(request, (now, ""))
        if why:
            self._wait(f"{kind} sent again after {why}", since, now)
        return now

    def answer(self, kind: str, request: Any, asked: float, answer: Any) -> None:
        now = time.time()
        self.traffic["received"] += int(answer.headers.get("Content-Length") or 0)
        self.last[kind] = now
        if kind == "blob PUT":
            self.written.append(now)
        self._wait(f"{kind} answered late", asked, now)
        if answer.status_code >= _SERVER_ERROR:
            self._fail(request, f"status {answer.status_code}")

    def fail(self, kind: str, request: Any, asked: float, error: Exception) -> None:
        self._wait(f"{kind} failed", asked, time.time())
        self._fail(request, type(error).__name__)

    def write(self, file: Path) -> None:
        """Whole or not at all, so that a reader never meets half of it."""
        told = {
            "requests": self.requests,
            "bytes": self.traffic,
            "cpu_seconds": _cpu() - self.started_with,
            "received": self.received,
            # A process that never receives works for one that does; nothing of it is a start.
            "opening": self.opening if self.received else 0,
            "last": self.last,
            "written": self.written,
            "waits": self.waits,
            "faults": self.faults,
        }
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(told))
        fresh.replace(file)

    def _fail(self, request: Any, why: str) -> None:
        self.faults[why] += 1
        self._failed[request] = (time.time(), why)

    def _wait(self, what: str, since: float, until: float) -> None:
        if until - since >= LONG and len(self.waits) < _MOST_WAITS:
            self.waits.append((what, since, until - since))

    def _collected(self, phase: str, _info: Mapping[str, int]) -> None:
        if phase == "start":
            self._collection = time.time()
        else:
            self._wait("garbage collection", self._collection, time.time())


def _cpu() -> float:
    """Seconds of CPU this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def services_of(connection_string: str) -> dict[str, str]:
    """Which service of the emulator listens at which address."""
    parts = dict(part.partition("=")[::2] for part in connection_string.rstrip(";").split(";"))
    return {
        urlsplit(value).netloc: name.removesuffix("Endpoint").lower()
        for name, value in parts.items()
        if name.endswith("Endpoint")
    }


def count_async(transport: Any, tally: Tally, services: Mapping[str, str]) -> None:
    """Count what an asynchronous transport of azure-core sends from now on."""
    send = transport.send

    async def counted(self: Any, request: Any, **options: Any) -> Any:
        kind = _kind(request, services)
        asked = tally.ask(kind, request)
        try:
            answer = await send(self, request, **options)
        except Exception as error:
            tally.fail(kind, request, asked, error)
            raise
        tally.answer(kind, request, asked, answer)
        return answer

    transport.send = counted


def count_sync(transport: Any, tally: Tally, services: Mapping[str, str]) -> None:
    """The same for a synchronous one; the interpreter's lock keeps the counts of its threads whole enough."""
    send = transport.send

    def counted(self: Any, request: Any, **options: Any) -> Any:
        kind = _kind(request, services)
        asked = tally.ask(kind, request)
        try:
            answer = send(self, request, **options)
        except Exception as error:
            tally.fail(kind, request, asked, error)
            raise
        tally.answer(kind, request, asked, answer)
        return answer

    transport.send = counted


def _kind(request: Any, services: Mapping[str, str]) -> str:
    return f"{services.get(urlsplit(request.url).netloc, 'other')} {request.method}"
