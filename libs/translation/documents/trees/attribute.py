"""An attribute that people read, and a text with no elements in it."""

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
