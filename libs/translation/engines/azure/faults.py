"""Azure AI Translator's errors under our names.

Its own codes are numbers, the HTTP status followed by three digits ("Status code response" of the reference);
a gateway in front of it answers with codes that are strings, or with plain text.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from libs.translation.engines.remote import told, wait_asked
from libs.translation.errors import (
    EngineBlocked,
    EngineThrottled,
    EngineTooSlow,
    EngineUnavailable,
    PermanentFault,
    TranslationError,
)

_NAME = "Azure AI Translator"
#: The source or target language, or the pair of them, is not translated.
_DIRECTION_CODES = frozenset({400003, 400019, 400023, 400035, 400036})
#: A service that does not know this version of the API: it answers every file so.
_WRONG_VERSION = 400021


def fault(error: AzureError, secret: str | None) -> TranslationError:
    """``secret``: what must not be told, whoever wrote it into the answer."""
    if isinstance(error, HttpResponseError) and error.response is not None:
        # A credential's own error carries the answer of whoever should have given the token.
        status = 401 if isinstance(error, ClientAuthenticationError) else error.status_code or 0
        code, message = _said(error)
        headers = getattr(error.response, "headers", {})
        return _by_status(status, code, told(_NAME, f"{status}, {code}: {message}", secret), headers)
    said = told(_NAME, f"{type(error).__name__}: {error.message}", secret)
    return EngineBlocked(said) if isinstance(error, ClientAuthenticationError) else EngineUnavailable(said)


def _by_status(status: int, code: int | None, line: str, headers: Mapping[str, str]) -> TranslationError:
    if status == 429:  # noqa: PLR2004 - HTTP's own numbers
        return EngineThrottled(line, wait_asked(headers))
    if status in {408, 504}:
        return EngineTooSlow(line)
    if status == 200 or status >= 500:  # noqa: PLR2004 - 200: its body was not what it should be
        return EngineUnavailable(line)
    if status in {401, 403, 404} or status < 400 or code == _WRONG_VERSION:  # noqa: PLR2004
        return EngineBlocked(line)  # 404 and redirects: not the endpoint of a Translator
    return PermanentFault("unsupported_direction" if code in _DIRECTION_CODES else "engine_rejected", line)


def _said(error: HttpResponseError) -> tuple[int | None, str]:
    """Code and message of the body, whatever it is."""
    text = _body(error)
    try:
        details = json.loads(text)["error"]
        return _number(details.get("code")), str(details.get("message", ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None, text or error.reason or ""


def _body(error: HttpResponseError) -> str:
    try:
        return str(error.response.text()) if error.response is not None else ""
    except (ValueError, LookupError, AttributeError):  # not its charset, or a response that was never read
        return ""


def _number(code: Any) -> int | None:
    return int(code) if re.fullmatch(r"[0-9]{3,9}", str(code)) else None
