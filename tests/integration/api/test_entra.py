"""Tokens of Microsoft Entra ID: whom they let in, to what, and what is no token of ours."""

import base64
import time
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import ClientResponse, web
from pydantic import ValidationError
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from libs.common.errors import StorageUnavailable
from libs.common.settings import ApiSettings
from services.api.access import issuer as issuer_room
from services.api.context import CONTEXT
from services.api.problems import Code
from tests.conftest import Explicit
from tests.integration.api.conftest import Client, opened
from tests.integration.api.issuer import (
    AUDIENCE,
    CLIENT_ID,
    OBJECT_ID,
    TENANT,
    Issuer,
    forged,
    jwk,
    private_key,
    running_issuer,
    sealed_with_the_public_key,
    signed,
    unsigned,
)
from tests.integration.api.test_codes import app_of, meets

JOBS, LETTERS = "/api/v1/batch/jobs", "/api/v1/batch/dead-letters"
#: A request for each role: no job and no letter has these names.
READ, WRITE = ("GET", JOBS), ("POST", f"{JOBS}/nobody/cancel")
ADMIN = [("DELETE", f"{JOBS}/nobody"), ("POST", f"{LETTERS}/nobody/replay"), ("DELETE", LETTERS)]


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with running_issuer() as issuer:
        yield issuer


@pytest.fixture
async def guarded(explicit: Explicit, issuer: Issuer) -> AsyncIterator[Client]:
    settings = explicit(
        ApiSettings,
        translation_engine="copy",
        api_auth="entra",
        entra_tenant_id=TENANT,
        entra_audience=(CLIENT_ID, AUDIENCE),
        entra_authority=issuer.url,
    )
    async with opened(settings) as client:
        yield client


