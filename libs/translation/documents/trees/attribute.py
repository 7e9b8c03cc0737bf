"""An attribute that people read, and a text with no elements in it."""

from collections.abc import Sequence

from libs.translation.documents.trees.coded import Coded
from libs.translation.documents.trees.tree import Element


class AttributeFlow:
    def __init__(self, element: Element, name: str) -> None:
        self._element, self._name = element, name

    def coded(self) -> Coded:
        coded = Coded()
        coded.add_text(self._element.get(self._name) or "")
        return coded

    def write(self, coded: str) -> None:
        self._element.set(self._name, coded)


class LabelFlow:
    """What all these ``elements`` say: translated once, they still say the same."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._elements = elements

    def coded(self) -> Coded:
        coded = Coded()
        coded.add_text(self._elements[0].text or "")
        return coded

    def write(self, coded: str) -> None:
        for element in self._elements:
            element.text = coded
