"""A segment in Apertium's stream format, and back.

The format (https://wiki.apertium.org/wiki/Apertium_stream_format): a backslash before each reserved
character; ``[...]`` is a superblank, which travels unread between words; ``[[t:x:1]]word[[/]]`` is a
word-bound blank, which follows its words through reordering. So standalone codes go as superblanks
``[s1]``, each with a character behind it that is no letter: programs that contract words look through a
superblank, and ``de [s1] es`` would come back as ``d'és [s1]``. Pairs go as word-bound blanks. A pair comes
back on each of its words: the runs are merged into pairs again, and blanks and punctuation, which come back
bare, get the pairs both their neighbours share.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, groupby

from libs.translation.segments import Close, Open, Segment, Standalone, Text, Token, joined

#: The pipeline drops or rewrites these: tilde, soft hyphen, control, zero-width and bidi characters, line
#: separators, lone surrogates, private noncharacters. They travel as superblanks.
_UNSAFE = (
    "~\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff-\uffff"
)
#: Analysis of one word is quadratic in its letters (80,000 of them: 8 s), so longer ones go as superblanks.
LONGEST_WORD = 1_000
_OPAQUE = re.compile(rf"[{_UNSAFE}]+|(?<![^\s{_UNSAFE}])[^\s{_UNSAFE}]{{{LONGEST_WORD + 1},}}")

_RESERVED = re.compile(r"([\\\[\]{}^$@<>/])")
_PIECE = re.compile(r"\[\[(/|[^\]]*)\]\]|\[((?:\\.|[^\]\\])*)\]|((?:\\.|[^\[\\])+)", re.DOTALL)

#: Forces a sentence end, as Apertium's own deformatters do; without it a title is read as half a sentence.
_SENTENCE_END = ".[]"
_ADDED_END = re.compile(r"\.?((?:\[\[/\]\])?)\[\](\s*)\Z")

#: OBJECT REPLACEMENT CHARACTER, as Unicode (23.8) means it. A text's own is unsafe, and travels unread.
_OBJECT = "\ufffc"

_Pairs = tuple[int, ...]
_Run = tuple[_Pairs, str | Standalone]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A segment on its way. ``stream`` is empty when there is nothing in it to translate."""

    stream: str
    _outer: tuple[str, str]
    _folded: dict[int, Segment]
    _pairs_around: dict[int, _Pairs]
    _order: dict[int, int]

    def decode(self, answer: str) -> Segment:
        """The translated segment from the chain's answer to ``stream``."""
        text = _ADDED_END.sub(r"\1\2", answer.replace(_OBJECT, ""))
        if "  " not in self.stream:
            text = re.sub("  +", " ", text)  # a dropped pronoun leaves its blank behind
        before, after = self._outer
        runs = _with_bare_runs_joined(list(self._runs(before + text.strip(" ") + after)))
        return joined(_unfolded(_nested(runs), self._folded))

    def _runs(self, text: str) -> Iterator[_Run]:
        pairs: _Pairs = ()
        for bound, blank, words in _PIECE.findall(text):
            if bound:
                codes = {int(code) for code in re.findall(r"t:x:(\d+)", bound)}
                pairs = tuple(sorted(codes & self._order.keys(), key=self._order.__getitem__))
            elif words:
                yield pairs, re.sub(r"\\(.)", r"\1", words, flags=re.DOTALL)
            elif re.fullmatch(r"s\d+", blank):
                code = int(blank[1:])
                yield self._pairs_around.get(code, ()), Standalone(code)
            elif blank.isspace():
                yield (), blank


