"""What a person does with a job, from the documents on the disk to the last retry."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import Worker, badge
from tests.e2e.system import System
from tests.e2e.test_exactly_once import sealed

pytestmark = pytest.mark.asyncio(loop_scope="package")

MARKUP = "<img src=x onerror=document.title='run'>.txt"
NO_TEXT = b"\x00\x01\x02"


async def test_a_person_uploads_translates_reads_a_reason_and_retries(
    page: Page, running: System, container: str, tmp_path: Path
) -> None:
    target = f"{container}-es"
    await page.goto("/#/upload")
    await page.get_by_label("Container").fill(container)
    documents = [tmp_path / name for name in ("note.txt", "broken.txt", "photo.png")]
    for document, data in zip(documents, (b"Good day.\n", NO_TEXT, NO_TEXT), strict=True):
        document.write_bytes(data)
    await page.get_by_label("Files", exact=True).set_input_files(documents)
    await page.get_by_role("button", name="Upload").click()
    await expect(page.get_by_role("status")).to_contain_text(["3 of 3 files uploaded"])

    await page.get_by_role("link", name="Translate them").click()
    await page.get_by_label("Source container").select_option(container)
    await page.get_by_label("Find a target language").fill("span")
    await page.get_by_label("Spanish").check()
    await page.get_by_label("Target container").fill(target)
    await page.get_by_label("Other files").select_option("Copy them untranslated")
    await page.get_by_role("button", name="Estimate").click()
    estimate = page.get_by_role("region", name="Estimate")
    await expect(estimate).to_contain_text("Files3")
    await expect(estimate).to_contain_text("Unsupported1")
    await page.get_by_role("button", name="Start job").click()

    await expect(badge(page)).to_have_text("Completed with errors")
    await expect(badge(page)).to_have_attribute("data-status", "completed_with_errors")
    row = file_row(page, "broken.txt")
    await expect(row.get_by_role("code")).to_have_text("undecodable")
    await expect(row).to_contain_text("not text")

    await running.deployment.streams.store(container, "broken.txt", pieces(b"Mended.\n"), "text/plain")
    await row.get_by_role("button", name="Retry").click()
    await expect(badge(page)).to_have_text("Completed")
    await expect(page.get_by_role("progressbar", name="Progress of the job")).to_have_attribute(
        "aria-valuetext", "3 of 3 files ended: 2 translated, 1 skipped"
    )

    await page.get_by_role("button", name="All 3").click()
    await expect(file_row(page, "photo.png").get_by_role("code")).to_have_text("copied")
    await file_row(page, "broken.txt").get_by_role("link", name="Compare").click()
    await expect(page.get_by_role("region", name="line by line")).to_contain_text("Mended.[Ṁéñðéð.]")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download, Spanish (es)").click()
    saved = await (await download.value).path()
    assert saved.read_text(encoding="utf-8") == "[Ṁéñðéð.]\n"


async def test_a_job_that_waits_is_cancelled_by_the_person_who_sees_it(
    page: Page, running: System, worker: Worker, container: str
) -> None:
    await running.upload(container, {"one.txt": b"One.\n", "two.txt": b"Two.\n"})
    job = await running.post(
        source_container=container, target_container=f"{container}-es", target_language="es", name="A mistake"
    )
    await running.until(lambda: sealed(running, job["job_id"]))  # else there may be no files to cancel
    await page.goto("/")
    await page.get_by_role("link", name="A mistake", exact=True).click()
    await page.get_by_role("button", name="Cancel job").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel job").click()
    await expect(badge(page)).to_have_text("Cancelling")
    worker.go_on()
    await expect(badge(page)).to_have_text("Cancelled")
    await expect(page.get_by_role("button", name="Cancelled 2")).to_be_visible()

    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete job").click()
    await expect(page.get_by_role("heading", name="Jobs")).to_be_focused()
    await expect(page.get_by_role("link", name="A mistake", exact=True)).to_have_count(0)


async def test_older_jobs_are_a_page_away_and_a_filter_shows_one_status(
    page: Page, running: System, worker: Worker, container: str
) -> None:
    await running.upload(container, {"one.txt": b"One.\n"})
    wanted = {"source_container": container, "target_container": f"{container}-es", "target_language": "es"}
    older = await running.post(name="The older one", **wanted)
    newer = await running.post(name="The newer one", **wanted)

    async def small_pages(route: Route) -> None:
        await route.continue_(url=route.request.url.replace("limit=20", "limit=1"))

    await page.route("**/jobs?*", small_pages)
    await page.goto("/")
    names = page.locator(".job-row a")
    await expect(names).to_have_text(["The newer one"])
    await page.get_by_role("link", name="Older").click()
    await expect(names).to_have_text(["The older one"])
    await page.reload()
    await expect(names).to_have_text(["The older one"])
    await page.get_by_role("link", name="Newest").click()
    await expect(names).to_have_text(["The newer one"])

    await page.unroute("**/jobs?*")
    worker.go_on()
    for job in (older, newer):
        await running.ended(job["job_id"])
    await page.get_by_label("Status").select_option("processing")
    await expect(page.get_by_text("No job is translating")).to_be_visible()
    await page.get_by_label("Status").select_option("completed")
    await expect(names.filter(has_text="The older one")).to_be_visible()


async def test_markup_in_names_and_documents_is_shown_as_text(
    page: Page, running: System, container: str
) -> None:
    await running.upload(container, {MARKUP: b"<b>Bold</b> <script>document.title='run'</script>\n"})
    job = await running.post(
        source_container=container,
        target_container=f"{container}-es",
        target_language="es",
        name="<i>Italian?</i>",
    )
    await running.ended(job["job_id"])
    await page.goto(f"/#/jobs/{job['job_id']}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("<i>Italian?</i>")
    await expect(page.locator(".file-name")).to_have_text(MARKUP)
    await page.get_by_role("link", name="Compare").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(MARKUP)
    await expect(page.get_by_role("region", name="line by line")).to_contain_text("<b>Bold</b> <script>")
    assert await page.locator("main :is(img, script, i, b)").count() == 0
    assert await page.title() == f"Compare {MARKUP} · Batch Translation"


async def test_a_text_that_is_written_from_the_right_is_shown_so(
    page: Page, running: System, container: str
) -> None:
    await running.upload(container, {"one.txt": "שלום\nHello\n".encode()})
    job = await running.post(
        source_container=container, target_container=f"{container}-es", target_language="es"
    )
    await running.ended(job["job_id"])
    await page.goto(f"/#/jobs/{job['job_id']}")
    await page.get_by_role("link", name="Compare").click()
    hebrew, english = page.get_by_text("שלום", exact=True), page.get_by_text("Hello", exact=True)
    await expect(hebrew).to_have_css("direction", "rtl")
    await expect(english).to_have_css("direction", "ltr")


def file_row(page: Page, name: str) -> Locator:
    return page.locator(".file-row").filter(has=page.get_by_text(name, exact=True))


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data
