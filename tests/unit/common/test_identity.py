"""A token endpoint that refuses us is named as such, in one line that says what it said."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from libs.common.storage.identity import Identity, NoToken

SCOPE = "https://storage.azure.com/.default"


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refusal_of_the_token_endpoint_is_no_answer_of_storage(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        said = {"error": "invalid_request", "error_description": "AADSTS70021: no matching record"}
        return web.json_response(said, status=status)

    app = web.Application()
    app.router.add_get("/token", refuse)
    monkeypatch.setenv("IDENTITY_HEADER", "a header")
    async with TestServer(app, host="127.0.0.1") as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", str(server.make_url("/token")))
        async with Identity() as identity:
            for ask in (identity.get_token, identity.get_token_info):
                with pytest.raises(NoToken) as raised:
                    await ask(SCOPE)
                said = raised.value.message
                assert said.startswith("ManagedIdentityCredential:")
                assert "AADSTS70021" in said
                assert "\n" not in said
                assert not hasattr(raised.value, "status_code")
