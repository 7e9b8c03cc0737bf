"""A new job: what is taken over from an earlier one, and what the form does by itself."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.system import Job, System

pytestmark = pytest.mark.asyncio(loop_scope="package")

TABLE = b"title,code\nThe house,ab\n"


async def ended_job(running: System, container: str, **request: Any) -> Job:
    await running.upload(container, {"one.csv": TABLE})
    wanted = {"source_container": container, "target_container": f"{container}-es", "target_language": "es"}
    job = await running.post(**wanted, **request)
    return await running.ended(job["job_id"])


async def test_enter_in_the_search_ticks_the_language_found_and_starts_nothing(
    page: Page, running: System, container: str
) -> None:
    await running.upload(container, {"one.txt": b"One.\n"})
    await page.goto("/#/new")
    await page.get_by_label("Source container").select_option(container)
    await page.get_by_label("Target container").fill(f"{container}-es")
    search = page.get_by_label("Find a target language")
    for typed, chosen in (("span", "Spanish"), ("an", "Spanish"), ("de", "German, Spanish")):
        await search.fill(typed)
        await search.press("Enter")
        await expect(page.get_by_text(f"Chosen: {chosen}", exact=True)).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("New job")
    await expect(search).to_be_focused()


async def test_an_estimate_of_a_request_that_was_changed_meanwhile_says_so(
    page: Page, running: System, container: str
) -> None:
    job = await ended_job(running, container)
    answered = asyncio.Event()

    async def hold(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await page.route("**/batch/estimates", hold)
    await page.goto(f"/#/new?from={job['job_id']}")
    await page.get_by_role("button", name="Estimate").click()
    await expect(page.get_by_text("Looking at the container")).to_be_visible()
    await page.get_by_label("Name of the job").fill("Another")
    answered.set()
    await expect(page.get_by_role("region", name="Estimate")).to_contain_text("Unchanged1")
    await expect(page.get_by_text("The request was changed since")).to_be_visible()
    await page.get_by_role("button", name="Estimate").click()
    await expect(page.get_by_text("The request was changed since")).to_be_hidden()
