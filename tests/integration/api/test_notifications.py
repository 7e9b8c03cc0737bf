"""Jobs that name somebody to be notified: accepted where the deployment allows it, refused with a reason."""

import pytest

from libs.common.deployment import Deployment
from libs.common.settings import ApiSettings
from tests.conftest import Explicit
from tests.integration.api.behind import JOBS
from tests.integration.api.conftest import Client, opened
from tests.integration.conftest import Upload

THREE = {"source_container": "source", "target_container": "target", "target_language": "es"}


@pytest.mark.parametrize("path", [JOBS, "/api/v1/batch/estimates"])
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.com/", "invalid_field"),
        ("https://user@hooks.example.com/", "invalid_field"),
        ("https://10.0.0.1/", "invalid_field"),
        (f"https://hooks.example.com/{'x' * 2000}", "invalid_field"),
        (7, "invalid_field"),
        ("https://hooks.example.com:8443/", "notify_host_not_allowed"),
        ("https://evil.example/?https://hooks.example.com", "notify_host_not_allowed"),
    ],
)
async def test_an_address_that_may_not_be_notified_is_refused_with_the_field(
    explicit: Explicit, path: str, url: object, code: str
) -> None:
    settings = explicit(ApiSettings, translation_engine="copy", notify_allowed_hosts=("hooks.example.com",))
    async with opened(settings) as client:
        response = await client.post(path, json={**THREE, "notify_url": url})
        problem = await response.json()
        assert (response.status, problem["code"], problem["field"]) == (422, code, "notify_url")


async def test_a_deployment_that_sends_no_notifications_says_so(client: Client) -> None:
    response = await client.post(JOBS, json={**THREE, "notify_url": "https://hooks.example.com/"})
    problem = await response.json()
    assert (response.status, problem["code"]) == (422, "notify_host_not_allowed")
    assert "sends no notifications" in problem["detail"]


async def test_a_key_with_another_address_is_another_request(
    explicit: Explicit, upload: Upload, container: str
) -> None:
    await upload(container, {})
    settings = explicit(ApiSettings, translation_engine="copy", notify_allowed_hosts=("*.example.com",))
    body = {**THREE, "source_container": container, "target_container": f"{container}-out"}
    key = {"Idempotency-Key": "k"}
    async with opened(settings) as client:
        first = await client.post(JOBS, json={**body, "notify_url": "https://a.example.com/"}, headers=key)
        other = await client.post(JOBS, json={**body, "notify_url": "https://b.example.com/"}, headers=key)
    assert (first.status, other.status) == (202, 422)


async def test_in_synchronous_mode_the_end_is_kept_for_a_dispatcher_to_tell(
    explicit: Explicit, deployment: Deployment, upload: Upload, container: str
) -> None:
    await upload(container, {"a.txt": b"x"})
    settings = explicit(
        ApiSettings,
        translation_engine="copy",
        enable_batch_queue=False,
        notify_allowed_hosts=("hooks.example.com",),
    )
    body = {**THREE, "source_container": container, "target_container": f"{container}-out"}
    async with opened(settings) as client:
        response = await client.post(JOBS, json={**body, "notify_url": "https://hooks.example.com/"})
        job = await response.json()
    assert (job["status"], job["notification"]["status"]) == ("completed", "pending")
    assert [row.job_id async for row in deployment.owed.all()] == [job["job_id"]]
    assert await deployment.notify_queue.length() == 1
