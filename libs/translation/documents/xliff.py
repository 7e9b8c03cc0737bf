"""XLIFF 1.0 to 1.2 (https://docs.oasis-open.org/xliff/v1.2/os/xliff-core.html) and 2.0 to 2.2
(https://docs.oasis-open.org/xliff/xliff-core/v2.1/). The target of each unit is made from its source, where
there is none yet; translations that people made stay, and so does all else.
"""

from collections.abc import Iterator, Mapping

from libs.translation.documents.document import Document
from libs.translation.documents.trees.coded import Coded, Flow
from libs.translation.documents.trees.document import Part, TreeDocument
from libs.translation.documents.trees.mixed import Inline, MixedFlow
from libs.translation.documents.trees.tree import Element, Shape, local, words
from libs.translation.errors import PermanentFault

_PAIRS = frozenset({"g", "pc", "mrk"})
#: What a target may be called that is yet to be translated; everything else is somebody's work.
_OPEN_STATES = frozenset({"new", "initial", "needs-translation"})
_SHAPE = Shape(flows=frozenset({"source"}), fluid=frozenset(), ignored=frozenset({"target"}))


class XliffFormat:
    """With ``target_language`` among the options, that is written into the file."""

    name = "xliff"
    extensions = frozenset({".xlf", ".xliff"})
    content_type = "application/xliff+xml"
    memory_a_byte = 120
    inline_bytes = 0
    options: Mapping[str, str] = {}

    def parse(self, data: bytes, language: str, options: Mapping[str, str] | None = None) -> Document:  # noqa: ARG002 - the file tells
        """`PermanentFault`: ``malformed``, ``wrong_content``, ``xml_entities``, ``too_deep``."""
        target = (options or {}).get("target_language", "")
        part = Part("the file", lambda: data, lambda root: _flows(root, target), may_have_doctype=True)
        return TreeDocument(data, [part], _SHAPE, join=lambda changed: changed[part.name])


def _flows(root: Element, target: str) -> Iterator[Flow]:
    if local(root) != "xliff" or root.get("version") not in {"1.0", "1.1", "1.2", "2.0", "2.1", "2.2"}:
        raise PermanentFault("wrong_content", "the file is not XLIFF of a version from 1.0 to 2.2")
    is_1 = (root.get("version") or "").startswith("1")
    for unit in root.iter("{*}trans-unit" if is_1 else "{*}segment"):
        source = _child(unit, "seg-source")
        source = _child(unit, "source") if source is None else source
        if source is not None and _is_wanted(unit):
            yield _Unit(unit, source, target, is_1=is_1)


def _child(parent: Element, name: str) -> Element | None:
    return next((child for child in parent if local(child) == name), None)


def _is_wanted(unit: Element) -> bool:
    """Told to be translated by the closest that tells, and not translated yet."""
    wish = next((e.get("translate") for e in [unit, *unit.iterancestors()] if e.get("translate")), "yes")
    target = _child(unit, "target")
    if wish == "no" or unit.get("approved") == "yes":
        return False
    if target is None or not words(target).strip():
        return True
    state = target.get("state") or unit.get("state")
    source = _child(unit, "source")
    is_copy = source is not None and words(source) == words(target)
    return state in _OPEN_STATES or (state is None and is_copy)


class _Unit:
    """A flow that is read from a source and written into its target."""

    def __init__(self, unit: Element, source: Element, language: str, *, is_1: bool) -> None:
        self._unit, self._source, self._language, self._is_1 = unit, source, language, is_1

    def coded(self) -> Coded:
        return MixedFlow(self._source, _kind).coded()

    def write(self, coded: str) -> None:
        target = _child(self._unit, "target")
        if target is None:
            target = self._source.makeelement(
                self._source.tag.replace("seg-source", "target").replace("source", "target")
            )
            target.tail = self._source.tail
            self._source.addnext(target)
        flow = MixedFlow(self._source, _kind, target=target, repeat=_with_another_id)
        flow.coded()
        flow.write(coded)
        self._tell(target)

    def _tell(self, target: Element) -> None:
        """That there is a translation, and that a machine made it."""
        (target if self._is_1 else self._unit).set("state", "translated")
        if self._is_1:
            target.set("state-qualifier", "mt-suggestion")
        file = next(self._unit.iterancestors("{*}file"), None)
        if self._language and self._is_1 and file is not None:
            file.set("target-language", self._language)
        elif self._language and not self._is_1:
            self._unit.getroottree().getroot().set("trgLang", self._language)


def _kind(element: Element) -> Inline:
    name = local(element)
    if name not in _PAIRS:
        return Inline.ALONE
    is_kept = element.get("translate") == "no" or element.get("mtype") == "protected"
    return Inline.NOUN if is_kept else Inline.PAIR


def _with_another_id(pair: Element) -> None:
    """The second half of a pair that was split."""
    if pair.get("id"):
        pair.set("id", f"{pair.get('id')}_2")
