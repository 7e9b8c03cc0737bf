"""Whatever a caller sends, what is wrong with it is said as his error and never as ours."""

from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import pytest
from yarl import URL

from libs.common.errors import StorageRejected
from libs.jobs.messages import DispatchTask
from libs.jobs.turn import Dispatch, take_turn
from libs.translation.engines.copy import CopyEngine
from services.api.context import CONTEXT
from tests.integration.api.conftest import Client, PostJob, next_page
from tests.integration.api.test_codes import app_of
from tests.integration.conftest import Upload

JOBS, CONTAINERS = "/api/v1/batch/jobs", "/api/v1/batch/containers"
THREE = {"source_container": "source", "target_container": "target", "target_language": "es"}
#: Names that a URL library would make another path of, or that UTF-8 or storage cannot say.
STRAY = [
    "../b",
    "a/../../b",
    "a/./b",
    "a/..",
    "..\\b",
    "a\\..\\b",
    "nul\x00",
    "line\nend",
    "del\x7f",
    "\ud800",
    "no xml\uffff",
]


def cursor(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("path", STRAY)
async def test_no_path_leads_out_of_its_container(client: Client, path: str) -> None:
    for field, value in (("files", [path]), ("prefix", path), ("target_prefix", path)):
        response = await client.post(JOBS, json={**THREE, field: value})
        problem = await response.json()
        assert (response.status, problem["code"]) == (422, "invalid_field")
        assert problem["field"].split(".")[0] == field


@pytest.mark.parametrize("path", [path for path in STRAY if path != "\ud800"])
async def test_no_file_of_a_url_leads_out_of_its_container(
    client: Client, upload: Upload, container: str, path: str
) -> None:
    await upload(container, {})
    encoded = quote(path, safe="").replace(".", "%2E")
    for method in ("GET", "PUT"):
        url = URL(f"{CONTAINERS}/{container}/files/{encoded}", encoded=True)
        response = await client.request(method, url)
        assert (response.status, (await response.json())["code"]) == (422, "invalid_file_name")
    listing = URL(f"{CONTAINERS}/{container}/files?prefix={encoded}", encoded=True)
    response = await client.get(listing)
    assert (response.status, (await response.json())["field"]) == (422, "prefix")


@pytest.mark.parametrize(
    "outside",
    [
        {"files": ["es/a.txt"], "prefix": "in/"},
        {"files": ["es/a.txt"], "include": ["in/*"]},
        {"files": ["es/a.txt"], "exclude": ["es/*"]},
    ],
)
async def test_a_file_outside_of_prefix_and_patterns_is_named_and_refused(
    client: Client, outside: dict[str, Any]
) -> None:
    response = await client.post(JOBS, json={**THREE, **outside})
    problem = await response.json()
    assert (response.status, problem["code"], problem["field"]) == (422, "invalid_field", "files")
    assert "es/a.txt" in problem["detail"]


async def test_within_one_container_no_named_file_can_be_a_target(client: Client) -> None:
    one = {**THREE, "target_container": "source", "prefix": "in/", "target_prefix": "out/"}
    response = await client.post(JOBS, json={**one, "files": ["out/in/a.txt"]})
    assert (response.status, (await response.json())["field"]) == (422, "files")
    response = await client.post(JOBS, json={**THREE, "target_container": "source", "files": ["a.txt"]})
    assert (response.status, (await response.json())["code"]) == (422, "same_container")


@pytest.mark.parametrize(
    "text",
    [
        f"?cursor={cursor('a')}",
        "?cursor=YQ",
        f"?cursor={cursor('x:es:a.txt')}",
        f"?cursor={cursor('f:es:' + chr(0))}",
        f"?status=failed&cursor={cursor('f:es:a.txt')}",
        f"?cursor={'A' * 6001}",
    ],
)
async def test_a_cursor_of_another_list_is_refused(client: Client, post_job: PostJob, text: str) -> None:
    job_id = (await post_job())["job_id"]
    for url in (f"{JOBS}/{job_id}/files{text}", f"{JOBS}{text.replace('status=failed&', '')}"):
        response = await client.get(url)
        assert (response.status, (await response.json())["code"]) == (422, "invalid_cursor")


async def test_pages_go_on_behind_the_longest_names(
    client: Client, post_job: PostJob, dispatch: Dispatch
) -> None:
    names = {"長" * 250 + f"{n}.txt" for n in range(3)}
    job = await post_job(dict.fromkeys(names, b"x"))
    await take_turn(dispatch, DispatchTask(job_id=job["job_id"]))
    for first in (f"{JOBS}/{job['job_id']}/files", f"{CONTAINERS}/{job['source_container']}/files"):
        seen: list[str] = []
        url = f"{first}?limit=1"
        while url:
            response = await client.get(url)
            assert response.status == 200, await response.text()
            seen += [entry["name"] for entry in await response.json()]
            url = next_page(response)
        assert (set(seen), len(seen)) == (names, 3)


@pytest.mark.parametrize("limit", ["9" * 5000, "²", "-1", "", "1.0"])
async def test_a_limit_that_is_no_number_up_to_100_is_refused(client: Client, limit: str) -> None:
    response = await client.get(f"{JOBS}?limit={limit}")
    assert (response.status, (await response.json())["code"]) == (422, "invalid_limit")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"name": ' + b"1" * 5000 + b"}", "application/json"),
        (b"{}", "application/json; charset=foo"),
        (b"[" * 100_000, "application/json"),
        # Python decodes this in minutes, and nothing else meanwhile.
        (b"a" * 500_000 + b"-" + b"a" * 500_000, "application/json; charset=punycode"),
    ],
)
async def test_a_body_that_cannot_be_read_is_no_fault_of_ours(
    client: Client, body: bytes, content_type: str
) -> None:
    for path in (JOBS, "/api/v1/batch/estimates"):
        response = await client.post(path, data=body, headers={"Content-Type": content_type})
        assert (response.status, (await response.json())["code"]) == (400, "invalid_json")


