"""A text with elements between its words, as in XLIFF and OpenDocument."""

from collections.abc import Callable
from copy import deepcopy
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
    """``read`` is the element the text is in, ``target`` the one it is written to (emptied first).

    ``kind`` tells what an inline element is, ``repeat`` changes the second half of a pair that was split.
    """

    def __init__(
        self,
        source: Element,
        kind: Callable[[Element], Inline],
        *,
        target: Element | None = None,
        repeat: Callable[[Element], None] = lambda _: None,
    ) -> None:
        self._source, self._kind, self._repeat = source, kind, repeat
        self._target = source if target is None else target
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
        moves = self._target is self._source
        for child in list(self._target):
            self._target.remove(child)
        self._target.text = None
        stack, used = [self._target], set[int]()
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
                element = element if moves else deepcopy(element)
                element.tail = None
                stack[-1].append(element)


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
