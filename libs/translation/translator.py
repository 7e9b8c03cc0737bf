"""A document from bytes in one language to bytes in another."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from libs.telemetry.stages import stage
from libs.translation.concurrency import aside
from libs.translation.documents import format_of
from libs.translation.documents.document import DividingFormat, DocumentFormat, Original, Part
from libs.translation.engines.engine import Engine, Wish
from libs.translation.errors import PermanentFault
from libs.translation.exchange import EngineLoad, EngineState, Exchange
from libs.translation.passage import Passage
from libs.translation.protocols import Allowance, Memory, Purse
from libs.translation.terms import NO_TERMS, Terms
from libs.translation.workbench.bench import Bench


@dataclass(frozen=True, slots=True)
class Order:
    """How a document is wanted. ``source`` None: the engine detects it; ``purse``: what may be spent;
    ``form``: what the document is, where its name does not tell; ``memory``: bytes that it may take in this
    process (None: there is no bound).
    """

    source: str | None
    target: str
    options: Mapping[str, str] = field(default_factory=dict)
    terms: Terms = NO_TERMS
    purse: Purse | None = None
    form: DocumentFormat | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """``characters``: UTF-16 units this file paid the engine for; ``repairs``: segments whose codes it lost;
    ``reused``: segments that another file had asked for, now or before; ``detected``: the source language of
    most segments, where the order named none.
    """

    data: bytes
    content_type: str
    format: str
    characters: int
    repairs: int
    detected: str | None = None
    reused: int = 0


class Translator:
    """One for a process and an engine: its files fill requests together and share what is known.

    ``requests_in_flight`` is the most at once over all files, and a request that takes longer than
    ``request_seconds`` (its wait for a turn not counted) is given up. ``on_change`` is told when something
    begins or ceases to hold up all files. What strangers send wants a ``bench`` with processes; without one
    documents are taken apart in this process. `close` it before the engine.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        requests_in_flight: int,
        request_seconds: float,
        bench: Bench | None = None,
        memory: Memory | None = None,
        allowance: Allowance | None = None,
        on_change: Callable[[EngineState], None] | None = None,
    ) -> None:
        self._engine = engine
        self._bench = bench or Bench()
        self._exchange = Exchange(
            engine,
            requests_in_flight=requests_in_flight,
            request_seconds=request_seconds,
            memory=memory,
            allowance=allowance,
            on_change=on_change,
        )

    @property
    def state(self) -> EngineState:
        """What holds up every file now."""
        return self._exchange.state

    @property
    def load(self) -> EngineLoad:
        """What the engine has to do for this process now."""
        return self._exchange.load

    async def translate(self, name: str, data: bytes, order: Order) -> Translation:
        """Translate the file ``name``; its extension or the order tells the format.

        Raises a `TranslationError`; `PermanentFault` codes from here are ``unsupported_format``,
        ``segment_mismatch`` and ``codes_lost``, and the document's, the engine's and the purse's own. What
        the engine finds too fast is asked again here, for minutes, before `EngineThrottled` is raised.
        """
        form = format_of(name) or order.form
        if form is None:
            raise PermanentFault("unsupported_format", f"no document format for the file name {name!r}")
        wish = self._wish(order)
        with self._exchange.customer(order.purse) as customer:
            passage = Passage(self._engine, self._exchange, wish, order.terms, customer)
            told = {**order.options, "target_language": order.target}
            original = Original(form, data, order.source or "", told, order.memory)
            rendered = await self._rendered(original, passage)
        return Translation(
            data=rendered,
            content_type=form.content_type,
            format=form.name,
            characters=customer.characters,
            repairs=passage.repairs,
            detected=max(customer.detected, key=customer.detected.__getitem__, default=None),
            reused=customer.reused,
        )

    async def _rendered(self, original: Original, passage: Passage) -> bytes:
        """The translated document. Of one that comes in parts only one is alive at a time."""
        if isinstance(original.form, DividingFormat):
            return await _in_parts(original.form, original, passage)
        with stage("parse"):
            work = await self._bench.taken_apart(original)
        with stage("translate"):
            translated = await passage.translated(work.segments)
        with stage("render"):
            return await work.render(translated)

    def _wish(self, order: Order) -> Wish:
        """Files whose orders differ only in what the engine is not told share its requests."""
        names = sorted(order.options.keys() & self._engine.option_names)
        return Wish(order.source, order.target, tuple((name, order.options[name]) for name in names))

    async def close(self) -> None:
        """Give up what is in flight, and let the memory have what was paid for. Safe to call twice."""
        await self._exchange.close()


async def _in_parts(form: DividingFormat, original: Original, passage: Passage) -> bytes:
    size = len(original.data)
    # It is taken apart in this process, so there is no other bound on what it takes.
    if original.memory is not None and original.wanted > original.memory:
        raise original.too_large_for(original.memory, "MAX_BYTES_IN_FLIGHT")
    with stage("parse"):
        division = await aside(size, form.divide, original.data, original.language)
    parts, done = division.parts(), list[bytes]()
    while (part := await _parsed(size, parts)) is not None:
        with stage("translate"):
            translated = await passage.translated(part.segments)
        with stage("render"):
            done.append(await aside(part.size, part.render, translated))
    with stage("render"):
        return await aside(size, division.joined, done)


async def _parsed(size: int, parts: Iterator[Part]) -> Part | None:
    with stage("parse"):
        return await aside(size, _next, parts)


def _next(parts: Iterator[Part]) -> Part | None:
    return next(parts, None)
