"""Which elements are open at a place in an HTML file, and whether what they hold is to be translated."""

import re
from enum import Enum

from libs.translation.documents.html_tokens import Token, What, attributes

#: Part of the sentence they stand in. Every other element ends it.
INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "br",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "ins",
        "kbd",
        "mark",
        "nobr",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
#: Shown as they are, inside of a text: what a program reads or says.
PROTECTED = frozenset(["code", "kbd", "samp", "tt", "var", "pre", "script", "style", "textarea"])
#: Not translated, whatever is in them.
_SKIPPED = frozenset(
    ["pre", "script", "style", "textarea", "template", "noscript", "iframe", "xmp", "noembed", "noframes"]
)

#: An end tag may be left out: the element ends where one of these begins, if not inside of the second.
_ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol", "menu", "dir"})),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "tr": (frozenset({"tr", "td", "th"}), frozenset({"table"})),
    "td": (frozenset({"td", "th"}), frozenset({"table", "tr"})),
    "th": (frozenset({"td", "th"}), frozenset({"table", "tr"})),
    "option": (frozenset({"option"}), frozenset({"select", "datalist"})),
}
#: Browsers, too, give up nesting at some depth (Chrome at 512).
_DEEPEST = 256
_HAS_WISH = re.compile(r"translate", re.IGNORECASE)


class Translated(Enum):
    YES = "yes"
    NO = "no"
    #: No ``translate="yes"`` inside can change it.
    NEVER = "never"


def wish_of(text: str, tag: Token) -> Translated | None:
    """What a start tag's own attributes say (https://html.spec.whatwg.org, 3.2.6.5, and Google's class)."""
    if not _HAS_WISH.search(text, tag.start, tag.end):
        return None
    values = {a.name: text[a.start : a.end].lower() for a in attributes(text, tag)}
    if values.get("translate") == "no" or "notranslate" in values.get("class", "").split():
        return Translated.NO
    return Translated.YES if values.get("translate") in {"yes", ""} else None


def asks_to_stay(text: str, start: int, end: int, name: str) -> bool:
    """Whether the mark between two places is a start tag that says that its element is not translated."""
    tag = Token(What.START, name, start, end)
    return text.startswith("<", start) and wish_of(text, tag) is Translated.NO


class Elements:
    def __init__(self) -> None:
        self._open: list[tuple[str, Translated]] = []

    @property
    def state(self) -> Translated:
        return self._open[-1][1] if self._open else Translated.YES

    def start(self, name: str, wish: Translated | None) -> Translated:
        """An element begins; ``wish`` is what its own attributes say. Returns what holds in it."""
        self._end_what_it_ends(name)
        state = self.inside(name, wish)
        if len(self._open) < _DEEPEST:
            self._open.append((name, state))
        return state

    def inside(self, name: str, wish: Translated | None) -> Translated:
        """What holds in an element if it begins here."""
        if self.state is Translated.NEVER or name in _SKIPPED:
            return Translated.NEVER
        if wish is None and name in PROTECTED:
            return Translated.NO
        return wish or self.state

    def end(self, name: str) -> None:
        """An end tag ends all in its element; one of an inline element only up to the next block."""
        for place in range(len(self._open) - 1, -1, -1):
            opened = self._open[place][0]
            if opened == name:
                del self._open[place:]
                return
            if name in INLINE and opened not in INLINE:
                return

    def _end_what_it_ends(self, name: str) -> None:
        if name not in INLINE:
            self._end_outermost(frozenset({"p"}), within=None)
        if name in _ENDS:
            self._end_outermost(*_ENDS[name])

    def _end_outermost(self, ended: frozenset[str], within: frozenset[str] | None) -> None:
        outermost = None
        for place in range(len(self._open) - 1, -1, -1):
            opened = self._open[place][0]
            if opened in ended:
                outermost = place
            elif opened in within if within is not None else opened not in INLINE:
                break
        if outermost is not None:
            del self._open[outermost:]
