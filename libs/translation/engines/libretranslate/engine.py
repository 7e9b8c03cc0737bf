"""LibreTranslate as an engine."""

import asyncio
import math
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from libs.translation.concurrency import each
from libs.translation.engines.engine import Direction, Engine, Limits, Translated, Wish
from libs.translation.engines.libretranslate.faults import fault
from libs.translation.engines.libretranslate.markers import Encoded, encode
from libs.translation.engines.options import EngineOptions
from libs.translation.errors import EngineTooSlow, EngineUnavailable, TranslationError
from libs.translation.segments import Segment, text_of, units

#: Of what this package does to a segment on its way; raise it when translations change by it.
_REVISION = 1
#: A server translates the texts of a request one after another, a sentence in about a tenth of a second:
#: what it does within a request's time is little. Servers that have a limit of texts do not tell it.
_LIMITS = Limits(elements=25, units=5_000)
#: Questions at a time where the server detects: it finds one language for all texts of a request.
_DETECTING_AT_ONCE = 4
#: For what is asked when the engine is opened, in seconds: a service starts without it.
_PREPARE_SECONDS = 5.0
_CONNECT_SECONDS = 5.0
#: An answer is about as large as its request; the list of languages has every pair of fifty.
_LARGEST_ANSWER = 1024 * 1024
_AUTO = "auto"


class _Language(BaseModel):
    code: str
    targets: list[str] = []


class _Settings(BaseModel):
    characters: int = Field(default=-1, alias="charLimit")
    texts: int = Field(default=-1, alias="batchLimit")


class _Detected(BaseModel):
    language: str


class _Answer(BaseModel):
    texts: Annotated[list[str], Field(alias="translatedText")]
    detected: list[_Detected] | None = Field(default=None, alias="detectedLanguage")


_LANGUAGES = TypeAdapter(list[_Language])


def open_engine(options: EngineOptions) -> Engine:
    """Raises ValueError without the address of a server."""
    if options.libretranslate_url is None:
        raise ValueError("LibreTranslate needs the URL of a server")
    key = options.libretranslate_api_key
    return LibreTranslateEngine(
        options.libretranslate_url,
        api_key=key.get_secret_value() if key else None,
        request_seconds=options.request_seconds,
    )


class LibreTranslateEngine:
    name = "libretranslate"
    version = str(_REVISION)
    detects = True
    option_names: frozenset[str] = frozenset()
    deterministic = True
    native_terms = False

    def __init__(self, url: str, *, api_key: str | None = None, request_seconds: float = 60.0) -> None:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("the URL of LibreTranslate must begin with https:// or http://")
        self.limits = _LIMITS
        self._url, self._key = url.rstrip("/"), api_key
        self._seconds = request_seconds
        self._directions: frozenset[Direction] | None = None
        self._http: aiohttp.ClientSession | None = None

    async def prepare(self) -> None:
        """Learn the limits and the pairs; without an answer the engine works all the same."""
        try:
            async with asyncio.timeout(_PREPARE_SECONDS):
                self._directions = _pairs(await self._asked("GET", "/languages"))
                self.limits = _limits(await self._asked("GET", "/frontend/settings"))
        except (TranslationError, TimeoutError, ValidationError):
            return  # the settings are the web page's, and may be turned off with it

    def directions(self) -> frozenset[Direction] | None:
        """The pairs the server named; None while it has not."""
        return self._directions

    def rounds(self, segments: Sequence[Segment], wish: Wish) -> int:
        """Where the server detects, as many as it takes to ask for a few texts at a time."""
        return 1 if wish.source is not None else math.ceil(len(segments) / _DETECTING_AT_ONCE)

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        encoded = [encode(segment) for segment in segments]
        if wish.source is None:
            answers = await each(lambda one: self._texts([one], wish), encoded, at_once=_DETECTING_AT_ONCE)
        else:
            answers = [await self._texts(encoded, wish)]
        found = [one for answer in answers for one in answer]
        done = [
            Translated(each_one.decode(text), units(segment), language)
            for segment, each_one, (text, language) in zip(segments, encoded, found, strict=True)
        ]
        if len(done) > 1 and not any(text_of(one.segment).strip() for one in done):
            raise EngineUnavailable("LibreTranslate answered with nothing but empty texts")
        return done

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def _texts(self, encoded: Sequence[Encoded], wish: Wish) -> list[tuple[str, str | None]]:
        """Translation and detected language of each."""
        source = wish.source or _AUTO
        body = {"q": [one.text for one in encoded], "source": source, "target": wish.target, "format": "text"}
        said = await self._asked("POST", "/translate", body | ({"api_key": self._key} if self._key else {}))
        try:
            answer = _Answer.model_validate_json(said)
        except ValidationError:
            raise EngineUnavailable("LibreTranslate answered with what is no translation") from None
        if len(answer.texts) != len(encoded):
            raise EngineUnavailable(f"LibreTranslate answered {len(answer.texts)} texts for {len(encoded)}")
        languages = [one.language for one in answer.detected or ()] if wish.source is None else []
        return list(zip(answer.texts, [*languages, *[None] * len(encoded)], strict=False))

    async def _asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """The answer's body. Raises a `TranslationError`."""
        try:
            # A redirect is not followed: the body has the key in it.
            async with self._session().request(
                method, self._url + path, json=body, allow_redirects=False
            ) as response:
                content = await response.content.read(_LARGEST_ANSWER + 1)
                while len(content) <= _LARGEST_ANSWER and not response.content.at_eof():
                    content += await response.content.read(_LARGEST_ANSWER)
        except aiohttp.ClientError as error:  # a connection that takes too long among them
            raise EngineUnavailable(f"LibreTranslate did not answer: {type(error).__name__}") from error
        except TimeoutError as error:
            raise EngineTooSlow(f"LibreTranslate did not answer in {self._seconds:g} s") from error
        if len(content) > _LARGEST_ANSWER:
            raise EngineUnavailable(f"LibreTranslate answered with more than {_LARGEST_ANSWER} bytes")
        if response.status != 200:  # noqa: PLR2004 - HTTP's own number
            raise fault(response.status, content, response.headers, self._key)
        return content

    def _session(self) -> aiohttp.ClientSession:
        """Made where a loop runs."""
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._seconds, connect=_CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
        return self._http


def _pairs(said: bytes) -> frozenset[Direction] | None:
    languages = _LANGUAGES.validate_json(said)
    pairs = {Direction(one.code, target) for one in languages for target in one.targets if target != one.code}
    return frozenset(pairs) or None


def _limits(said: bytes) -> Limits:
    """``charLimit`` is of one text, in characters; a request of so many units in all is within it."""
    settings = _Settings.model_validate_json(said)
    elements = min(settings.texts, _LIMITS.elements) if settings.texts > 0 else _LIMITS.elements
    limit = min(settings.characters, _LIMITS.units) if settings.characters > 0 else _LIMITS.units
    return Limits(elements, limit)
