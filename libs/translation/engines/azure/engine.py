"""Azure AI Translator as an engine."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from azure.ai.translation.text.aio import TextTranslationClient
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineResponse
from azure.identity.aio import DefaultAzureCredential
from pydantic import ValidationError

from libs.translation.cutting import cut, rejoined, units_of
from libs.translation.engines.azure import wire
from libs.translation.engines.azure.faults import fault
from libs.translation.engines.azure.markup import Encoded, encode
from libs.translation.engines.engine import Engine, Translated, Wish
from libs.translation.engines.options import AZURE_ENDPOINT, EngineOptions
from libs.translation.errors import EngineTooSlow, EngineUnavailable, PermanentFault, TranslationError
from libs.translation.packing import with_outer_blanks
from libs.translation.segments import Segment, has_letters, text_of

#: Of what this package does to a segment on its way; raise it when translations change by it.
_REVISION = 1
#: For the list of languages, in seconds: a service starts without it.
_LANGUAGES_SECONDS = 5.0
_CONNECT_SECONDS = 5
#: The SDK's own time limit for an answer is longer by this (seconds), so that ours says what is the matter.
_SPARE_SECONDS = 5.0
Credential = AzureKeyCredential | AsyncTokenCredential


def open_engine(options: EngineOptions) -> Engine:
    """Raises ValueError when the options name no way to log in."""
    if options.azure_key is not None:
        credential: Credential = AzureKeyCredential(options.azure_key.get_secret_value())
    elif options.azure_resource_id is None and options.azure_endpoint.rstrip("/") == AZURE_ENDPOINT:
        raise ValueError(
            "Azure AI Translator needs a key; a managed identity needs the endpoint of a custom domain, "
            "or the id of the resource"
        )
    else:
        credential = DefaultAzureCredential()
    return AzureEngine(
        options.azure_endpoint,
        credential,
        region=options.azure_region,
        resource_id=options.azure_resource_id,
        request_seconds=options.request_seconds,
    )


class AzureEngine:
    """``region`` is that of the key's or the identity's resource. Owns the credential."""

    name = "azure"
    version = f"{wire.API_VERSION}-{_REVISION}"
    limits = wire.LIMITS
    detects = True
    option_names = wire.OPTIONS
    deterministic = False
    native_terms = True

    def __init__(
        self,
        endpoint: str,
        credential: Credential,
        *,
        region: str | None = None,
        resource_id: str | None = None,
        request_seconds: float = 60.0,
    ) -> None:
        is_local = _is_local(endpoint)
        self._credential, self._seconds = credential, request_seconds
        self._secret = credential.key if isinstance(credential, AzureKeyCredential) else None
        self._languages: frozenset[str] | None = None
        self._client = TextTranslationClient(
            endpoint.rstrip("/"),
            credential,
            # A key alone says whose resource it is.
            resource_id=None if self._secret else resource_id,
            region=region if self._secret or resource_id else None,
            api_version=wire.API_VERSION,
            retry_total=0,  # whoever asks owns the pauses; the SDK would not retry a 429 without Retry-After
            permit_redirects=False,  # the key would follow to any host
            connection_timeout=_CONNECT_SECONDS,
            read_timeout=request_seconds + _SPARE_SECONDS,
        )
        # azure-core sends no token without TLS; to this machine (an emulator) it may go.
        self._per_call: dict[str, Any] = {"enforce_https": False} if is_local and not self._secret else {}

    async def prepare(self) -> None:
        """Learn the languages; without an answer the engine works all the same."""
        try:
            async with asyncio.timeout(_LANGUAGES_SECONDS):
                known = await self._client.get_supported_languages(scope="translation", **self._per_call)
                self._languages = frozenset(known.translation or ()) or None
        except (AzureError, TimeoutError):
            self._languages = None

    def directions(self) -> None:
        """Every pair of its `languages`."""

    def languages(self) -> frozenset[str] | None:
        """The codes of the languages it translates from and to; None while they are not known."""
        return self._languages

    def rounds(self, segments: Sequence[Segment], wish: Wish) -> int:
        """Within `limits`, one request; text that grows much as HTML takes more."""
        return max(1, sum(1 for _ in wire.batches(_sent(_cuts(segments, wish)))))

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        """In as many requests as `rounds` says, each with a time limit for itself."""
        model, cuts = _model(wish), _cuts(segments, wish)
        answers: list[Translated] = []
        for batch in wire.batches(_sent(cuts)):
            answers += await self._answered(batch, wish, model)
        remaining = iter(answers)
        return [_whole(pieces, remaining) for pieces in cuts]

    async def close(self) -> None:
        await self._client.close()
        if isinstance(self._credential, AsyncTokenCredential):
            await self._credential.close()

    async def _answered(self, batch: list[Encoded], wish: Wish, model: str | None) -> list[Translated]:
        seen: list[PipelineResponse[Any, Any]] = []
        try:
            async with asyncio.timeout(self._seconds):
                await self._client.translate(
                    wire.body(batch, wish, model), raw_response_hook=seen.append, **self._per_call
                )
        except AzureError as error:
            # The SDK's error holds the request with its headers: it goes no further.
            raise fault(error, self._secret) from None
        except TimeoutError as error:
            raise EngineTooSlow(f"Azure AI Translator did not answer in {self._seconds:g} s") from error
        except (ValueError, TypeError, AttributeError, KeyError):
            if not seen:
                raise
            raise _unreadable("with what is no translation") from None
        return _read(seen[-1].http_response, batch)


def _read(response: Any, batch: list[Encoded]) -> list[Translated]:
    """What the SDK makes of the answer leaves out its headers, and checks nothing."""
    try:
        answer = wire.Answer.model_validate_json(response.body())
    except ValidationError:
        raise _unreadable("with what is no translation") from None
    if len(answer.value) != len(batch):
        raise _unreadable(f"with {len(answer.value)} elements for {len(batch)}")
    done = [
        Translated(
            piece.decode(item.translations[0].text),
            characters,
            item.detected.language if item.detected else None,
        )
        for item, piece, characters in zip(
            answer.value, batch, wire.billed(answer, batch, response.headers), strict=True
        )
    ]
    if len(done) > 1 and not any(text_of(each.segment).strip() for each in done):
        raise _unreadable("with nothing but empty texts")
    return done


def _unreadable(what: str) -> TranslationError:
    return EngineUnavailable(f"Azure AI Translator answered {what}")


@dataclass(frozen=True, slots=True)
class _Piece:
    segment: Segment
    encoded: Encoded
    is_sent: bool


def _cuts(segments: Sequence[Segment], wish: Wish) -> list[list[_Piece]]:
    dictionary = _has_dictionary(wish)
    return [_fitting(segment, dictionary=dictionary) for segment in segments]


def _sent(cuts: Sequence[Sequence[_Piece]]) -> Iterator[Encoded]:
    return (piece.encoded for pieces in cuts for piece in pieces if piece.is_sent)


def _fitting(segment: Segment, *, dictionary: bool, is_sent: bool = True) -> list[_Piece]:
    """The segment in pieces that fit into a request each: escaped as HTML a text may have grown fivefold.
    What is cut off without letters stays as it is.
    """
    size, encoded = units_of(segment), encode(segment, dictionary=dictionary)
    whole = [_Piece(segment, encoded, is_sent)]
    if encoded.units <= wire.LIMITS.units:
        return whole
    parts = cut(segment, size // 2 + 1)
    if len(parts) == 1 or max(map(units_of, parts)) >= size:
        return whole
    return [
        piece for part in parts for piece in _fitting(part, dictionary=dictionary, is_sent=has_letters(part))
    ]


def _whole(pieces: list[_Piece], answers: Iterator[Translated]) -> Translated:
    done = [next(answers) if piece.is_sent else Translated(piece.segment, 0) for piece in pieces]
    if len(done) == 1:
        return done[0]
    segment = rejoined(
        [with_outer_blanks(piece.segment, each.segment) for piece, each in zip(pieces, done, strict=True)]
    )
    detected = next((each.detected for each in done if each.detected), None)
    return Translated(segment, sum(each.characters for each in done), detected)


def _model(wish: Wish) -> str | None:
    given = dict(wish.options)
    if len(given.keys() & wire.OPTIONS) > 1:
        raise PermanentFault("engine_rejected", "a job has a category or a deployment, not both")
    return given.get("deployment") or given.get("category")


def _has_dictionary(wish: Wish) -> bool:
    """The dynamic dictionary wants the source language named, and English on one side."""
    return wish.source is not None and "en" in {_base(wish.source), _base(wish.target)}


def _base(language: str) -> str:
    return language.partition("-")[0].lower()


def _is_local(endpoint: str) -> bool:
    """Raises ValueError for an endpoint to which secrets would go in the clear, unless that is this machine
    or a service of the same compose network or namespace, whose name has no dot: an emulator.
    """
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    is_local = host in {"localhost", "::1"} or host.startswith("127.")
    is_neighbour = re.fullmatch(r"[a-z][a-z0-9-]*", host) is not None
    if parts.scheme != "https" and not (parts.scheme == "http" and (is_local or is_neighbour)):
        raise ValueError("the endpoint of Azure AI Translator must begin with https://")
    return is_local
