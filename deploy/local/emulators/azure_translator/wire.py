"""Both versions of the wire: 3.0 asks in the query and answers with a list, 2026-06-06 asks in the body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from deploy.local.emulators.azure_translator.languages import detected, is_known
from deploy.local.emulators.azure_translator.marking import marked
from deploy.local.emulators.azure_translator.refusals import Refusal

VERSIONS = ("3.0", "2026-06-06")
#: "Service limits": an element, the elements of a request, the characters of one over all its targets.
LONGEST_ELEMENT = 50_000
MOST_ELEMENTS = 1_000
MOST_CHARACTERS = 50_000

_TEXT_TYPES = frozenset({"plain", "html"})


class Query(Protocol):
    """Of a URL: a name may stand more than once. aiohttp's, as far as it is needed."""

    def get(self, name: str, /) -> str | None: ...
    def getall(self, name: str, default: list[str], /) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Element:
    text: str
    is_html: bool
    source: str | None
    targets: tuple[str, ...]

    @property
    def characters(self) -> int:
        """UTF-16 code units of the text, markup included."""
        return len(self.text.encode("utf-16-le", "surrogatepass")) // 2

    @property
    def billed(self) -> int:
        return self.characters * len(self.targets)


def read(version: str, query: Query, body: Any) -> list[Element]:
    """Raises `Refusal`."""
    elements = _read_3(query, body) if version == "3.0" else _read_2026(body)
    _check(elements)
    return elements


def written(version: str, elements: Sequence[Element]) -> list[dict[str, Any]]:
    """The answer's elements."""
    return [_element(version, element) for element in elements]


def _read_3(query: Query, body: Any) -> list[Element]:
    targets = tuple(query.getall("to", []))
    return [
        Element(
            _string(item, "text", 400005),
            _is_html(query.get("textType")),
            query.get("from") or None,
            targets,
        )
        for item in _list(body, 400074)
    ]


def _read_2026(body: Any) -> list[Element]:
    given = _get(body, "inputs")
    return [
        Element(
            _string(item, "text", 400005),
            _is_html(_get(item, "textType")),
            _get(item, "language") or None,
            tuple(_string(target, "language", 400036) for target in _list(_get(item, "targets"), 400036)),
        )
        for item in _list(given, 400074 if given is None else 400020)
    ]


def _check(elements: Sequence[Element]) -> None:
    if len(elements) > MOST_ELEMENTS:
        raise Refusal(400072)
    for element in elements:
        if not element.text.strip():
            raise Refusal(400005)  # what the service does here is not known: nobody should ask
        if element.characters > LONGEST_ELEMENT:
            raise Refusal(400050)
        if element.source is not None and not is_known(element.source):
            raise Refusal(400035)
        if not element.targets or not all(map(is_known, element.targets)):
            raise Refusal(400036)
    if sum(element.billed for element in elements) > MOST_CHARACTERS:
        raise Refusal(400077)


def _element(version: str, element: Element) -> dict[str, Any]:
    answer: dict[str, Any] = {"translations": [_translation(version, element, to) for to in element.targets]}
    if element.source is None:
        answer["detectedLanguage"] = {"language": detected(element.text), "score": 1.0}
    return answer


def _translation(version: str, element: Element, target: str) -> dict[str, Any]:
    has_source = element.source is not None
    text = marked(element.text, target, is_html=element.is_html, has_source=has_source)
    if version == "3.0":
        return {"text": text, "to": target}
    return {"language": target, "sourceCharacters": element.characters, "text": text}


def _get(item: Any, name: str) -> Any:
    """Names of properties are taken whatever their case."""
    if not isinstance(item, Mapping):
        raise Refusal(400020)
    return next((value for key, value in item.items() if key.lower() == name.lower()), None)


def _string(item: Any, name: str, code: int) -> str:
    value = _get(item, name)
    if not isinstance(value, str):
        raise Refusal(code)
    return value


def _list(given: Any, code: int) -> list[Any]:
    if not isinstance(given, list) or not given:
        raise Refusal(code)
    return given


def _is_html(given: Any) -> bool:
    if given is not None and str(given).lower() not in _TEXT_TYPES:
        raise Refusal(400071)
    return str(given).lower() == "html"
