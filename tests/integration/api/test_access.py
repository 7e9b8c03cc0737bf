"""Who may call the API, and from where."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from libs.common.errors import ConfigurationFault
from libs.common.settings import ApiSettings
from services.api.operations import OPERATIONS
from tests.conftest import Explicit
from tests.integration.api.conftest import Client, opened

JOBS = "/api/v1/batch/jobs"
READER, WRITER = "reading-key-0123456789", "writing-key-0123456789"


def with_keys(explicit: Explicit, **values: object) -> ApiSettings:
    keys = SecretStr(f"page:read:{READER} ci:write:{WRITER}")
    settings: ApiSettings = explicit(
        ApiSettings, translation_engine="copy", api_auth="api-key", **{"api_keys": keys, **values}
    )
    return settings


@pytest.mark.parametrize(
    ("headers", "read", "write"),
    [
        ({}, 401, 401),
        ({"X-Api-Key": "wrong-key-0123456789ab"}, 401, 401),
        ({"Authorization": f"Basic {WRITER}"}, 401, 401),
        ({"X-Api-Key": READER}, 200, 403),
        ({"Authorization": f"Bearer {READER}"}, 200, 403),
        ({"X-Api-Key": WRITER}, 200, 400),
        ({"Authorization": f"bearer {WRITER}"}, 200, 400),
    ],
)
async def test_a_key_opens_what_its_scope_says(
    explicit: Explicit, headers: dict[str, str], read: int, write: int
) -> None:
    async with opened(with_keys(explicit)) as client:
        assert (await client.get(JOBS, headers=headers)).status == read
        response = await client.post(JOBS, data=b"no json", headers=headers)
        assert response.status == write
        if write == 401:
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert (await client.get("/healthz")).status == 200


async def test_keys_come_from_a_file_too_and_rotate_side_by_side(explicit: Explicit, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(
        "# kept by the operator\nold:write:old-key-0123456789 # until May\nnew:write:new-key-012345678#9\n"
    )
    async with opened(with_keys(explicit, api_keys=None, api_keys_file=file)) as client:
        for key in ("old-key-0123456789", "new-key-012345678#9"):
            assert (await client.get(JOBS, headers={"X-Api-Key": key})).status == 200
        assert (await client.get(JOBS, headers={"X-Api-Key": "new-key-012345678"})).status == 401


@pytest.mark.parametrize("keys", ["", "no-scope-0123456789", "a:admin:0123456789abcdef", "a:read:short"])
async def test_a_damaged_key_stops_the_start_without_being_shown(explicit: Explicit, keys: str) -> None:
    with pytest.raises(ConfigurationFault) as fault:
        async with opened(with_keys(explicit, api_keys=SecretStr(keys))):
            pass
    assert "0123456789" not in str(fault.value)


def test_without_keys_only_loopback_is_served(explicit: Explicit) -> None:
    with pytest.raises(ValidationError, match="API_AUTH=none serves on loopback only"):
        explicit(ApiSettings, api_host="0.0.0.0")
    assert explicit(ApiSettings, api_host="0.0.0.0", api_allow_anonymous=True).api_host == "0.0.0.0"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "evil.example@localhost", "", "[::1"],
)
async def test_a_foreign_host_header_is_turned_away(client: Client, host: str) -> None:
    response = await client.get(JOBS, headers={"Host": host})
    assert (response.status, (await response.json())["code"]) == (421, "host_not_allowed")


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000"])
async def test_names_of_loopback_are_welcome(client: Client, host: str) -> None:
    assert (await client.get(JOBS, headers={"Host": host})).status == 200


async def test_a_page_of_an_allowed_origin_may_call_and_read_our_headers(explicit: Explicit) -> None:
    origin = "https://app.example"
    async with opened(with_keys(explicit, cors_allowed_origins=(origin,))) as client:
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-api-key",
        }
        preflight = await client.options(JOBS, headers={"Origin": origin, **asked})
        assert preflight.status == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == origin
        assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
        answer = await client.get(JOBS, headers={"Origin": origin, "X-Api-Key": READER})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert {"ETag", "Link", "Location", "Retry-After"} <= set(
            answer.headers["Access-Control-Expose-Headers"].split(",")
        )
        refused = await client.get(JOBS, headers={"Origin": origin})
        assert refused.headers["Access-Control-Allow-Origin"] == origin, (
            "a page cannot read why it was refused"
        )
        for method, path in OPERATIONS:
            if path.startswith("/api/"):
                url, wanted = re.sub("{.*?}", "x", path), {**asked, "Access-Control-Request-Method": method}
                preflight = await client.options(url, headers={"Origin": origin, **wanted})
                assert preflight.status == 200, (method, path)
        stranger = await client.options(JOBS, headers={"Origin": "https://evil.example", **asked})
        assert stranger.status == 403


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1:1", ""]
)
async def test_without_keys_a_page_of_another_site_changes_nothing(client: Client, origin: str) -> None:
    url = "/api/v1/batch/containers/made-by-a-page"
    for method, path in (("POST", JOBS), ("PUT", url), ("DELETE", "/api/v1/batch/dead-letters")):
        response = await client.request(method, path, headers={"Origin": origin})
        assert (response.status, (await response.json())["code"]) == (403, "origin_not_allowed")


async def test_our_own_pages_programs_and_allowed_origins_may_post(explicit: Explicit) -> None:
    allowed = "https://app.example"
    settings = explicit(ApiSettings, translation_engine="copy", cors_allowed_origins=(allowed,))
    async with opened(settings) as client:
        own = str(client.make_url("/").origin())
        for headers in ({}, {"Origin": own}, {"Origin": allowed}):
            response = await client.post(JOBS, data=b"no json", headers=headers)
            assert (response.status, (await response.json())["code"]) == (400, "invalid_json")
        assert (await client.get(JOBS, headers={"Origin": "https://evil.example"})).status == 200


async def test_no_cache_may_keep_what_a_key_opened(explicit: Explicit) -> None:
    async with opened(with_keys(explicit)) as client:
        for path in (JOBS, "/api/v1/engines", f"{JOBS}/nobody"):
            response = await client.get(path, headers={"X-Api-Key": READER})
            assert response.headers["Cache-Control"] == "no-store"
