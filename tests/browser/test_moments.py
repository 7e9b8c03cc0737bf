"""What the page says of a job, and offers to do with it, at moments that are hard to meet."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser.posed import ENDED, Posed

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(loop_scope="package")
async def posed(page: Page) -> Posed:
    one = Posed(page)
    await one.begin()
    return one


def bar(page: Page) -> Locator:
    return page.get_by_role("progressbar", name="Progress of")


async def test_while_files_are_listed_nobody_is_told_how_much_is_done_or_left(
    page: Page, posed: Posed
) -> None:
    """More files are to come: a share of those known would go backwards."""
    await posed.open(listing_complete=False, total_files=1000, processed_files=400)
    line = page.locator(".figures-line")
    await expect(line).to_contain_text("400 of at least 1,000 files so far")
    await posed.poll(processed_files=900)
    assert not await bar(page).get_attribute("aria-valuenow")
    await expect(bar(page)).to_have_attribute(
        "aria-valuetext", "900 of at least 1,000 files ended so far: 900 translated"
    )
    for word in ("%", "left"):
        await expect(line).not_to_contain_text(word)

    await posed.poll(listing_complete=True, total_files=3000, processed_files=1000)
    await expect(line).to_contain_text("33%")
    await expect(bar(page)).to_have_attribute("aria-valuenow", "33")

    posed.change(listing_complete=False)
    job = await page.evaluate("path => fetch(path).then(answer => answer.json())", posed.api)
    await page.route("**/batch/jobs?*", lambda route: route.fulfill(json=[job]))
    await page.goto("/#/jobs")
    await expect(page.locator(".job-row")).to_contain_text("1,000 of 3,000+")
    assert not await bar(page).get_attribute("aria-valuenow")


async def test_per_cent_are_rounded_down_and_never_100_of_what_still_runs(page: Page, posed: Posed) -> None:
    percent = page.locator(".percent")
    await posed.open(total_files=100, processed_files=29)
    await expect(percent).to_have_text("29%")
    await posed.poll(total_files=100_000, processed_files=99_999)
    await expect(percent).to_have_text("99%")
    await posed.poll(processed_files=100_000)
    await expect(page.locator(".sum")).to_have_text("100,000 of 100,000 files")
    await expect(percent).to_have_text("99%")
    await posed.poll(status="completed", **ENDED)
    await expect(percent).to_have_text("100%")


async def test_the_pace_of_a_retried_job_is_that_since_the_page_looks(page: Page, posed: Posed) -> None:
    """Not of what had ended long before; and it did not take the days it lay there."""
    await posed.open(total_files=10_000, processed_files=9_900, retries=1)
    speed = page.locator(".speed")
    await expect(speed).not_to_contain_text(re.compile(r"\d"))
    await posed.poll(processed_files=9_930)
    await expect(speed).to_contain_text("files/s · about")
    said = await speed.inner_text()
    assert 1 < float(said.split()[0]) <= 10, said
    await posed.poll(processed_files=9_999)
    await expect(speed).to_contain_text("about 1 s left")
    await posed.poll(status="completed", processed_files=10_000, **ENDED)
    await expect(speed).to_be_empty()
