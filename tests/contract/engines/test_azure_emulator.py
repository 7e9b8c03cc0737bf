"""The emulator keeps to what is known of the service; its own wire, without our engine."""

import re
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from deploy.local.emulators.azure_translator import CHARACTERS_A_MINUTE
from deploy.local.emulators.azure_translator.quota import Quota
from deploy.local.processes import Process, child_environment
from tests.contract.engines.servers import KEY, azure_emulator

HEADERS = {"Ocp-Apim-Subscription-Key": KEY}
NEW, OLD = "/translate?api-version=2026-06-06", "/translate?api-version=3.0"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with azure_emulator() as (_, url), aiohttp.ClientSession(url, headers=HEADERS) as session:
        yield session


def asking(*texts: str, language: str | None = "en", target: str = "es", **more: Any) -> dict[str, Any]:
    common = {"targets": [{"language": target}], **({"language": language} if language else {}), **more}
    return {"inputs": [{"text": text, **common} for text in texts]}


@pytest.mark.parametrize(
    "path",
    [
        NEW,
        "/translator/text/translate?api-version=2026-06-06",
        "/translator/text/v2026-06-06/translate?api-version=2026-06-06",
    ],
)
async def test_the_new_wire_is_spoken_on_every_kind_of_endpoint(
    http: aiohttp.ClientSession, path: str
) -> None:
    async with http.post(path, json=asking("Hello", language=None)) as response:
        assert response.status == 200
        assert response.headers["X-Metered-Usage"] == "5"
        assert await response.json() == {
            "value": [
                {
                    "translations": [{"language": "es", "sourceCharacters": 5, "text": "⟦es: Hello⟧"}],
                    "detectedLanguage": {"language": "en", "score": 1.0},
                }
            ]
        }


async def test_the_old_wire_is_spoken_too(http: aiohttp.ClientSession) -> None:
    async with http.post(
        f"{OLD}&to=fr&to=de&from=en", json=[{"Text": "Hello"}, {"text": "World"}]
    ) as response:
        assert response.headers["X-Metered-Usage"] == "20"
        assert response.headers["X-MT-System"] == "Microsoft,Microsoft,Microsoft,Microsoft"
        translations = [item["translations"] for item in await response.json()]
    assert translations[1] == [{"text": "⟦fr: World⟧", "to": "fr"}, {"text": "⟦de: World⟧", "to": "de"}]
    async with http.post("/detect?api-version=3.0", json=[{"Text": "Привет"}]) as response:
        assert (await response.json())[0]["language"] == "ru"


async def test_markup_stays_in_place(http: aiohttp.ClientSession) -> None:
    text = '<b id="1">A</b> <mstrans:dictionary translation="gato">cat</mstrans:dictionary> &amp; <i>x</i>'
    async with http.post(NEW, json=asking(text, textType="html")) as response:
        (item,) = (await response.json())["value"]
    assert item["translations"][0]["text"] == '⟦es: <b id="1">A</b> gato &amp; <i>x</i>⟧'


@pytest.mark.parametrize(
    ("code", "path", "body"),
    [
        (400074, NEW, None),
        (400074, NEW, {}),
        (400020, NEW, {"inputs": [3]}),
        (400005, NEW, {"inputs": [{"targets": [{"language": "es"}]}]}),
        (400005, NEW, asking(" ")),
        (400035, NEW, asking("a", language="auto")),
        (400036, NEW, asking("a", target="tlh")),
        (400071, NEW, asking("a", textType="rtf")),
        (400050, NEW, asking("a" * 50_001)),
        (400072, NEW, asking(*["a"] * 1001)),
        (400077, NEW, asking("a" * 30_000, "a" * 20_001)),
        (400077, f"{OLD}&to=fr&to=de", [{"Text": "a" * 25_001}]),
        (400021, "/translate?api-version=2.0", asking("a")),
        (400021, "/detect?api-version=2026-06-06", [{"Text": "a"}]),
    ],
)
async def test_what_the_service_refuses_it_refuses_by_the_same_number(
    http: aiohttp.ClientSession, code: int, path: str, body: Any
) -> None:
    given = (
        {"data": b"{", "headers": {"Content-Type": "application/json"}} if body is None else {"json": body}
    )
    async with http.post(path, **given) as response:
        assert response.status == code // 1000
        assert (await response.json())["error"]["code"] == code


