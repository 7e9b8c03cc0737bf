"""A new job: what is taken over from an earlier one, and what the form does by itself."""

import asyncio
import json
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.browser.conftest import badge
from tests.e2e.system import Job, System

pytestmark = pytest.mark.asyncio(loop_scope="package")

TABLE = b"title,code\nThe house,ab\n"
NOTIFIED = {
    "host": "example.org",
    "status": "delivered",
    "attempts": 1,
    "last_error": None,
    "delivered_at": None,
}


async def ended_job(running: System, container: str, **request: Any) -> Job:
    await running.upload(container, {"one.csv": TABLE})
    wanted = {"source_container": container, "target_container": f"{container}-es", "target_language": "es"}
    job = await running.post(**wanted, **request)
    return await running.ended(job["job_id"])


async def test_a_job_that_is_run_again_keeps_its_options_and_pays_for_nothing_twice(
    page: Page, running: System, container: str
) -> None:
    options = {"csv_columns": "title", "csv_header": "translate", "unsupported": "copy"}
    job = await ended_job(running, container, options=options)
    await page.goto(f"/#/jobs/{job['job_id']}")
    await page.get_by_role("link", name="Run again").click()
    note = page.get_by_role("region", name="Taken over")
    await expect(note).to_contain_text("csv_columns: title, csv_header: translate")
    await expect(page.get_by_label("Other files")).to_have_value("copy")
    await page.get_by_role("button", name="Start job").click()
    await expect(badge(page)).to_have_text("Completed")
    again = await running.get(page.url.rsplit("/", 1)[-1])
    assert again["job_id"] != job["job_id"]
    assert again["options"] == job["options"]
    assert (again["skipped_files"], again["characters"]) == (1, 0)


async def test_options_of_an_engine_go_with_it_and_a_notification_is_not_repeated(
    page: Page, running: System, container: str
) -> None:
    job = await ended_job(running, container, options={"csv_columns": "title"})

    async def change(route: Route) -> None:
        answer = {**job, "notification": NOTIFIED, "options": {**job["options"], "category": "legal"}}
        await route.fulfill(json=answer)

    async def two_engines(route: Route) -> None:
        (one,) = await (await route.fetch()).json()
        await route.fulfill(json=[one, {**one, "name": "other", "default": False}])

    async def other_languages(route: Route) -> None:
        answer = await (await route.fetch(url=route.request.url.split("?")[0])).json()
        await route.fulfill(json={**answer, "engine": "other"})

    await page.route(f"**/batch/jobs/{job['job_id']}", change)
    await page.route("**/engines", two_engines)
    await page.route("**/languages?engine=other", other_languages)
    await page.goto(f"/#/new?from={job['job_id']}")
    note = page.get_by_role("region", name="Taken over")
    await expect(note).to_contain_text("kept: csv_columns: title, category: legal")
    await expect(note).to_contain_text("told example.org of its end. This one tells nobody")
    await page.get_by_label("Engine").select_option("other")
    await expect(note).to_contain_text("Options of pseudo that are left out: category: legal")
    async with page.expect_request("**/batch/estimates") as asked:
        await page.get_by_role("button", name="Estimate").click()
    request: Request = await asked.value
    assert json.loads(request.post_data or "")["options"] == {"csv_columns": "title"}


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
