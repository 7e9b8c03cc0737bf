"""A key goes to its endpoint, and nowhere else."""

import logging
import re

import pytest
import yaml
from aiohttp import web
from azure.core.credentials import AzureKeyCredential

from deploy.local.places import ROOT
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


@pytest.mark.parametrize("host", ["translator.example", "3221226219:5000", "10.0.0.4", "[2001:db8::1]:5000"])
def test_a_key_goes_nowhere_in_the_clear(host: str) -> None:
    with pytest.raises(ValueError, match="https"):
        AzureEngine(f"http://{host}", AzureKeyCredential(KEY))


async def test_the_emulator_of_the_compose_file_is_a_neighbour_whose_name_has_no_dot() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    endpoint = compose["services"]["worker"]["environment"]["AZURE_TRANSLATOR_ENDPOINT"]
    (url,) = re.findall(r"^\$\{AZURE_TRANSLATOR_ENDPOINT:-(http://[a-z-]+:\d+)\}$", endpoint)
    await AzureEngine(url, AzureKeyCredential(KEY)).close()
