"""Codes an engine lost are put back, in steps that cost more and more of the translation:

0. (The exchange has asked once more, alone, where another answer could come of it.)
1. Only standalone codes are lost, doubled or invented: each lost one goes behind the text that stands
   before it, that is ahead of the next code that survived; what is too many goes. Those that take a
   program's arguments (``%s``, ``%d``) are put in their order.
2. Pairs are lost: the texts between the codes are translated one by one and put between them.
3. Such a text, or the whole translation, came back empty: it stays as it was in the source.

No step needs to know the engine. What was repaired is counted, for it is where a reader should look.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence

from libs.translation.concurrency import aside
from libs.translation.packing import with_outer_blanks
from libs.translation.segments import (
    Segment,
    Standalone,
    Text,
    Token,
    characters,
    has_letters,
    joined,
    lost_codes,
    plain,
    text_of,
)

Ask = Callable[[Sequence[Segment]], Awaitable[list[Segment]]]


async def repaired(
    sources: Sequence[Segment], translations: Sequence[Segment], ask: Ask
) -> tuple[list[Segment], int]:
    """The translations with their codes whole, and how many had to be repaired. ``ask`` translates more."""
    mended = await aside(characters(sources), _mended, sources, translations)
    broken = [source for source, segment in zip(sources, mended, strict=True) if segment is None]
    rebuilt = iter(await _text_by_text(broken, ask) if broken else ())
    whole = [next(rebuilt) if segment is None else segment for segment in mended]
    return whole, sum(now is not before for now, before in zip(whole, translations, strict=True))


def _mended(sources: Sequence[Segment], translations: Sequence[Segment]) -> list[Segment | None]:
    """By the first step; None where that is not enough."""
    return [_with_standalones_repaired(*pair) for pair in zip(sources, translations, strict=True)]


def _with_standalones_repaired(source: Segment, translation: Segment) -> Segment | None:
    if not _has_lost(source, translation):
        return translation
    wanted = [token for token in source if isinstance(token, Standalone)]
    seen: set[Token] = set()
    kept: list[Token] = []
    for token in translation:
        if not isinstance(token, Standalone) or (token in wanted and token not in seen):
            kept.append(token)
            seen.add(token)
    for place, code in enumerate(wanted):
        if code not in seen:
            following = next((kept.index(later) for later in wanted[place + 1 :] if later in seen), len(kept))
            kept.insert(following, code)
            seen.add(code)
    segment = joined(_in_order(wanted, kept))
    return None if _has_lost(source, segment) else segment


def _in_order(wanted: Sequence[Standalone], kept: Sequence[Token]) -> Iterator[Token]:
    taking = [code for code in wanted if code.takes]
    following = iter(taking)
    for token in kept:
        yield next(following) if token in taking else token


def _has_lost(source: Segment, translation: Segment) -> bool:
    return bool(lost_codes(source, translation)) or (has_letters(source) and not text_of(translation).strip())


async def _text_by_text(sources: Sequence[Segment], ask: Ask) -> list[Segment]:
    texts: list[Segment] = [(token,) for source in sources for token in source if _is_translatable(token)]
    if not texts:
        return list(sources)
    answers = dict(zip(texts, await ask(texts), strict=True))
    return [joined(_translated(token, answers) for token in source) for source in sources]


def _translated(token: Token, answers: dict[Segment, Segment]) -> Token:
    if not isinstance(token, Text) or not _is_translatable(token):
        return token
    source = plain(token.text)
    text = text_of(answers[source])
    return Text(text_of(with_outer_blanks(source, plain(text)))) if text.strip() else token


def _is_translatable(token: Token) -> bool:
    return isinstance(token, Text) and has_letters((token,))