@pytest.mark.parametrize("field", ["include", "exclude", "files"])
async def test_a_list_too_long_for_its_row_is_refused(client: Client, field: str) -> None:
    response = await client.post(JOBS, json={**THREE, field: ["長" * 250 + str(n) for n in range(50)]})
    problem = await response.json()
    assert (response.status, problem["code"], problem["field"]) == (422, "invalid_field", field)


@pytest.mark.parametrize("field", ["name", "include", "options"])
async def test_text_that_utf8_cannot_say_is_refused(client: Client, field: str) -> None:
    value: Any = {"name": "\ud800", "include": ["\ud800"], "options": {"tone": "\ud800"}}[field]
    response = await client.post(JOBS, json={**THREE, field: value})
    assert (response.status, (await response.json())["code"]) == (422, "invalid_field")


@pytest.mark.parametrize("file", ["no language:a.txt", "e:a.txt", "es/:a.txt", ":a.txt", "es:"])
async def test_a_file_id_without_a_language_is_not_found(
    client: Client, post_job: PostJob, file: str
) -> None:
    job_id = (await post_job())["job_id"]
    response = await client.post(f"{JOBS}/{job_id}/files/{cursor(file)}/retry")
    assert (response.status, (await response.json())["code"]) == (404, "file_not_found")


async def test_a_list_of_files_is_json_or_csv(client: Client, post_job: PostJob) -> None:
    url = f"{JOBS}/{(await post_job())['job_id']}/files"
    assert (await client.get(f"{url}?format=json")).content_type == "application/json"
    response = await client.get(f"{url}?format=xml")
    problem = await response.json()
    assert (response.status, problem["code"], problem["field"]) == (422, "invalid_field", "format")


