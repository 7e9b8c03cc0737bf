"""Requests and answers of Azure AI Translator's text API, version 2026-06-06."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from libs.translation.engines.azure.markup import Encoded
from libs.translation.engines.engine import Limits, Wish

API_VERSION = "2026-06-06"
#: "Service limits" of the Translator: a request holds 1,000 elements and 50,000 characters over all of them.
LIMITS = Limits(elements=1_000, units=50_000)
#: Both are names of models to this version: a custom system's category, or a deployment of a language model.
OPTIONS = frozenset({"category", "deployment"})

_Count = Annotated[int, Field(ge=0)]


class _Detected(BaseModel):
    language: str


class _Translation(BaseModel):
    text: str
    characters: _Count | None = Field(default=None, alias="sourceCharacters")


class _Item(BaseModel):
    detected: _Detected | None = Field(default=None, alias="detectedLanguage")
    translations: Annotated[list[_Translation], Field(min_length=1, max_length=1)]


class Answer(BaseModel):
    value: list[_Item]


def body(batch: Sequence[Encoded], wish: Wish, model: str | None) -> dict[str, Any]:
    """The JSON of a request; ``model`` is the deployment or category asked for."""
    target = {"language": wish.target} | ({"deploymentName": model} if model else {})
    common = {"targets": [target]} | ({"language": wish.source} if wish.source else {})
    return {
        "inputs": [
            {"text": each.text, "textType": "Html" if each.is_html else "Plain"} | common for each in batch
        ]
    }


def batches(pieces: Iterable[Encoded]) -> Iterator[list[Encoded]]:
    """In order, each within `LIMITS`."""
    batch: list[Encoded] = []
    room = LIMITS.units
    for piece in pieces:
        if batch and (len(batch) == LIMITS.elements or piece.units > room):
            yield batch
            batch, room = [], LIMITS.units
        batch.append(piece)
        room -= piece.units
    if batch:
        yield batch


def billed(answer: Answer, batch: Sequence[Encoded], headers: Mapping[str, str]) -> list[int]:
    """Characters billed for each element. ``X-Metered-Usage`` is the sum; where it says more than the
    elements do (language models meter tokens instead), the last one bears the difference.
    """
    counts = [
        piece.units if (metered := item.translations[0].characters) is None else metered
        for item, piece in zip(answer.value, batch, strict=True)
    ]
    total = headers.get("x-metered-usage", "")
    if total.isascii() and total.isdecimal() and len(total) < 10:  # noqa: PLR2004 - a request is far below
        counts[-1] += max(0, int(total) - sum(counts))
    return counts