async def ask(client: Client, token: str, method: str = "GET", path: str = JOBS) -> ClientResponse:
    return await client.request(method, path, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize(
    ("roles", "may"),
    [
        ((), 0),
        (("Jobs.Other", "jobs.read"), 0),
        (("Jobs.Read",), 1),
        (("Jobs.Write",), 2),
        (("Jobs.Read", "Jobs.Admin"), 3),
    ],
    ids=["no role", "foreign roles", "reader", "writer", "administrator"],
)
async def test_a_role_opens_what_it_says_and_no_more(
    issuer: Issuer, guarded: Client, version: str, roles: tuple[str, ...], may: int
) -> None:
    token = issuer.token(*roles, version=version)
    for wanted, role, requests in ((1, "Read", [READ]), (2, "Write", [WRITE]), (3, "Admin", ADMIN)):
        for method, path in requests:
            response = await ask(guarded, token, method, path)
            if may >= wanted:
                assert response.status in {200, 204, 404}
            else:
                await meets(Code.FORBIDDEN, response)
                told = response.headers["WWW-Authenticate"]
                assert told.endswith(f'error="insufficient_scope", scope="Jobs.{role}"')


async def test_pages_probes_and_the_reference_need_no_token_and_calls_are_told_to_bring_one(
    guarded: Client,
) -> None:
    for path in ("/", "/healthz", "/readyz", "/openapi.json"):
        assert (await guarded.get(path)).status == 200
    for headers in ({}, {"Authorization": "Basic eA=="}, {"Authorization": "Bearer "}, {"X-Api-Key": "x"}):
        response = await guarded.get(JOBS, headers=headers)
        await meets(Code.UNAUTHENTICATED, response)
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="batch-translation"'
    told = await (await guarded.get("/openapi.json")).json()
    assert told["paths"][JOBS + "/{job_id}"]["delete"]["security"] == [{"bearer": ["Jobs.Admin"]}]
    assert told["components"]["securitySchemes"]["bearer"]["bearerFormat"] == "JWT"


def nested(_: Issuer) -> str:
    return base64.urlsafe_b64encode(b"[" * 4000).decode().rstrip("=") + ".e30.x"


def tampered(issuer: Issuer) -> str:
    reader, writer = issuer.token("Jobs.Read").split("."), issuer.token("Jobs.Admin").split(".")
    return ".".join([reader[0], writer[1], reader[2]])


def without(claim: str) -> Callable[[Issuer], str]:
    return lambda issuer: issuer.token("Jobs.Admin", **{claim: None})


REFUSED: dict[str, tuple[Callable[[Issuer], str], str]] = {
    "expired": (lambda it: it.token("Jobs.Admin", exp=int(time.time()) - 60), "it has expired"),
    "not yet valid": (lambda it: it.token("Jobs.Admin", nbf=int(time.time()) + 300), "it is not valid yet"),
    "wrong audience": (lambda it: it.token("Jobs.Admin", aud="https://graph.example"), "another audience"),
    "longer audience": (lambda it: it.token("Jobs.Admin", aud=f"{CLIENT_ID}x"), "another audience"),
    "another tenant": (lambda it: it.token("Jobs.Admin", iss=f"{it.url}/other/v2.0"), "another tenant"),
    "longer issuer": (lambda it: it.token("Jobs.Admin", iss=f"{it.issuer()}/x"), "another tenant"),
    "wrong key": (lambda it: signed(it.claims("Jobs.Admin"), private_key(9), "key-1"), "forged"),
    "unknown key": (lambda it: forged(it.claims("Jobs.Admin")), "no key of its issuer"),
    "key brought along": (
        lambda it: signed(it.claims("Jobs.Admin"), private_key(9), "mine", jwk=jwk(private_key(9), "mine")),
        "no key of its issuer",
    ),
    "alg none": (lambda it: unsigned(it.claims("Jobs.Admin"), "key-1"), "forged"),
    "alg NoNe": (lambda it: unsigned(it.claims("Jobs.Admin"), "key-1", "NoNe"), "forged"),
    "no signature": (lambda it: unsigned(it.claims("Jobs.Admin"), "key-1", "RS256"), "forged"),
    "alg HS256": (
        lambda it: sealed_with_the_public_key(it.claims("Jobs.Admin"), it.keys["key-1"], "key-1"),
        "forged",
    ),
    "tampered": (tampered, "forged"),
    "no expiry": (without("exp"), "damaged"),
    "no audience": (without("aud"), "damaged"),
    "no issuer": (without("iss"), "damaged"),
    "endless expiry": (lambda it: it.token("Jobs.Admin", exp=float("inf")), "damaged"),
    "id token": (without("azp"), "it is not an access token"),
    "no key id": (lambda it: signed(it.claims("Jobs.Admin"), it.keys["key-1"], ""), "no key of its issuer"),
    "nested header": (nested, "it is no JSON web token"),
    "three dots": (lambda _: "a.b.c.d", "it is no JSON web token"),
    "other letters": (lambda _: "ü.ü.ü", "it is no JSON web token"),
}


@pytest.mark.parametrize(("make", "said"), REFUSED.values(), ids=REFUSED)
async def test_what_is_no_token_of_ours_is_refused_and_told_why(
    issuer: Issuer, guarded: Client, make: Callable[[Issuer], str], said: str
) -> None:
    token = make(issuer)
    with capture_logs() as logs:
        response = await ask(guarded, token)
    assert said in (await response.json())["detail"]
    await meets(Code.INVALID_TOKEN, response)
    told = response.headers["WWW-Authenticate"]
    assert 'error="invalid_token", error_description="' in told
    assert said in told
    assert token not in f"{await response.text()}{told}{logs}"


async def test_clocks_may_be_some_seconds_apart(issuer: Issuer, guarded: Client) -> None:
    now = int(time.time())
    for times in ({"exp": now - 5}, {"nbf": now + 5}, {"iat": now + 5}):
        assert (await ask(guarded, issuer.token("Jobs.Read", **times))).status == 200


async def test_a_new_key_is_taken_up_at_once_and_a_withdrawn_one_let_go(
    issuer: Issuer, guarded: Client
) -> None:
    old = issuer.token("Jobs.Read")
    assert (await ask(guarded, old)).status == 200
    issuer.rotate()
    new = signed(issuer.claims("Jobs.Read"), issuer.keys["key-2"], "key-2")
    assert (await ask(guarded, old)).status == 200, "nothing told us yet"
    assert (await ask(guarded, new)).status == 200
    await meets(Code.INVALID_TOKEN, await ask(guarded, old))


async def test_forged_key_ids_do_not_make_us_ask_the_issuer_each_time(
    issuer: Issuer, guarded: Client
) -> None:
    assert (await ask(guarded, issuer.token("Jobs.Read"))).status == 200
    for _ in range(10):
        await meets(Code.INVALID_TOKEN, await ask(guarded, forged(issuer.claims("Jobs.Read"))))
    assert issuer.fetches == 2


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=500),
        web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        web.Response(body=b"<html>"),
        web.Response(body=b"[" * 100_000),
        web.Response(body=b'{"issuer": 7}'),
        web.Response(body=b'{"issuer": "x", "jwks_uri": "http://keys.example/"}'),
        web.Response(body=b" " * (1024 * 1024 + 1)),
    ],
    ids=["error", "redirect", "no JSON", "nested", "other JSON", "keys in the clear", "large"],
)
async def test_without_keys_nobody_is_let_in_and_nobody_called_a_forger(
    issuer: Issuer, guarded: Client, answer: web.Response
) -> None:
    issuer.answer = answer
    response = await ask(guarded, issuer.token("Jobs.Read"))
    await meets(Code.IDENTITY_UNAVAILABLE, response)
    assert int(response.headers["Retry-After"]) > 0


