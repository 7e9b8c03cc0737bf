"""What the page says of a job, and offers to do with it, at moments that are hard to meet."""

import asyncio
import re
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, Route, expect

from libs.common.ledger.records import FileStatus
from tests.browser.posed import ENDED, PAGE, Posed, query, rows

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


RETRIED: list[tuple[dict[str, Any], bool]] = [
    ({"status": "completed_with_errors", **ENDED}, True),
    ({"status": "failed", **ENDED}, True),
    ({"status": "failed", "listing_complete": False, "error": "the source is gone", **ENDED}, False),
    ({"status": "cancelled", **ENDED}, False),
    ({"status": "failed", "total_files": 4, "cancelled_files": 1, "error": "refused", **ENDED}, False),
    ({"status": "processing"}, False),
]


@pytest.mark.parametrize(("state", "is_offered"), RETRIED)
async def test_a_retry_is_offered_where_the_server_would_not_refuse_it(
    page: Page, posed: Posed, state: dict[str, Any], is_offered: bool
) -> None:
    posed.files = rows([1, 2], FileStatus.FAILED)
    await posed.open(**{"total_files": 3, "processed_files": 1, "failed_files": 2, **state})
    await expect(page.locator(".file-row")).to_have_count(2)
    await expect(page.get_by_role("button", name="Retry 2 failed")).to_have_count(int(is_offered))
    await expect(page.get_by_role("button", name="Retry 001.txt")).to_have_count(int(is_offered))


async def test_a_retry_is_sent_once_and_what_the_server_says_is_shown(page: Page, posed: Posed) -> None:
    posed.files = rows([1], FileStatus.FAILED)
    sent: list[str] = []
    answered = asyncio.Event()

    async def hold(route: Route) -> None:
        sent.append(route.request.url)
        await answered.wait()
        await route.fallback()

    await posed.open(
        status="completed_with_errors", total_files=2, processed_files=1, failed_files=1, **ENDED
    )
    await page.route("**/retry", hold)
    for name in ("Retry 1 failed", "Retry 001.txt"):
        button = page.get_by_role("button", name=name)
        answered.clear()
        sent.clear()
        await button.focus()
        await page.keyboard.press("Enter")
        await expect(button).to_be_disabled()
        await page.keyboard.press("Enter")
        answered.set()
        await expect(button).to_be_enabled()
        await expect(button).to_be_focused()
        await expect(page.get_by_role("alert")).to_contain_text("nothing_to_retry")
        assert len(sent) == 1


async def test_focus_stays_where_it_is_unless_the_button_that_had_it_is_gone(
    page: Page, posed: Posed
) -> None:
    await posed.open(total_files=10, processed_files=1)
    await expect(page.get_by_role("button", name="Cancel job")).to_be_visible()
    await page.evaluate("document.activeElement.blur()")
    await posed.poll(processed_files=2)
    await expect(page.locator(".sum")).to_contain_text("2 of 10")
    await expect(page.locator("body")).to_be_focused()

    await page.get_by_role("button", name="Cancel job").focus()
    await posed.poll(processed_files=3)
    await expect(page.locator(".sum")).to_contain_text("3 of 10")
    await expect(page.get_by_role("button", name="Cancel job")).to_be_focused()
    await posed.poll(status="cancelling")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_a_question_goes_with_its_screen(page: Page, posed: Posed) -> None:
    await posed.open(total_files=10)
    await page.get_by_role("button", name="Cancel job").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.evaluate("location.hash = '#/upload'")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert posed.asked == []


async def test_who_opened_more_files_keeps_the_list_when_one_fails(page: Page, posed: Posed) -> None:
    posed.files = rows(range(PAGE + 10))
    await posed.open(total_files=200, processed_files=PAGE + 10)
    await page.get_by_role("button", name="Show more").click()
    await expect(page.locator(".file-row")).to_have_count(PAGE + 10)
    posed.files += rows([190], FileStatus.FAILED)
    await posed.poll(failed_files=1)
    await expect(page.get_by_role("button", name="Failed 1")).to_have_attribute("aria-pressed", "false")
    await expect(page.get_by_role("button", name="All")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(".file-row")).to_have_count(PAGE + 10)


async def test_what_hinders_more_files_from_being_shown_is_said(page: Page, posed: Posed) -> None:
    posed.files = rows(range(PAGE + 10))
    await posed.open(total_files=200, processed_files=PAGE + 10)
    gone = {"code": "job_not_found", "detail": "There is no such job."}
    await page.route("**/files?*cursor*", lambda route: route.fulfill(status=404, json=gone))
    await page.get_by_role("button", name="Show more").click()
    await expect(page.get_by_role("alert")).to_contain_text("no such job")


async def test_a_search_passes_empty_pages_by_itself_up_to_a_bound(page: Page, posed: Posed) -> None:
    """The server looks for names page by page, and may find none on many of them."""
    posed.files = rows(range(3))
    await posed.open(status="completed", total_files=3, processed_files=3, **ENDED)
    await expect(page.locator(".file-row")).to_have_count(3)
    asked: list[int] = []

    async def sparse(route: Route) -> None:
        at = int(query(route.request).get("cursor", "0"))
        asked.append(at)
        link = f'<{route.request.url.split("&cursor")[0]}&cursor={at + 1}>; rel="next"'
        await route.fulfill(json=rows([777]) if at == 25 else [], headers={"Link": link})

    await page.route(is_search, sparse)
    await page.get_by_label("Name begins with").fill("777")
    await page.clock.run_for(300)
    await expect(page.get_by_text("None so far: show more to look further.")).to_be_visible()
    assert asked == list(range(20))
    await page.get_by_role("button", name="Show more").click()
    await expect(page.locator(".file-row")).to_contain_text("777.txt")
    assert asked == list(range(26))


def is_search(url: str) -> bool:
    return "folder=777" in url
