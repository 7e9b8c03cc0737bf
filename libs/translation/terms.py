"""Words with a prescribed translation: a job's dictionary, and the terms that stay as they are.

They are found as whole words, the longest first. A term is taken as it is written; one in small letters is
also found with a capital, and all in capitals, and its translation is then written the same way. A term is
not found across markup (``<b>public</b> cloud``).

Engines that know how render a `Term` themselves. For the others a standalone code stands in its place, and
the translation is put in afterwards: so a lost term is repaired like a lost placeholder.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from libs.translation.segments import Segment, Standalone, Term, Text, Token, joined

#: Of one job: terms, bytes of all terms and translations in UTF-8, and words (or signs) in one term.
MOST_TERMS, MOST_BYTES, MOST_WORDS = 1_000, 32 * 1024, 64

#: Scripts that put no blanks between words: there each character is a word of its own (South-East Asian ones,
#: kana, Han and its extensions).
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)

#: A word, or one character that is in none; and whether a blank stands before it.
_Atom = tuple[bool, str]
_Atoms = tuple[_Atom, ...]


@dataclass(slots=True)
class _Node:
    """What may follow in a term, and the translation of what is here already."""

    following: dict[_Atom, "_Node"] = field(default_factory=dict)
    translation: str | None = None


class Terms:
    """Of one job. ``dictionary``: term to translation; ``keep``: terms that stay; they win over the other.

    Raises ValueError for a term or translation without text, and for too many of them.
    """

    def __init__(self, dictionary: Mapping[str, str] | None = None, keep: Iterable[str] = ()) -> None:
        entries = {**(dictionary or {}), **{term: term for term in keep}}
        _check(entries)
        self._root = _Node()
        for term, translation in entries.items():
            self._add(term, translation.strip())
        for term, translation in entries.items():
            for other, adapted in _other_cases(term.strip(), translation.strip()):
                self._add(other, adapted)

    def __bool__(self) -> bool:
        return bool(self._root.following)

    def marked(self, segments: Sequence[Segment]) -> list[Segment]:
        """The segments with a `Term` in the place of each term, with codes that are not used yet."""
        return [self._marked(segment) for segment in segments]

    def _add(self, term: str, translation: str) -> None:
        """Unless it is there."""
        node = self._root
        for atom in _atoms(term):
            node = node.following.setdefault(atom, _Node())
        node.translation = node.translation or translation

    def _marked(self, segment: Segment) -> Segment:
        code = max((token.code for token in segment if not isinstance(token, Text)), default=0)
        tokens: list[Token] = []
        found = False
        for token in segment:
            if not isinstance(token, Text):
                tokens.append(token)
                continue
            done = 0
            for start, end, translation in self._found(token.text):
                code += 1
                found = True
                words = token.text[start:end]
                tokens += [Text(token.text[done:start]), Term(code, words, translation)]
                done = end
            tokens.append(Text(token.text[done:]))
        return joined(tokens) if found else segment

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and translation of each term, left to right."""
        places = list(_atom_pattern().finditer(text))
        place = 0
        while place < len(places):
            length, translation = self._longest(places, place)
            if length:
                yield places[place].start(), places[place + length - 1].end(), translation
            place += length or 1

    def _longest(self, places: Sequence[re.Match[str]], start: int) -> tuple[int, str]:
        """Atoms and translation of the longest term that begins here; no atoms if none does."""
        node, longest, translation = self._root, 0, ""
        for place in range(start, len(places)):
            apart = place > start and _is_apart(places, place)
            following = node.following.get((apart, places[place][0]))
            if following is None:
                break
            node = following
            if node.translation is not None:
                longest, translation = place + 1 - start, node.translation
        return longest, translation


@lru_cache(maxsize=64)
def terms_of(dictionary: tuple[tuple[str, str], ...], keep: tuple[str, ...]) -> Terms:
    """`Terms`, made once for all files of a job."""
    return Terms(dict(dictionary), keep)


def with_codes(segment: Segment) -> Segment:
    """With a standalone code in the place of each term."""
    return tuple(Standalone(token.code) if isinstance(token, Term) else token for token in segment)


def resolved(marked: Segment, translation: Segment) -> Segment:
    """A translation of ``marked``, or of it `with_codes`, with the terms' translations in it."""
    prescribed = {token.code: token.translation for token in marked if isinstance(token, Term)}
    if not prescribed:
        return translation
    return joined(_resolved(token, prescribed) for token in translation)


def _resolved(token: Token, prescribed: Mapping[int, str]) -> Token:
    if isinstance(token, Term):
        return Text(token.translation)
    if isinstance(token, Standalone) and token.code in prescribed:
        return Text(prescribed[token.code])
    return token


def _check(entries: Mapping[str, str]) -> None:
    if any(not _atoms(term) or not translation.strip() for term, translation in entries.items()):
        raise ValueError("a term or its translation has no text")
    if any(len(_atoms(term)) > MOST_WORDS for term in entries):
        raise ValueError(f"a term has more than {MOST_WORDS} words and signs")
    if len(entries) > MOST_TERMS:
        raise ValueError(f"there are {len(entries)} terms; at most {MOST_TERMS} are accepted")
    size = sum(len(text.encode("utf-8", "replace")) for entry in entries.items() for text in entry)
    if size > MOST_BYTES:
        raise ValueError(f"the terms have {size} bytes; at most {MOST_BYTES} are accepted")


def _other_cases(term: str, translation: str) -> Iterator[tuple[str, str]]:
    if term.islower():
        yield _capitalised(term), _capitalised(translation)
        yield term.upper(), translation.upper()


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _atoms(text: str) -> _Atoms:
    found = list(_atom_pattern().finditer(text))
    return tuple((_is_apart(found, place), match[0]) for place, match in enumerate(found))


def _is_apart(places: Sequence[re.Match[str]], place: int) -> bool:
    return place > 0 and places[place - 1].end() < places[place].start()


@cache
def _atom_pattern() -> re.Pattern[str]:
    """Words with the marks on their letters, single characters of `_UNSPACED`, other single characters."""
    marks = "".join(
        re.escape(chr(point))
        for point in range(0x300, 0x1_0000)
        if unicodedata.category(chr(point))[0] == "M"
    )
    return re.compile(rf"[{_UNSPACED}]|(?:[^\W{_UNSPACED}]|[{marks}\u200c\u200d])+|\S")


NO_TERMS = Terms()
