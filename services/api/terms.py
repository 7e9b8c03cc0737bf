"""Words with a prescribed translation, as a request may give them."""

import json
import re
from typing import Annotated

from pydantic import AfterValidator, Field

#: Each list of words goes into one string of the job row, as it is: 32 K characters fit, in UTF-16.
LARGEST_TERMS = 32 * 1024
MOST_TERMS = 1000
#: Controls, line and paragraph separators, and lone surrogates, which UTF-8 cannot say.
_UNSPEAKABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _term(text: str) -> str:
    if not text.strip() or _UNSPEAKABLE.search(text):
        msg = "a term has at least one letter, and no control characters"
        raise ValueError(msg)
    return text


_Words = dict[str, str] | list[str]


def _fits(words: _Words) -> _Words:
    if len(json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()) > LARGEST_TERMS:
        msg = f"the terms are too long: {LARGEST_TERMS} bytes of JSON in UTF-8 at most"
        raise ValueError(msg)
    return words


#: What `_term` finds, for the reference, less that a blank is no term.
_SAID = {"pattern": r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"}
Term = Annotated[str, Field(min_length=1, max_length=500, json_schema_extra=_SAID), AfterValidator(_term)]
Dictionary = Annotated[dict[Term, Term], Field(max_length=MOST_TERMS), AfterValidator(_fits)]
Terms = Annotated[list[Term], Field(max_length=MOST_TERMS), AfterValidator(_fits)]
