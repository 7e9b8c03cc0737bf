"""Containers and files through the API: streamed, bounded, and never run as a page."""

import io
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from yarl import URL

from libs.common.deployment import Deployment
from libs.common.settings import ApiSettings
from tests.conftest import Explicit
from tests.integration.api.conftest import Client, next_page, opened

CONTAINERS = "/api/v1/batch/containers"


def file_url(container: str, name: str) -> URL:
    return URL(quote(f"{CONTAINERS}/{container}/files/{name}"), encoded=True)


async def test_a_container_is_made_once_and_listed(client: Client, container: str) -> None:
    assert (await client.put(f"{CONTAINERS}/{container}")).status == 201
    assert (await client.put(f"{CONTAINERS}/{container}")).status == 200
    names: list[str] = []
    url = f"{CONTAINERS}?limit=100"
    while url:
        response = await client.get(url)
        names += [entry["name"] for entry in await response.json()]
        url = next_page(response)
    assert container in names


@pytest.mark.parametrize(
    "name", ["plain.txt", "deep/er/naïve 😀 #1?.txt", "100%.txt", "%2e%2e.txt", "x" * 1020 + ".txt"]
)
async def test_a_file_comes_back_byte_for_byte(
    client: Client, deployment: Deployment, container: str, name: str
) -> None:
    await deployment.blobs.create_container(container)
    url = file_url(container, name)
    data = b"\x00\xff text\r\n"
    stored = await client.put(url, data=data, headers={"Content-Type": "text/plain"})
    assert stored.status == 201, await stored.text()
    response = await client.get(url)
    assert await response.read() == data
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert (await deployment.blobs.read(container, name, 100)).data == data


async def test_a_large_file_passes_through_in_pieces(
    client: Client, deployment: Deployment, container: str
) -> None:
    await deployment.blobs.create_container(container)
    url, data = file_url(container, "large.bin"), bytes(range(256)) * 50_000
    assert (await client.put(url, data=io.BytesIO(data))).status == 201
    assert await (await client.get(url)).read() == data


async def test_a_body_beyond_the_limit_stores_nothing(
    explicit: Explicit, deployment: Deployment, container: str
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    settings = explicit(ApiSettings, translation_engine="copy", max_upload_bytes=50_000)
    await deployment.blobs.create_container(container)
    async with opened(settings) as client:
        for body in (io.BytesIO(b"x" * 50_001), endless()):
            response = await client.put(file_url(container, "large.txt"), data=body)
            assert (response.status, (await response.json())["code"]) == (413, "body_too_large")
    assert await deployment.blobs.version(container, "large.txt") is None


async def test_files_are_listed_by_prefix_page_by_page(
    client: Client, deployment: Deployment, container: str
) -> None:
    await deployment.blobs.create_container(container)
    for n in range(5):
        await client.put(file_url(container, f"a/{n}.txt"), data=b"12345")
    await client.put(file_url(container, "b.txt"), data=b"")
    listed: list[str] = []
    url = f"{CONTAINERS}/{container}/files?prefix=a/&limit=2"
    while url:
        response = await client.get(url)
        listed += [entry["name"] for entry in await response.json()]
        url = next_page(response)
    assert listed == [f"a/{n}.txt" for n in range(5)]


async def test_an_allow_list_hides_every_other_container(
    explicit: Explicit, deployment: Deployment, container: str
) -> None:
    await deployment.blobs.create_container(container)
    settings = explicit(
        ApiSettings, translation_engine="copy", source_containers=("in-*",), target_containers=("out-*",)
    )
    async with opened(settings) as client:
        assert container not in await (await client.get(f"{CONTAINERS}?limit=100")).text()
        response = await client.get(f"{CONTAINERS}/{container}/files")
        assert (response.status, (await response.json())["code"]) == (403, "container_not_allowed")
        job = {"source_container": "in-a", "target_container": container, "target_language": "es"}
        response = await client.post("/api/v1/batch/jobs", json=job)
        problem = await response.json()
        assert (problem["code"], problem["field"]) == ("container_not_allowed", "target_container")


@pytest.mark.parametrize("given", ["source_containers", "target_containers"])
async def test_one_list_alone_closes_every_container_it_does_not_name(
    explicit: Explicit, deployment: Deployment, container: str, given: str
) -> None:
    await deployment.blobs.create_container(container)
    settings = explicit(ApiSettings, translation_engine="copy", **{given: (f"{container}-*",)})
    inside = f"{container}-in"
    async with opened(settings) as client:
        for method, url in (
            ("PUT", f"{CONTAINERS}/{container}"),
            ("GET", f"{CONTAINERS}/{container}/files"),
            ("GET", f"{CONTAINERS}/{container}/files/a.txt"),
            ("PUT", f"{CONTAINERS}/{container}/files/a.txt"),
        ):
            response = await client.request(method, url)
            assert (response.status, (await response.json())["code"]) == (403, "container_not_allowed")
        assert (await client.put(f"{CONTAINERS}/{inside}")).status == 201
        assert (await client.put(f"{CONTAINERS}/{inside}/files/a.txt", data=b"x")).status == 201
        listed = {entry["name"] for entry in await (await client.get(f"{CONTAINERS}?limit=100")).json()}
        assert listed <= {inside}


async def test_an_unset_list_leaves_its_role_in_jobs_free(
    explicit: Explicit, deployment: Deployment, container: str
) -> None:
    await deployment.blobs.create_container(container)
    settings = explicit(ApiSettings, translation_engine="copy", source_containers=(container,))
    async with opened(settings) as client:
        job = {"source_container": container, "target_container": f"{container}-x", "target_language": "es"}
        assert (await client.post("/api/v1/batch/jobs", json=job)).status == 202
        turned = {**job, "source_container": f"{container}-x", "target_container": container}
        response = await client.post("/api/v1/batch/jobs", json=turned)
        assert (response.status, (await response.json())["field"]) == (403, "source_container")