async def test_what_storage_refuses_to_understand_is_an_error_of_the_request(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rejected(*_args: object) -> None:
        raise StorageRejected("list containers: InvalidQueryParameterValue (400)")

    monkeypatch.setattr(app_of(client)[CONTEXT].deployment.blobs, "containers", rejected)
    response = await client.get(f"{CONTAINERS}?cursor={cursor('made up')}")
    problem = await response.json()
    assert (response.status, problem["code"]) == (422, "invalid_field")
    assert "InvalidQueryParameterValue" not in problem["detail"]


async def test_the_files_of_one_folder_are_listed_page_by_page(
    client: Client, post_job: PostJob, dispatch: Dispatch
) -> None:
    names = [f"{folder}/{n}.txt" for folder in ("a", "b", "c") for n in range(4)]
    job = await post_job(dict.fromkeys(names, b"x"), target_language=None, target_languages=["es", "ca"])
    url = f"{JOBS}/{job['job_id']}/files?folder=b/"
    await take_turn(dispatch, DispatchTask(job_id=job["job_id"]))
    seen: list[tuple[str, str]] = []
    page = f"{url}&limit=3"
    while page:
        response = await client.get(page)
        entries = await response.json()
        assert len(entries) <= 3
        seen += [(entry["language"], entry["name"]) for entry in entries]
        page = next_page(response)
    assert seen == [(language, f"b/{n}.txt") for language in ("ca", "es") for n in range(4)]
    lines = (await (await client.get(f"{url}&format=csv")).text()).splitlines()
    assert len(lines) == 1 + 8


async def test_a_folder_behind_many_files_is_found_at_once(
    client: Client, post_job: PostJob, dispatch: Dispatch
) -> None:
    late = "z~" * 5
    names = [*(f"a/{n}.txt" for n in range(120)), f"{late}/1.txt", f"{late}/2.txt"]
    job = await post_job(dict.fromkeys(names, b"x"), target_language=None, target_languages=["es", "ca"])
    await take_turn(dispatch, DispatchTask(job_id=job["job_id"]))
    for folder in (f"{late}/", late):
        response = await client.get(f"{JOBS}/{job['job_id']}/files", params={"folder": folder, "limit": "3"})
        assert [(entry["language"], entry["name"]) for entry in await response.json()] == [
            ("ca", f"{late}/1.txt"), ("ca", f"{late}/2.txt"), ("es", f"{late}/1.txt")
        ]  # fmt: skip
        (last,) = await (await client.get(next_page(response) or "")).json()
        assert (last["language"], last["name"]) == ("es", f"{late}/2.txt")


async def test_options_travel_with_the_job_and_are_bounded(
    client: Client, post_job: PostJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CopyEngine, "option_names", frozenset({"tone", "prefix"}))
    job = await post_job(options={"tone": "formal", "prefix": "theirs"}, prefix="ours/", engine="copy")
    assert (job["options"]["tone"], job["options"]["prefix"]) == ("formal", "ours/")
    for options in ({str(n): "" for n in range(21)}, {"k" * 51: ""}, {"k": "v" * 201}, {"k": 1}, ["k"]):
        response = await client.post(JOBS, json={**THREE, "options": options})
        problem = await response.json()
        assert (response.status, problem["code"]) == (422, "invalid_field")
        assert problem["field"].split(".")[0] == "options"


async def test_another_engine_than_the_deployments_is_refused_by_name(client: Client) -> None:
    response = await client.post(JOBS, json={**THREE, "engine": "apertium"})
    problem = await response.json()
    assert (response.status, problem["code"], problem["field"]) == (422, "invalid_field", "engine")
    assert "has copy," in problem["detail"]


async def test_a_marker_that_storage_cannot_be_asked_about_is_refused(
    client: Client, upload: Upload, container: str
) -> None:
    await upload(container, {})
    for url in (CONTAINERS, f"{CONTAINERS}/{container}/files"):
        response = await client.get(f"{url}?cursor={cursor(chr(0xFFFF))}")
        assert (response.status, (await response.json())["code"]) == (422, "invalid_cursor")
