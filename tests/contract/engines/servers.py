"""Servers on the loopback address for engines to talk to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

from aiohttp import web
from azure.core.credentials import AzureKeyCredential

from deploy.local.emulators.azure_translator import Emulator, Knobs, build_app
from libs.translation.engines.azure import AzureEngine

KEY = "the-key-of-this-test"


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Its URL."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def azure_emulator(**knobs: Any) -> AsyncIterator[tuple[Emulator, str]]:
    emulator = Emulator(Knobs(**knobs), key=KEY)
    async with serving(build_app(emulator)) as url:
        yield emulator, url


@asynccontextmanager
async def engine_on(url: str, credential: Any = None, **options: Any) -> AsyncIterator[AzureEngine]:
    engine = AzureEngine(url, credential or AzureKeyCredential(KEY), **options)
    try:
        yield engine
    finally:
        await engine.close()


class LibreTranslateServer:
    """As LibreTranslate 1.9 answers, as far as an engine sees it; it says each text again in capitals.

    ``answer``: what is answered instead, whatever is asked.
    """

    def __init__(self, *, key: str | None = None, characters: int = -1, texts: int = -1) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: web.Response | None = None
        self._key, self._characters, self._texts = key, characters, texts

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/languages", self._languages)
        app.router.add_get("/frontend/settings", self._settings)
        app.router.add_post("/translate", self._translate)
        return app

    async def _languages(self, _request: web.Request) -> web.Response:
        codes = ["en", "es", "fr"]
        return web.json_response([{"code": code, "name": code, "targets": codes} for code in codes])

    async def _settings(self, _request: web.Request) -> web.Response:
        return web.json_response({"charLimit": self._characters, "language": {}})

    async def _translate(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        if self.answer is not None:
            return self.answer
        if self._key is not None and body.get("api_key") != self._key:
            return refusal(403, "Invalid API key")
        texts = body["q"]
        if 0 < self._characters < max(map(len, texts)) or 0 < self._texts < len(texts):
            return refusal(400, "Invalid request: request (1) exceeds text limit (0)")
        if body["target"] not in {"en", "es", "fr"}:
            return refusal(400, f"{body['target']} is not supported")
        answer: dict[str, Any] = {"translatedText": [unescape(text.strip().upper()) for text in texts]}
        if body["source"] == "auto":
            # One language for the whole request, as the server does it.
            found = {"language": "fr" if "Bonjour" in texts[0] else "en", "confidence": 90.0}
            answer["detectedLanguage"] = [found] * len(texts)
        return web.json_response(answer)


def refusal(status: int, message: str, **headers: str) -> web.Response:
    return web.json_response({"error": message}, status=status, headers=headers)
