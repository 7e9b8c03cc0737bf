"""A document from bytes in one language to bytes in another."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from libs.translation.concurrency import aside, each
from libs.translation.documents import format_of
from libs.translation.engines.engine import Engine
from libs.translation.errors import EngineUnavailable, PermanentFault
from libs.translation.packing import Request, pack
from libs.translation.repair import repaired
from libs.translation.segments import Segment


@dataclass(frozen=True, slots=True)
class Translation:
    """``characters``: UTF-16 units the engine was sent; ``repairs``: segments whose codes it lost."""

    data: bytes
    content_type: str
    format: str
    characters: int
    repairs: int


class Translator:
    """One for a process: ``requests_in_flight`` bounds the engine's load over all files together, and a
    request that takes longer than ``request_seconds`` (its wait for a turn not counted) is given up.
    """

    def __init__(self, engine: Engine, *, requests_in_flight: int, request_seconds: float) -> None:
        self._engine, self._seconds = engine, request_seconds
        self._at_once = requests_in_flight
        self._turns = asyncio.Semaphore(requests_in_flight)

    async def translate(
        self, name: str, data: bytes, source: str, target: str, options: Mapping[str, str]
    ) -> Translation:
        """Translate the file ``name``; its extension tells the format.

        Raises a `TranslationError`; `PermanentFault` codes from here are ``unsupported_format`` and
        ``codes_lost``. Parsing and rendering run in threads; when cancelled, one may run on to its end.
        """
        form = format_of(name)
        if form is None:
            raise PermanentFault("unsupported_format", f"no document format for the file name {name!r}")
        document = await aside(len(data), form.parse, data, source)
        sent = 0

        async def ask(segments: Sequence[Segment]) -> list[Segment]:
            nonlocal sent
            packing = await aside(len(data), pack, segments, self._engine.limits)
            sent += packing.characters
            request = partial(self._request, source=source, target=target, options=options)
            answers = await each(request, packing.requests, at_once=self._at_once)
            return await aside(len(data), packing.unpack, answers)

        translations = await ask(document.segments)
        whole, repairs = await repaired(document.segments, translations, ask)
        rendered = await aside(len(data), document.render, whole)
        return Translation(rendered, form.content_type, form.name, sent, repairs)

    async def _request(
        self, request: Request, source: str, target: str, options: Mapping[str, str]
    ) -> list[Segment]:
        async with self._turns:
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await self._engine.translate(request, source, target, options)
            except TimeoutError as error:
                message = f"{self._engine.name} did not answer in {self._seconds:g} s"
                raise EngineUnavailable(message) from error
        if len(answer) != len(request):
            message = f"{self._engine.name} answered {len(answer)} segments for {len(request)}"
            raise EngineUnavailable(message)
        return answer
