"""Inline Markdown (https://spec.commonmark.org/0.31.2/#inlines) as marks with offsets.

Closer to what people write than to the last rule of the specification: what is read otherwise here than
there is kept as it is written all the same. Every search ends where another of its kind could begin, so
any input takes linear time.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from html import unescape
from unicodedata import category

from markdown_it.common.utils import normalizeReference

from libs.translation.documents.html_tokens import VOID
from libs.translation.documents.markup import MOST_MARKS, Kind, Mark, too_many_marks
from libs.translation.documents.placeholders import MATH, TEMPLATE

_MARK = re.compile(
    r"""
      (?P<break>(?:(?<![ ])[ ]{2,}+|\\)\n)
    | (?P<noun>"""
    + TEMPLATE
    + r"""| (?!\\)(?:"""
    + MATH
    + r"""))
    | (?P<alone>\\[!-/:-@\[-`{-~]                                                   # \*
        | <[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*+> | <[^\s<>@]{1,64}@[\w.-]{1,255}>    # <https://a.b> <a@b.c>
        | \{[:\#.][^{}\n]{1,200}\}                                                  # {: .class} {#anchor}
        | \[\^[^\]\[\s]{1,100}\]:?                                                  # [^1]
        | \A\[[ xX]\](?=\s) | \A\[![A-Z]{1,20}\][ \t]*+\n                           # [ ] task, [!NOTE]
        | (?<![\w:]):[a-z0-9_+-]{2,30}:(?![\w:]))                                   # :tada:
    | (?P<tag></?(?P<name>[A-Za-z][\w:-]*+)(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>)
    | (?P<comment><!--)
    | (?P<entity>&(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)
    | (?P<ticks>`+)
    | (?P<image>!\[) | (?P<open>\[) | (?P<close>\])
    | (?P<delimiter>\*+|_+|~~)
    """,
    re.VERBOSE,
)
_DESTINATION = re.compile(
    r"""\(\s*+(?:<[^<>\n]*+> | (?:[^\s()<\\]|\\.|\((?:[^\s()\\]|\\.)*+\))*+)
        (?:\s++(?:"(?:[^"\\]|\\.)*+" | '(?:[^'\\]|\\.)*+' | \((?:[^()\\]|\\.)*+\)))?+\s*+\)""",
    re.VERBOSE | re.DOTALL,
)
#: One line, no escape, no entity. Right behind the parenthesis it would be an address, quotes and all.
_TITLE = re.compile(r'[^\s(]\s++"(?P<title>[^"\\&<>\n]++)"\s*+\)\Z')
_LABEL = re.compile(r"\[([^\[\]]{0,999})\]")
#: https://spec.commonmark.org/0.31.2/#link-label
_LONGEST_LABEL = 999
_NO_MARKUP = re.compile(r"[^\n\[\]`*_<>\\]+")
_LONGEST_DELIMITER = 3


def inline_marks(content: str, references: AbstractSet[str]) -> tuple[list[Mark], list[tuple[int, int]]]:
    """The marks of a block's text, and the places of its images' descriptions and of its links' titles.

    Raises `PermanentFault` (``too_much_markup``).
    """
    scanner = _Scanner(content, references)
    scanner.scan()
    return scanner.marks, scanner.descriptions


class _Scanner:
    def __init__(self, content: str, references: AbstractSet[str]) -> None:
        self.marks: list[Mark] = []
        self.descriptions: list[tuple[int, int]] = []
        self._content, self._references = content, references
        self._done = 0
        self._brackets: list[int] = []  # places in marks
        self._delimiters: Counter[str] = Counter()
        self._last_comment_end = content.rfind("-->")
        self._ticks: dict[int, list[int]] = defaultdict(list)
        for run in re.finditer("`+", content):
            self._ticks[len(run[0])].append(run.start())

    def scan(self) -> None:
        readers: dict[str | None, Callable[[re.Match[str]], None]] = {
            "break": lambda match: self._add(Kind.ALONE, *match.span(), written=f"{match[0][:-1][:2]}\n"),
            "noun": lambda match: self._add(Kind.NOUN, *match.span()),
            "alone": lambda match: self._add(Kind.ALONE, *match.span()),
            "tag": self._tag,
            "comment": self._comment,
            "entity": self._entity,
            "ticks": self._code,
            "image": self._bracket,
            "open": self._bracket,
            "close": self._closing_bracket,
            "delimiter": self._delimiter,
        }
        place = 0
        while match := _MARK.search(self._content, place):
            if len(self.marks) > MOST_MARKS:
                raise too_many_marks()
            readers[match.lastgroup](match)  # what it does not add is text
            place = max(match.end(), self._done)
        self._text_until(len(self._content))
        for place in self._brackets:
            self.marks[place] = self.marks[place]._replace(kind=Kind.TEXT)

    def _add(self, kind: Kind, start: int, end: int, name: str = "", written: str | None = None) -> None:
        self._text_until(start)
        self.marks.append(Mark(kind, start, end, name, written))
        self._done = end

    def _text_until(self, end: int) -> None:
        if self._done < end:
            self.marks.append(Mark(Kind.TEXT, self._done, end))
            self._done = end

    def _tag(self, match: re.Match[str]) -> None:
        name = match["name"].lower()
        kind = Kind.END if match["tag"][1] == "/" else Kind.START
        if name in VOID or match["tag"].endswith("/>"):
            kind = Kind.ALONE
        self._add(kind, *match.span(), name)

    def _comment(self, match: re.Match[str]) -> None:
        if match.end() <= self._last_comment_end:
            self._add(Kind.ALONE, match.start(), self._content.index("-->", match.end()) + 3)

    def _entity(self, match: re.Match[str]) -> None:
        character = unescape(match[0])
        if character.isalnum():
            self._add(Kind.TEXT, *match.span(), written=character)
        elif character != match[0]:
            self._add(Kind.ALONE, *match.span())

    def _code(self, match: re.Match[str]) -> None:
        runs = self._ticks[len(match[0])]
        following = bisect_right(runs, match.start())
        if following < len(runs):
            self._add(Kind.NOUN, match.start(), runs[following] + len(match[0]))

    def _bracket(self, match: re.Match[str]) -> None:
        self._add(Kind.START, *match.span(), "[")
        self._brackets.append(len(self.marks) - 1)

    def _closing_bracket(self, match: re.Match[str]) -> None:
        if not self._brackets:
            return
        place = self._brackets.pop()
        opening = self.marks[place]
        end, written = self._link_end(opening.end, *match.span())
        if not end:
            self.marks[place] = opening._replace(kind=Kind.TEXT)
        elif opening.end - opening.start == 1:
            self._add(Kind.END, match.start(), end, "[", written)
        else:
            del self.marks[place:]
            self.marks.append(Mark(Kind.ALONE, opening.start, end))
            self._done = end
            if not written and _NO_MARKUP.fullmatch(self._content, opening.end, match.start()):
                self.descriptions.append((opening.end, match.start()))
        if end and (title := _TITLE.search(self._content, match.start(), end)):
            self.descriptions.append(title.span("title"))

    def _link_end(self, start: int, bracket: int, end: int) -> tuple[int, str | None]:
        """Where the link with the text from ``start`` to ``bracket`` ends (0: it is none), and how that end
        is written when the text, which may be its label, is another.
        """
        if match := _DESTINATION.match(self._content, end):
            return match.end(), None
        match = _LABEL.match(self._content, end)
        if match and match[1].strip():
            return match.end(), None
        if bracket - start > _LONGEST_LABEL:
            return 0, None
        label = self._content[start:bracket]
        if normalizeReference(label) not in self._references:
            return 0, None
        return match.end() if match else end, f"][{label}]".replace("\n", " ")

    def _delimiter(self, match: re.Match[str]) -> None:
        run = match[0]
        before = self._content[match.start() - 1 : match.start()]
        after = self._content[match.end() : match.end() + 1]
        opens, closes = flanks(run, before, after)
        if closes and self._delimiters[run]:
            self._delimiters[run] -= 1
            self._add(Kind.END, *match.span(), run)
        elif opens and len(run) <= _LONGEST_DELIMITER:
            self._delimiters[run] += 1
            self._add(Kind.START, *match.span(), run)
        elif opens or closes:
            self._add(Kind.ALONE, *match.span())


def flanks(run: str, before: str, after: str) -> tuple[bool, bool]:
    """Whether a run of delimiters between two characters (or ends of text) can open emphasis, and close it
    (https://spec.commonmark.org/0.31.2/#delimiter-run).
    """
    before, after = before or " ", after or " "
    left = not after.isspace() and (not _is_punctuation(after) or before.isspace() or _is_punctuation(before))
    right = not before.isspace() and (
        not _is_punctuation(before) or after.isspace() or _is_punctuation(after)
    )
    if run[0] == "_":
        return left and (not right or _is_punctuation(before)), right and (not left or _is_punctuation(after))
    return left, right


def _is_punctuation(character: str) -> bool:
    return category(character)[0] in "PS"
