"""The files of the page as a browser gets them."""

import aiohttp
import pytest

from tests.e2e.system import System

pytestmark = pytest.mark.asyncio(loop_scope="package")

TYPES = {
    "/": "text/html",
    "/static/main.js": "text/javascript",
    "/static/screens/job.js": "text/javascript",
    "/static/base.css": "text/css",
    "/static/favicon.svg": "image/svg+xml",
}


async def test_each_file_has_its_type_its_policy_and_a_tag_that_saves_the_next_transfer(
    running: System,
) -> None:
    async with aiohttp.ClientSession(running.stack.api_url) as http:
        for path, kind in TYPES.items():
            async with http.get(path) as first:
                assert first.status == 200
                assert first.content_type == kind
                policy = first.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert first.headers["X-Content-Type-Options"] == "nosniff"
                assert first.headers["Referrer-Policy"] == "no-referrer"
            async with http.get(path, headers={"If-None-Match": first.headers["ETag"]}) as again:
                assert again.status == 304
                assert await again.read() == b""


@pytest.mark.parametrize(
    "path", ["/static/", "/static/nothing.js", "/static/..%2fpages.py", "/static/%2e%2e/x"]
)
async def test_nothing_but_the_pages_own_files_is_served(running: System, path: str) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{running.stack.api_url}{path}", allow_redirects=False) as answer,
    ):
        assert answer.status == 404
        assert (await answer.json())["code"] == "not_found"
