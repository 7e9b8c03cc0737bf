"""The translation memory as the exchange uses it: keys and values, and neither ever in the way of a file."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from libs.translation.engines.engine import Engine, Wish
from libs.translation.exchange.asks import Ask, Known
from libs.translation.protocols import Memory
from libs.translation.segments import Close, Open, Segment, Standalone, Term, Text, Token

#: Keys in one look-up.
MOST_KEYS = 100
#: Look-ups at once: those of a large file would all wait, and all be late.
_AT_ONCE = 4
#: Seconds after which a look-up has found nothing; the engine is asked instead.
_PATIENCE = 10.0
#: Entries that wait to be kept; what comes on top is not kept.
_MOST_WAITING = 10_000

_log = logging.getLogger(__name__)


class Recall:
    """Looks up what was paid for, and keeps what is paid for now, behind the files' backs."""

    def __init__(self, memory: Memory, engine: Engine) -> None:
        self._memory, self._engine = memory, engine
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting: dict[str, str] = {}
        self._keeper: asyncio.Task[None] | None = None

    async def find(self, asks: Sequence[Ask]) -> list[tuple[Ask, Known]]:
        """Those that are known; ``MOST_KEYS`` a call."""
        by_key = {self._key(ask.wish, ask.segment): ask for ask in asks}
        keys = list(by_key)
        parts = [keys[start : start + MOST_KEYS] for start in range(0, len(keys), MOST_KEYS)]
        answers = await asyncio.gather(*map(self._find, parts))
        found = [(by_key[key], _known(value)) for answer in answers for key, value in answer.items()]
        return [(ask, known) for ask, known in found if known is not None]

    def keep(self, answered: Sequence[Ask]) -> None:
        for ask in answered:
            if ask.answer is not None and len(self._waiting) < _MOST_WAITING:
                self._waiting[self._key(ask.wish, ask.segment)] = _value(ask.answer)
        if self._waiting and self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """What waits is kept, as far as that is quick."""
        if self._keeper is not None:
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def _find(self, keys: list[str]) -> Mapping[str, str]:
        async with self._turns:
            try:
                async with asyncio.timeout(_PATIENCE):
                    return await self._memory.find(keys)
            except Exception as error:  # noqa: BLE001 - whatever it is, the engine can be asked
                _log.warning("the translation memory gave no answer: %r", error)
                return {}

    async def _keep(self) -> None:
        try:
            while self._waiting:
                entries, self._waiting = self._waiting, {}
                async with asyncio.timeout(_PATIENCE):
                    await self._memory.keep(entries)
        except Exception as error:  # noqa: BLE001 - what is not kept is paid for again, and no more
            _log.warning("the translation memory kept nothing: %r", error)
        finally:
            self._keeper = None

    def _key(self, wish: Wish, segment: Segment) -> str:
        """A hash of everything that the answer depends on."""
        engine = [self._engine.name, self._engine.version]
        what = [*engine, wish.source, wish.target, wish.options, _written(segment)]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _value(known: Known) -> str:
    return json.dumps([known.detected, _written(known.segment)], ensure_ascii=True)


def _known(value: str) -> Known | None:
    """None for what nobody of us wrote."""
    try:
        detected, tokens = json.loads(value)
        segment = tuple(_token(written) for written in tokens)
    except (ValueError, TypeError):
        return None
    return Known(segment, detected if isinstance(detected, str) else None) if segment else None


def _written(segment: Segment) -> list[object]:
    return [_WRITERS[type(token)](token) for token in segment]


_WRITERS: dict[type[Token], Any] = {
    Text: lambda token: token.text,
    Open: lambda token: ["o", token.code],
    Close: lambda token: ["c", token.code],
    Standalone: lambda token: ["s", token.code],
    Term: lambda token: ["t", token.code, token.text, token.translation],
}


def _token(written: object) -> Token:
    match written:
        case str():
            return Text(written)
        case ["o", int(code)]:
            return Open(code)
        case ["c", int(code)]:
            return Close(code)
        case ["s", int(code)]:
            return Standalone(code)
        case ["t", int(code), str(text), str(translation)]:
            return Term(code, text, translation)
        case _:
            raise ValueError("not a token")
