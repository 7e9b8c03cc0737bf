"""The emulator's routes."""

import asyncio
import json
import re
import secrets
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from deploy.local.emulators.azure_translator import wire
from deploy.local.emulators.azure_translator.faults import Faults
from deploy.local.emulators.azure_translator.knobs import Knobs
from deploy.local.emulators.azure_translator.languages import detected, listing
from deploy.local.emulators.azure_translator.quota import Quota
from deploy.local.emulators.azure_translator.refusals import Refusal
from deploy.local.emulators.azure_translator.stats import Stats

#: Of a body: the largest request in escaped JSON is a third of it.
_LARGEST_BODY = 4 * 1024 * 1024
_MOST_DETECTED = 100
#: A global endpoint has the bare path, a custom domain the rest; the SDK puts the version into it.
_PATH = re.compile(
    r"(?:/translator/text(?:/v(?P<version>[^/]+))?)?/(?P<operation>translate|detect|languages)"
)


class Emulator:
    """``key``: the only one accepted; None: any, but there must be one. A bearer token is taken as it is.

    ``speed``: see `Quota`.
    """

    def __init__(self, knobs: Knobs | None = None, *, key: str | None = None, speed: float = 1.0) -> None:
        self.knobs, self.stats = knobs or Knobs(), Stats()
        self.faults = Faults(self.knobs)
        self._key, self._speed = key, speed
        self._quota = Quota(speed)

    def turn(self, given: dict[str, Any]) -> Knobs:
        """Change some knobs. Raises ValidationError."""
        self.knobs = Knobs.model_validate(self.knobs.model_dump() | given)
        self.faults = Faults(self.knobs)
        return self.knobs

    async def serve(self, request: web.Request) -> web.Response:
        self.stats.begin()
        status = 499  # the client went
        try:
            response = await self._answer(request)
            status = response.status
        finally:
            self.stats.end(status)
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            version, operation = _operation(request)
            if operation == "languages":
                return _respond(listing(version))
            self._authorize(request)
            body = await _body(request)
            if operation == "detect":
                return _respond(_detections(body))
            return await self._translated(request, version, body)
        except Refusal as refusal:
            return self._refused(refusal)

    async def _translated(self, request: web.Request, version: str, body: Any) -> web.Response:
        elements = wire.read(version, request.query, body)
        fault = self.faults.next()
        if (spoilt := fault.instead()) is not None:
            return spoilt
        characters = sum(element.billed for element in elements)
        if not self._quota.take(characters, self.knobs.characters_a_minute):
            raise Refusal(429001)
        self.stats.bill(len(elements), characters)
        await asyncio.sleep(self.knobs.latency_ms / 1000)
        answers = fault.spoil(wire.written(version, elements))
        response = _respond(answers if version == "3.0" else {"value": answers})
        response.headers["X-Metered-Usage"] = str(characters)
        if version == "3.0":
            systems = sum(len(element.targets) for element in elements)
            response.headers["X-MT-System"] = ",".join(["Microsoft"] * systems)
        else:
            response.headers["sourceCharactersCharged"] = str(characters)
        return response

    def _authorize(self, request: web.Request) -> None:
        key = request.headers.get("Ocp-Apim-Subscription-Key") or request.query.get("Subscription-Key")
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if not (key or token) or (key and self._key is not None and key != self._key):
            raise Refusal(401000)

    def _refused(self, refusal: Refusal) -> web.Response:
        response = _respond(refusal.body, status=refusal.status)
        if refusal.status == 429 and self.knobs.retry_after is not None:  # noqa: PLR2004 - HTTP's own number
            response.headers["Retry-After"] = f"{self.knobs.retry_after:g}"
        return response


def build_app(emulator: Emulator) -> web.Application:
    app = web.Application(client_max_size=_LARGEST_BODY)

    async def knobs(request: web.Request) -> web.Response:
        try:
            given = await request.json() if request.can_read_body else {}
            return web.json_response(emulator.turn(given).model_dump())
        except (ValueError, TypeError) as error:
            told = error.json(include_url=False) if isinstance(error, ValidationError) else '"not JSON"'
            raise web.HTTPBadRequest(text=told, content_type="application/json") from None

    async def stats(request: web.Request) -> web.Response:
        counted = emulator.stats.as_json()
        if request.method == "DELETE":
            emulator.stats = Stats(in_flight=emulator.stats.in_flight)
        return web.json_response(counted)

    app.router.add_post("/_knobs", knobs)
    app.router.add_get("/_knobs", knobs)
    app.router.add_get("/_stats", stats)
    app.router.add_delete("/_stats", stats)
    app.router.add_route("*", "/{path:.*}", emulator.serve)
    return app


def _operation(request: web.Request) -> tuple[str, str]:
    """Version and operation. Raises `Refusal`."""
    found = _PATH.fullmatch(request.path)
    if not found:
        raise Refusal(404000)
    version = request.query.get("api-version") or found["version"]
    if version not in wire.VERSIONS or (found["operation"] == "detect" and version != "3.0"):
        raise Refusal(400021)
    if request.method != ("GET" if found["operation"] == "languages" else "POST"):
        raise Refusal(405000)
    return version, found["operation"]


async def _body(request: web.Request) -> Any:
    if request.content_type != "application/json" or "Content-Type" not in request.headers:
        raise Refusal(415000)
    try:
        return json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(400077) from None
    except (ValueError, RecursionError):
        raise Refusal(400074) from None


def _detections(body: Any) -> list[dict[str, Any]]:
    elements = body if isinstance(body, list) else []
    texts = [text for item in elements if isinstance(item, dict) for text in item.values()]
    if not texts or len(texts) != len(elements) or not all(isinstance(text, str) for text in texts):
        raise Refusal(400005)
    if len(texts) > _MOST_DETECTED:
        raise Refusal(400072)
    fixed = {"score": 1.0, "isTranslationSupported": True, "isTransliterationSupported": False}
    return [{"language": detected(text)} | fixed for text in texts]


def _respond(body: Any, *, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"X-RequestId": f"EMULATED.{secrets.token_hex(8)}"})