async def test_an_issuer_that_is_silent_is_not_waited_for(
    issuer: Issuer, guarded: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_room, "_SECONDS", 0.2)
    issuer.silent = True
    await meets(Code.IDENTITY_UNAVAILABLE, await ask(guarded, issuer.token("Jobs.Read")))


async def test_an_issuer_that_is_away_stops_nobody_whose_key_is_known(
    issuer: Issuer, guarded: Client
) -> None:
    assert (await ask(guarded, issuer.token("Jobs.Read"))).status == 200
    issuer.answer = web.Response(status=503)
    unknown = await ask(guarded, forged(issuer.claims("Jobs.Read")))
    await meets(Code.IDENTITY_UNAVAILABLE, unknown)
    assert (await ask(guarded, issuer.token("Jobs.Read"))).status == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"entra_tenant_id": None}, "needs ENTRA_TENANT_ID and ENTRA_AUDIENCE"),
        ({"entra_audience": ()}, "needs ENTRA_TENANT_ID and ENTRA_AUDIENCE"),
        ({"entra_tenant_id": "common"}, "should match pattern"),
        ({"entra_authority": "http://login.example"}, "must begin with https://"),
        ({"entra_authority": "http://127.0.0.1.login.example"}, "must begin with https://"),
    ],
    ids=str,
)
def test_a_tenant_that_is_not_named_or_can_be_impersonated_stops_the_start(
    explicit: Explicit, wrong: dict[str, object], said: str
) -> None:
    right = {"api_auth": "entra", "entra_tenant_id": TENANT, "entra_audience": (CLIENT_ID,)}
    with pytest.raises(ValidationError, match=said):
        explicit(ApiSettings, **right | wrong)


async def test_logs_tell_who_called_by_an_id_that_does_not_change(
    issuer: Issuer, guarded: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(app_of(guarded)[CONTEXT].deployment.blobs, "containers", away)
    token = issuer.token("Jobs.Read", name="somebody@example.com")
    with capture_logs(processors=[merge_contextvars]) as logs:
        await ask(guarded, token, path="/api/v1/batch/containers")
    assert [log["caller"] for log in logs] == [OBJECT_ID]
