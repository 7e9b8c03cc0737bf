"""A deployment with API keys: the page itself is open, it asks for the key, and keeps it in its tab."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from deploy.local.stack import Stack, StackOptions
from tests.browser.conftest import SETTINGS, NewPage
from tests.e2e.system import System

pytestmark = pytest.mark.asyncio(loop_scope="package")

KEY = "a-key-of-tests-alone"


@pytest_asyncio.fixture(loop_scope="package")
async def locked(running: System) -> AsyncIterator[str]:
    """The address of a second API on the same storage, one that wants a key."""
    settings = {**SETTINGS, "API_AUTH": "api-key", "API_KEYS": f"person:write:{KEY}"}
    other = Stack(StackOptions(engine="pseudo", settings=settings), running.stack.azurite)
    await other.start("api")
    yield other.api_url
    await other.stop_services()


async def test_the_page_asks_for_a_key_and_sends_it_with_downloads_too(
    new_page: NewPage, running: System, container: str, locked: str
) -> None:
    await running.upload(container, {"one.txt": b"One.\n"})
    job = await running.post(
        source_container=container, target_container=f"{container}-es", target_language="es"
    )
    async with new_page(base_url=locked) as page:
        await page.goto(f"/#/jobs/{job['job_id']}")
        dialog = page.get_by_role("dialog", name="API key")
        await dialog.get_by_label("Key").fill("not the key")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text("does not accept this key")
        await dialog.get_by_label("Key").fill(KEY)
        await dialog.get_by_role("button", name="Use key").click()
        await page.get_by_role("button", name="All 1").click()
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download the source of one.txt").click()
        assert (await (await download.value).path()).read_bytes() == b"One.\n"

        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(container)
        await page.get_by_role("button", name="Forget key").click()
        await dialog.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_role("alert")).to_contain_text("unauthenticated")
        await page.get_by_role("button", name="Give a key").click()
        await dialog.get_by_label("Key").fill(KEY)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="All 1")).to_be_visible()
        await expect(page.get_by_role("alert")).to_have_count(0)
