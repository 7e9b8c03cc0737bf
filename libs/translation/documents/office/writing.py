"""Writes the runs of a paragraph anew."""

from collections.abc import Callable, Sequence
from copy import deepcopy

from libs.translation.documents.office.atoms import PROPERTIES, Atom, Is, Stone
from libs.translation.documents.trees.coded import pieces
from libs.translation.documents.trees.tree import Element, local, shell


class Writing:
    """Fills an emptied paragraph. An element is moved where it is first needed, and copied after that."""

    def __init__(
        self,
        paragraph: Element,
        atoms: Sequence[Atom],
        base: str,
        make_run: Callable[[Element | str, str], Element],
    ) -> None:
        self._atoms, self._make_run = atoms, make_run
        self._parents, self._formats = [paragraph], [base]
        self._used: set[Element] = set()

    def write(self, coded: str) -> None:
        for piece in pieces(coded):
            if piece.number < 0:
                self._parents[-1].append(self._make_run(piece.text, self._formats[-1]))
            else:
                self._write_code(self._atoms[piece.number], closes=piece.closes)

    def _write_code(self, atom: Atom, *, closes: bool) -> None:
        match atom.what, closes:
            case Is.TEXT, False:
                self._formats.append(atom.format)
            case Is.TEXT, True:
                self._formats.pop()
            case Is.OPEN, False if not atom.closing:
                pair, inside = _opened(atom.stones[0].element)
                self._parents[-1].append(pair)
                self._parents.append(inside)
            case Is.OPEN, True if not atom.closing:
                self._parents.pop()
            case _:
                self._place(atom.closing if closes else atom.stones)

    def _place(self, stones: Sequence[Stone]) -> None:
        for element, key in stones:
            placed = deepcopy(element) if element in self._used else element
            self._used.add(element)
            placed.tail = None
            self._parents[-1].append(placed if key is None else self._make_run(placed, key))


def _opened(pair: Element) -> tuple[Element, Element]:
    """A new pair with the old one's properties, and where its runs go."""
    copy = inside = shell(pair)
    for element in pair:
        if local(element) in PROPERTIES:
            copy.append(deepcopy(element))
        elif local(element) == "sdtContent":
            inside = shell(element)
            copy.append(inside)
    return copy, inside
