"""The client on the real API."""

import io
from pathlib import Path

import pytest

from libs.client.client import Client, open_client
from libs.client.errors import ApiProblem, ClientError
from libs.client.records import JobRequest
from libs.client.settings import ClientSettings
from libs.common.settings import ApiSettings
from tests.conftest import Explicit
from tests.integration.client.conftest import api
from tests.integration.conftest import Upload

NAMES = ["a.txt", "ñ/長い name.txt", "100% #1?.txt", "deep/er/b+c&d.txt"]


@pytest.fixture
async def request_of_files(upload: Upload, container: str) -> JobRequest:
    await upload(container, {f"{n}.txt": b"x" for n in range(5)})
    return JobRequest(
        source_container=container, target_container=f"{container}-out", target_languages=("es", "ca")
    )


async def test_a_job_is_posted_seen_listed_cancelled_and_once_only(
    client: Client, request_of_files: JobRequest
) -> None:
    estimate = await client.estimate(request_of_files)
    assert (estimate.files, estimate.complete) == (5, True)
    job = await client.submit(request_of_files, "my key")
    assert (await client.submit(request_of_files, "my key")).job_id == job.job_id
    other = await client.submit(request_of_files)
    assert [one.job_id async for one in client.jobs(page=1)] == [other.job_id, job.job_id]
    assert [file async for file in client.files(job.job_id)] == []
    assert (await client.cancel(job.job_id)).status == "cancelling"
    with pytest.raises(ApiProblem) as refused:
        await client.delete(job.job_id)
    assert refused.value.code == "job_running"
    assert (await client.status()).open_jobs == 2


async def test_files_go_up_and_come_down_as_they_are_whatever_their_names(
    client: Client, container: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 5000)
    await client.create_container(container)
    for name in NAMES:
        await client.upload(container, name, source)
    assert sorted([file.name async for file in client.stored_files(container)]) == sorted(NAMES)
    for name in NAMES:
        into = io.BytesIO()
        assert await client.download(container, name, into) == source.stat().st_size
        assert into.getvalue() == source.read_bytes()
    assert container in [one.name async for one in client.containers()]


async def test_a_file_too_large_for_the_api_is_refused_with_its_reason(
    explicit: Explicit, container: str, tmp_path: Path
) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * 20_000_000)
    settings = explicit(ApiSettings, translation_engine="copy", max_upload_bytes=1000)
    async with api(settings) as url, open_client(ClientSettings.of_texts(url, None)) as client:
        await client.create_container(container)
        with pytest.raises(ApiProblem) as refused:
            await client.upload(container, "large.txt", large)
        assert (refused.value.code, refused.value.status) == ("body_too_large", 413)


async def test_a_name_that_goes_up_is_refused_by_the_api_and_one_that_is_no_text_by_the_client(
    client: Client, container: str, tmp_path: Path
) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"x")
    await client.create_container(container)
    with pytest.raises(ApiProblem) as refused:
        await client.upload(container, "../../other/x", file)
    assert refused.value.code == "invalid_file_name"
    with pytest.raises(ClientError, match="Unicode"):
        await client.upload(container, "\udcff", file)
