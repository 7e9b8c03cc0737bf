"""A text with elements between its words, as in OpenDocument."""

from collections.abc import Callable
from enum import Enum

from libs.translation.documents.trees.coded import Coded, pieces
from libs.translation.documents.trees.tree import Element, shell


class Inline(Enum):
    #: It goes with the words inside.
    PAIR = "pair"
    #: Its content is not translated here.
    ALONE = "alone"
    #: The same, and it stands for a word.
    NOUN = "noun"


class MixedFlow:
    """``source`` is the element the text is in.

    ``kind`` tells what an inline element is, ``repeat`` changes the second half of a pair that was split.
    """

    def __init__(
        self,
        source: Element,
        kind: Callable[[Element], Inline],
        *,
        repeat: Callable[[Element], None] = lambda _: None,
    ) -> None:
        self._source, self._kind, self._repeat = source, kind, repeat
        self._elements: list[Element] = []

    def coded(self) -> Coded:
        coded = Coded()
        self._elements = []
        self._read(self._source, coded)
        return coded

    def _read(self, parent: Element, coded: Coded) -> None:
        coded.add_text(parent.text or "")
        for element in parent:
            number = len(self._elements)
            self._elements.append(element)
            kind = self._kind(element)
            if kind is Inline.PAIR:
                coded.add_start(number)
                self._read(element, coded)
                coded.add_end(number)
            else:
                coded.add_alone(number, is_noun=kind is Inline.NOUN)
            coded.add_text(element.tail or "")

    def write(self, coded: str) -> None:
        for child in list(self._source):
            self._source.remove(child)
        self._source.text = None
        stack, used = [self._source], set[int]()
        for piece in pieces(coded):
            if piece.number < 0:
                _append_text(stack[-1], piece.text)
            elif piece.closes:
                stack.pop()
            elif self._kind(self._elements[piece.number]) is Inline.PAIR:
                pair = shell(self._elements[piece.number])
                if piece.number in used:
                    self._repeat(pair)
                used.add(piece.number)
                stack[-1].append(pair)
                stack.append(pair)
            else:
                element = self._elements[piece.number]
                element.tail = None
                stack[-1].append(element)


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
