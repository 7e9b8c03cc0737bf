"""Engines, languages, terms and bounds as a request names them, and as the answers tell them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.settings import ApiSettings
from libs.translation.engines.copy import CopyEngine
from libs.translation.engines.engine import Direction
from tests.conftest import Explicit
from tests.integration.api.conftest import Client, opened
from tests.integration.conftest import Upload

JOBS = "/api/v1/batch/jobs"
TERMS = {"Blue Whale": "Ballena Azul", "größe": "大きさ"}


@pytest.fixture
async def client(explicit: Explicit) -> AsyncIterator[Client]:
    """A deployment with two engines."""
    settings = explicit(ApiSettings, translation_engine="copy", further_engines=("pseudo", "copy"))
    async with opened(settings) as client:
        yield client


@pytest.fixture
async def three(upload: Upload, container: str) -> dict[str, Any]:
    await upload(container, {"a.txt": b"x"})
    return {
        "source_container": container,
        "target_container": f"{container}-out",
        "target_language": "es",
    }


async def refusal(client: Client, body: dict[str, Any]) -> tuple[str, str]:
    """Field and detail of a 422."""
    response = await client.post(JOBS, json=body)
    problem = await response.json()
    assert (response.status, problem["code"]) == (422, "invalid_field")
    return problem["field"].split(".")[0], problem["detail"]


async def test_the_catalog_lists_every_engine_once_and_languages_of_any(client: Client) -> None:
    engines = await (await client.get("/api/v1/engines")).json()
    assert [(engine["name"], engine["default"]) for engine in engines] == [("copy", True), ("pseudo", False)]
    assert {(engine["detects"], tuple(engine["options"])) for engine in engines} == {(False, ())}
    languages = await (await client.get("/api/v1/languages?engine=pseudo")).json()
    assert languages["engine"] == "pseudo"
    response = await client.get("/api/v1/languages?engine=babelfish")
    assert (response.status, (await response.json())["field"]) == (422, "engine")


async def test_a_job_may_name_any_engine_of_the_deployment_and_no_other(
    client: Client, three: dict[str, Any]
) -> None:
    for given, engine in ({}, "copy"), ({"engine": "pseudo"}, "pseudo"):
        job = await (await client.post(JOBS, json={**three, **given})).json()
        assert job["options"]["engine"] == engine
    field, detail = await refusal(client, {**three, "engine": "babelfish"})
    assert (field, "copy, pseudo" in detail) == ("engine", True)


async def test_languages_and_a_job_tell_the_language_between(
    client: Client, three: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = frozenset({Direction("en", "ca", via="es"), Direction("en", "es"), Direction("fr", "es")})
    monkeypatch.setattr(CopyEngine, "directions", lambda _: ways)
    languages = await (await client.get("/api/v1/languages")).json()
    told = [tuple(pair.values()) for pair in languages["pairs"]]
    assert told == [("en", "ca", "es"), ("en", "es", None), ("fr", "es", None)]
    both = {**three, "target_language": None, "target_languages": ["es", "ca"]}
    response = await client.post(JOBS, json=both)
    assert (response.status, (await response.json())["via"]) == (202, {"ca": "es"})
    assert (await (await client.get(response.headers["Location"])).json())["via"] == {"ca": "es"}
    response = await client.post(JOBS, json={**three, "source_language": "fr", "target_language": "ca"})
    assert (await response.json())["code"] == "unsupported_direction"


async def test_options_that_the_engine_has_not_are_refused_by_name(
    client: Client, three: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CopyEngine, "option_names", frozenset({"tone"}))
    job = await (await client.post(JOBS, json={**three, "options": {"tone": "formal"}})).json()
    assert job["options"]["tone"] == "formal"
    field, detail = await refusal(client, {**three, "options": {"tone": "x", "colour": "red"}})
    assert (field, "'colour'" in detail, "tone" in detail) == ("options", True, True)
    field, _ = await refusal(client, {**three, "options": {"tone": "x"}, "engine": "pseudo"})
    assert field == "options"


async def test_an_option_that_is_a_choice_says_one_of_what_there_is(
    client: Client, three: dict[str, Any]
) -> None:
    for said in "keep", "translate", "none":
        assert (await client.post(JOBS, json={**three, "options": {"csv_header": said}})).status == 202
    for said in "Keep", "yes", "":
        field, detail = await refusal(client, {**three, "options": {"csv_header": said}})
        assert (field, detail) == ("options", "csv_header is one of keep, translate, none")


async def test_without_a_source_language_an_engine_that_detects_is_left_to_it(
    client: Client, three: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CopyEngine, "detects", True)
    for given, source in ({}, None), ({"source_language": "fr"}, "fr"), ({"engine": "pseudo"}, "en"):
        response = await client.post(JOBS, json={**three, **given})
        job = await response.json()
        assert (response.status, job["source_language"]) == (202, source)
        assert (await (await client.get(response.headers["Location"])).json())["source_language"] == source
    assert (await client.post("/api/v1/batch/estimates", json=three)).status == 200


async def test_terms_travel_with_the_job_as_they_are(client: Client, three: dict[str, Any]) -> None:
    body = {**three, "dictionary": TERMS, "do_not_translate": ["Azurite", "Azurite", "名"]}
    job = await (await client.post(JOBS, json=body)).json()
    again = await (await client.get(f"{JOBS}/{job['job_id']}")).json()
    for view in job, again:
        assert view["options"]["dictionary"] == TERMS
        assert view["options"]["do_not_translate"] == ["Azurite", "名"]


async def test_as_many_terms_as_may_be_fit_into_the_row(client: Client, three: dict[str, Any]) -> None:
    # 32 KiB of JSON in UTF-8, in the letters that take most room in a table.
    for letter in "x", "é", "字":
        size = len(letter.encode())
        entry = (30_000 // 100) // size
        terms = {f"{number} {letter * (entry // 2)}": letter * (entry // 2) for number in range(100)}
        response = await client.post(JOBS, json={**three, "dictionary": terms})
        assert response.status == 202, await response.text()
        job = await (await client.get(response.headers["Location"])).json()
        assert job["options"]["dictionary"] == terms
    too_long = {f"{number} {'x' * 150}": "x" * 180 for number in range(100)}
    assert (await refusal(client, {**three, "dictionary": too_long}))[0] == "dictionary"


@pytest.mark.parametrize(
    "terms",
    [{"": "x"}, {"x": ""}, {" ": "x"}, {"a\x00b": "x"}, {"a": "x\ny"}, {"\ud800": "x"}, {"a": 1}, ["a"]],
    ids=repr,
)
async def test_terms_that_no_engine_could_use_are_refused(
    client: Client, three: dict[str, Any], terms: Any
) -> None:
    assert (await refusal(client, {**three, "dictionary": terms}))[0] == "dictionary"


@pytest.mark.parametrize("most", [0, -1, 10**16, "many", 1.5])
async def test_a_bound_of_characters_is_a_whole_number_above_zero(
    client: Client, three: dict[str, Any], most: Any
) -> None:
    assert (await refusal(client, {**three, "max_characters": most}))[0] == "max_characters"


@pytest.mark.parametrize("written", [10**15, 1e15])
async def test_a_large_bound_of_characters_comes_back_as_it_was(
    client: Client, three: dict[str, Any], deployment: Deployment, written: float
) -> None:
    job = await (await client.post(JOBS, json={**three, "max_characters": written})).json()
    assert job["options"]["max_characters"] == 10**15
    row = await deployment.jobs.get(job["job_id"])
    assert row is not None
    assert row.max_characters == 10**15
