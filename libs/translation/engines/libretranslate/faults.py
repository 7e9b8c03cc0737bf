"""LibreTranslate's errors under our names. Its body is ``{"error": text}``; a proxy's may be anything."""

import json
from collections.abc import Mapping

from libs.translation.engines.remote import told, wait_asked
from libs.translation.errors import (
    EngineBlocked,
    EngineThrottled,
    EngineTooSlow,
    EngineUnavailable,
    PermanentFault,
    TranslationError,
)

#: Of a 400, in the server's own words: a language it does not have, or a pair.
_NO_DIRECTION = ("is not supported", "is not available as a target language")
#: Also a 400: "Visit … to get an API key", "Please contact the server operator to get an API key".
_NO_KEY = "to get an API key"


def fault(status: int, body: bytes, headers: Mapping[str, str], secret: str | None) -> TranslationError:
    """``secret``: what must not be told, whoever wrote it into the answer."""
    said = _said(body)
    line = told("LibreTranslate", f"{status}: {said}", secret)
    if status == 429:  # noqa: PLR2004 - HTTP's own numbers
        return EngineThrottled(line, wait_asked(headers))
    if status in {408, 504}:
        return EngineTooSlow(line)
    if status >= 500:  # noqa: PLR2004
        return EngineUnavailable(line)
    if status in {401, 403, 404} or status < 400 or _NO_KEY in said:  # noqa: PLR2004
        return EngineBlocked(line)  # 404 and redirects: not the address of a LibreTranslate
    is_direction = any(words in said for words in _NO_DIRECTION) and "format" not in said
    return PermanentFault("unsupported_direction" if is_direction else "engine_rejected", line)


def _said(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        return str(json.loads(text)["error"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return text
