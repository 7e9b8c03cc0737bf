"""A key goes to its endpoint, and nowhere else."""

import logging

import pytest
from aiohttp import web
from azure.core.credentials import AzureKeyCredential

from libs.translation.engines.azure import AzureEngine
from libs.translation.engines.engine import Wish
from libs.translation.errors import EngineBlocked, PermanentFault
from libs.translation.segments import plain
from tests.contract.engines.servers import KEY, engine_on, serving


async def test_the_key_follows_no_redirect_and_is_in_no_error_and_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    visited: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        visited.append(request.path)
        if request.path == "/elsewhere":
            return web.Response()
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async def telltale(request: web.Request) -> web.Response:
        key = request.headers["Ocp-Apim-Subscription-Key"]
        return web.json_response({"error": {"code": 400000, "message": f"no such key: {key}"}}, status=400)

    caplog.set_level(logging.DEBUG)
    for handler, kind in ((elsewhere, EngineBlocked), (telltale, PermanentFault)):
        app = web.Application()
        app.router.add_post("/{path:.*}", handler)
        async with serving(app) as url, engine_on(url) as engine:
            with pytest.raises(kind) as caught:
                await engine.translate([plain("One")], Wish("en", "es"))
            assert KEY not in f"{caught.value!s} {caught.value!r} {vars(caught.value)}"
            assert caught.value.__cause__ is None
    assert visited == ["/translate"]
    assert KEY not in caplog.text


def test_a_key_goes_nowhere_in_the_clear() -> None:
    with pytest.raises(ValueError, match="https"):
        AzureEngine("http://translator.example", AzureKeyCredential(KEY))
