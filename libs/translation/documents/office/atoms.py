"""The pieces of a paragraph of runs."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from libs.translation.documents.trees.tree import Element

#: What a pair has beside its runs.
PROPERTIES = frozenset({"sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr"})


class Is(Enum):
    TEXT = "text"
    ALONE = "alone"
    NOUN = "noun"
    OPEN = "open"
    CLOSE = "close"


class Stone(NamedTuple):
    """What is not text: in a run of that ``format``, or beside the runs (None)."""

    element: Element
    format: str | None = None


class Atom(NamedTuple):
    """A piece of a paragraph; ``closing`` are the stones behind a pair that is a field."""

    what: Is
    text: str = ""
    format: str = ""
    stones: Sequence[Stone] = ()
    closing: Sequence[Stone] = ()
