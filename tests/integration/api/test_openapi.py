"""The reference tells what the API does: its routes, its answers, its errors; and it is there for people."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from aiohttp import web
from pydantic import SecretStr

from libs.common.settings import ApiSettings
from services.api.openapi import codes_of, document, routes_of
from services.api.openapi_parts import ACCESS
from services.api.operations import OPERATIONS
from services.api.problems import Code
from tests.conftest import Explicit
from tests.integration.api.conformity import Described
from tests.integration.api.conftest import Client, opened
from tests.integration.api.test_codes import app_of

JOBS = "/api/v1/batch/jobs"
KEY = "reading-key-0123456789"


@pytest.fixture
async def locked(explicit: Explicit) -> AsyncIterator[Client]:
    """The API with a key that nobody sends."""
    keys = SecretStr(f"page:read:{KEY}")
    async with opened(
        explicit(ApiSettings, translation_engine="copy", api_auth="api-key", api_keys=keys)
    ) as client:
        yield client


async def reference(client: Client) -> dict[str, Any]:
    response = await client.get("/openapi.json")
    assert (response.status, response.content_type) == (200, "application/json")
    told: dict[str, Any] = await response.json()
    return told


async def test_every_route_is_in_the_reference_and_every_route_of_it_exists(client: Client) -> None:
    assert routes_of(app_of(client)).keys() == OPERATIONS.keys()
    told = await reference(client)
    assert {(method.upper(), path) for path, methods in told["paths"].items() for method in methods} == set(
        OPERATIONS
    )


async def test_the_reference_is_openapi_and_each_operation_has_a_name_of_its_own(client: Client) -> None:
    told = await reference(client)
    schemathesis.openapi.from_dict(told).validate()
    assert told["openapi"].startswith("3.1")
    names = [it["operationId"] for methods in told["paths"].values() for it in methods.values()]
    assert len(names) == len(set(names)) == len(OPERATIONS)


async def test_every_error_is_told_with_what_to_do_where_it_can_be_met(client: Client) -> None:
    told = await reference(client)
    everywhere = told["info"]["description"]
    assert [code.text for code in Code if f"`{code.text}`: {code.advice}" not in everywhere] == []
    for method, path in OPERATIONS:
        answers = told["paths"][path][method.lower()]["responses"]
        for code in codes_of(method, path, auth="none"):
            assert f"`{code.text}`: {code.advice}" in answers[str(code.status)]["description"]


def test_every_code_is_met_somewhere() -> None:
    # These two are about what no route is.
    met = {Code.NOT_FOUND, Code.METHOD_NOT_ALLOWED}
    for method, path in OPERATIONS:
        met |= {code for auth in ACCESS for code in codes_of(method, path, auth=auth)}
    assert met == set(Code)


async def test_keys_are_told_where_they_are_needed(client: Client, locked: Client) -> None:
    assert "securitySchemes" not in (await reference(client))["components"]
    told = await reference(locked)
    schemes = told["components"]["securitySchemes"]
    job = told["paths"][JOBS]
    assert job["get"]["security"] == [{name: ["read"]} for name in schemes]
    assert job["post"]["security"] == [{name: ["write"]} for name in schemes]
    assert "unauthenticated" in job["get"]["responses"]["401"]["description"]
    assert "401" not in (await reference(client))["paths"][JOBS]["get"]["responses"]


async def test_people_read_the_reference_without_a_key_and_without_another_host(locked: Client) -> None:
    assert (await locked.get(JOBS)).status == 401
    page = await locked.get("/docs")
    assert (page.status, page.content_type) == (200, "text/html")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "http" not in policy
    text = await page.text()
    assert "http" not in text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "docs.js", "docs.css", "favicon-32x32.png"):
        assert f'"/docs/{name}"' in text
        assert (await locked.get(f"/docs/{name}")).status == 200


async def test_no_other_file_is_read_from_the_disk(client: Client) -> None:
    for name in ("package.json", "..%2Fapp.py", "%2e%2e%2fapp.py", "index.js"):
        assert (await client.get(f"/docs/{name}")).status == 404


async def test_a_reference_page_that_is_not_installed_says_so(explicit: Explicit, tmp_path: Path) -> None:
    settings = explicit(ApiSettings, translation_engine="copy", reference_assets=tmp_path)
    async with opened(settings) as client:
        response = await client.get("/docs")
        assert response.status == 404
        assert "REFERENCE_ASSETS" in (await response.json())["detail"]
        assert (await client.get("/openapi.json")).status == 200


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (web.json_response({}, status=418), "status is not told"),
        (web.json_response({}, headers={"Location": "/"}), "'job_id' is a required property"),
        (web.json_response({"colour": "red"}, headers={"Location": "/"}), "'colour' was unexpected"),
        (web.json_response({}), "Location is missing"),
        (web.json_response({}, headers={"ETag": "x"}), "ETag is not told"),
        (web.Response(text="{}", headers={"Location": "/"}), "text/plain is not told"),
    ],
    ids=["status", "missing field", "unknown field", "missing header", "unknown header", "media type"],
)
async def test_an_answer_that_is_not_as_it_is_told_is_noticed(
    client: Client, answer: web.Response, fault: str
) -> None:
    described = Described(document(app_of(client), auth="none"))
    assert fault in "\n".join(described.faults("POST", JOBS, answer))
