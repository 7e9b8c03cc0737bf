"""Whether two HTML files are built alike."""

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

from libs.translation.documents.html_elements import INLINE
from libs.translation.documents.html_tokens import What, tokens
from libs.translation.errors import PermanentFault

_Tag = tuple[What, str]
#: The tags of a flow, in any order, and the one that ends it.
_Flow = tuple[Counter[_Tag], _Tag | None, int]


def require_same_shape(source: str, translation: str, *, is_xml: bool) -> None:
    """Blocks in the same order, and in each the same inline tags; an engine may split an inline pair in
    two, but lose or invent none. Raises `PermanentFault` (``shape_changed``).
    """
    pairs = zip_longest(_flows(source, is_xml=is_xml), _flows(translation, is_xml=is_xml))
    for ours, theirs in pairs:
        if ours is None or theirs is None or ours[1] != theirs[1] or not _is_kept(ours[0], theirs[0]):
            line = source.count("\n", 0, ours[2]) + 1 if ours else source.count("\n") + 1
            raise PermanentFault("shape_changed", f"the tags in line {line} would not be the source's")


def _is_kept(ours: Counter[_Tag], theirs: Counter[_Tag]) -> bool:
    return ours.keys() == theirs.keys() and ours <= theirs


def _flows(text: str, *, is_xml: bool) -> Iterator[_Flow]:
    tags: Counter[_Tag] = Counter()
    start = 0
    for what, name, begin, end in tokens(text, 0, len(text), is_xml=is_xml):
        if what in (What.START, What.END, What.VOID, What.RAW) and name not in INLINE:
            yield tags, (what, name), start
            tags, start = Counter(), end
        elif what is not What.TEXT:
            tags[what, name or text[begin:end]] += 1
    yield tags, None, start