def encode(segment: Segment) -> Encoded:
    fresh = count(1 + max((token.code for token in segment if not isinstance(token, Text)), default=0))
    folded: dict[int, Segment] = {}
    stream = ""
    pairs: list[int] = []
    around: dict[int, _Pairs] = {}
    order: dict[int, int] = {}
    for token in _with_wordless_pairs_folded(_with_opaque_text_folded(segment, fresh, folded), fresh, folded):
        match token:
            case Open(code):
                pairs.append(code)
                order.setdefault(code, len(order))  # a step before this one may have split a pair
            case Close(code):
                pairs.remove(code)
            case Standalone(code):
                stream += f"[s{code}]{_OBJECT}"
                around[code] = tuple(pairs)
            case Text(text):
                stream += _bound(text, pairs)
    core = stream.strip(" ")
    start = stream.index(core)
    outer = (stream[:start], stream[start + len(core) :])
    wordless = not any(isinstance(token, Text) and _has_word(token.text) for token in segment)
    return Encoded("" if wordless else core + _SENTENCE_END, outer, folded, around, order)


def _with_opaque_text_folded(
    segment: Segment, fresh: Iterator[int], folded: dict[int, Segment]
) -> Iterator[Token]:
    for token in segment:
        if not isinstance(token, Text):
            yield token
            continue
        start = 0
        for opaque in _OPAQUE.finditer(token.text):
            yield Text(token.text[start : opaque.start()])
            code = next(fresh)
            folded[code] = (Text(opaque[0]),)
            yield Standalone(code)
            start = opaque.end()
        yield Text(token.text[start:])


def _with_wordless_pairs_folded(
    tokens: Iterable[Token], fresh: Iterator[int], folded: dict[int, Segment]
) -> Iterator[Token]:
    """A word-bound blank needs a word: a pair around none (``<b>{name}</b>``) goes as one standalone."""
    tokens = list(tokens)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = tokens.index(Close(token.code), at) + 1 if isinstance(token, Open) else at + 1
        inside = tokens[at:end]
        if isinstance(token, Open) and not any(isinstance(t, Text) and _has_word(t.text) for t in inside):
            code = next(fresh)
            folded[code] = tuple(inside)
            yield Standalone(code)
            at = end
        else:
            yield token
            at += 1


def _bound(text: str, pairs: list[int]) -> str:
    words = text.strip(" ")
    if not pairs or not words:
        return _escaped(text)
    start = text.index(words)
    codes = "; ".join(f"t:x:{code}" for code in pairs)
    return f"{text[:start]}[[{codes}]]{_escaped(words)}[[/]]{text[start + len(words) :]}"


def _escaped(text: str) -> str:
    return _RESERVED.sub(r"\\\1", text)


def _with_bare_runs_joined(runs: list[_Run]) -> Iterator[_Run]:
    following: list[_Pairs] = []
    pairs_after: _Pairs = ()
    for pairs, item in reversed(runs):
        following.append(pairs_after)
        if isinstance(item, Standalone) or _has_word(item):
            pairs_after = pairs
    before: _Pairs = ()
    for (pairs, item), after in zip(runs, reversed(following), strict=True):
        if not pairs and isinstance(item, str) and not _has_word(item):
            yield tuple(code for code in before if code in after), item
        else:
            yield pairs, item
            before = pairs


def _nested(runs: Iterable[_Run]) -> Iterator[Token]:
    """Equal neighbours become one pair; each pair is closed in the order it was opened."""
    opened: list[int] = []
    for pairs, group in groupby(runs, key=lambda run: run[0]):
        kept = next((i for i, code in enumerate(opened) if pairs[i : i + 1] != (code,)), len(opened))
        yield from (Close(opened.pop()) for _ in range(len(opened) - kept))
        yield from (Open(code) for code in pairs[kept:])
        opened.extend(pairs[kept:])
        for is_text, items in groupby((item for _, item in group), key=lambda item: isinstance(item, str)):
            if is_text:
                yield Text("".join(item for item in items if isinstance(item, str)))
            else:
                yield from (item for item in items if isinstance(item, Standalone))
    yield from (Close(code) for code in reversed(opened))


def _unfolded(tokens: Iterable[Token], folded: dict[int, Segment]) -> Iterator[Token]:
    for token in tokens:
        if isinstance(token, Standalone) and token.code in folded:
            yield from _unfolded(folded[token.code], folded)
        else:
            yield token


def _has_word(text: str) -> bool:
    return any(character.isalnum() for character in text)