async def test_only_a_key_or_a_token_opens_it_and_languages_are_for_all() -> None:
    async with azure_emulator() as (_, url), aiohttp.ClientSession(url) as nobody:
        for headers, status in (
            ({}, 401),
            ({"Ocp-Apim-Subscription-Key": "another"}, 401),
            ({"Authorization": "Bearer token"}, 200),
            (HEADERS, 200),
        ):
            async with nobody.post(NEW, json=asking("a"), headers=headers) as response:
                assert response.status == status
        async with nobody.get("/languages?api-version=2026-06-06&scope=translation") as response:
            assert (await response.json())["translation"]["ar"]["dir"] == "rtl"
        async with nobody.get(NEW) as response:
            assert response.status == 405
        async with nobody.post(NEW, data="a", headers=HEADERS) as response:
            assert response.status == 415


def test_the_quota_is_a_window_that_slides() -> None:
    now = 0.0
    quota = Quota(clock=lambda: now)
    expected = {0.0: True, 30.0: True, 59.9: False, 60.0: True, 89.9: False, 90.0: True}
    for now, granted in expected.items():  # noqa: B007 - the clock reads it
        assert quota.take(6, 12) is granted


async def test_what_it_was_asked_is_counted() -> None:
    async with (
        azure_emulator(characters_a_minute=10) as (_, url),
        aiohttp.ClientSession(url, headers=HEADERS) as http,
    ):
        for text in ("123456", "123456", "1"):
            async with http.post(NEW, json=asking(text)):
                pass
        async with http.delete("/_stats") as response:
            stats = await response.json()
        counted = {
            name: stats[name] for name in ("requests", "elements", "characters", "throttled", "statuses")
        }
        assert counted == {
            "requests": 3,
            "elements": 2,
            "characters": 7,
            "throttled": 1,
            "statuses": {"200": 2, "429": 1},
        }
        assert sum(second["characters"] for second in stats["seconds"]) == 7
        async with http.get("/_stats") as response:
            assert (await response.json())["requests"] == 0


async def test_one_large_request_is_more_than_a_free_resource_has_a_minute() -> None:
    async with (
        azure_emulator(characters_a_minute=CHARACTERS_A_MINUTE["F0"], retry_after=3) as (_, url),
        aiohttp.ClientSession(url, headers=HEADERS) as http,
        http.post(NEW, json=asking("a" * 45_000)) as response,
    ):
        assert (response.status, response.headers["Retry-After"]) == (429, "3")


async def test_knobs_are_turned_over_http_and_wrong_ones_refused(http: aiohttp.ClientSession) -> None:
    async with http.post("/_knobs", json={"fault": "unavailable", "fault_times": 1}) as response:
        assert response.status == 200
    statuses = []
    for _ in range(2):
        async with http.post(NEW, json=asking("a")) as response:
            statuses.append(response.status)
    assert statuses == [503, 200]
    async with http.post("/_knobs", json={"latency": 3}) as response:
        assert response.status == 400


async def test_as_a_program_it_says_where_it_listens_and_that_it_is_no_translator() -> None:
    argv = [sys.executable, "-m", "deploy.local.emulators.azure_translator", "--tier", "F0"]
    process = Process("translator", argv, env=child_environment({}))
    await process.start()
    try:
        line = await process.wait_for_line("EMULATED", 30)
        url = re.search(r"http://127\.0\.0\.1:[0-9]+", line)
        assert url is not None
        assert "translates nothing" in line
        async with aiohttp.ClientSession(url[0]) as http, http.get("/_knobs") as response:
            assert (await response.json())["characters_a_minute"] == CHARACTERS_A_MINUTE["F0"]
    finally:
        assert await process.stop() == 0
