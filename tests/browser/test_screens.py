"""Every screen as it looks: in light, in dark and on a phone, for eyes and for screen readers."""

import base64
import re

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # has no annotations
from playwright.async_api import Page, expect

from deploy.local.places import ROOT
from tests.browser.conftest import NewPage, badge
from tests.e2e.system import System

pytestmark = pytest.mark.asyncio(loop_scope="package")

SHOTS = ROOT / "build" / "screenshots"
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
}
LETTER = "Dear friend,\n\nthe house is white.\n"


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def failed_job(running: System) -> str:
    """A job of two languages in which most succeeded, one failed and one was skipped."""
    container = "harbour-letters"
    files = {f"letters/{name}.txt": LETTER.encode() for name in ("one", "two", "three")}
    await running.upload(container, {**files, "letters/broken.txt": b"\x00", "letters/photo.png": b"\x00"})
    job = await running.post(
        source_container=container,
        target_container=f"{container}-out",
        target_languages=["es", "de"],
        name="Letters, spring edition",
        prefix="letters/",
    )
    await running.ended(job["job_id"])
    return str(job["job_id"])


async def test_screens_fit_and_axe_finds_nothing_serious(
    new_page: NewPage, failed_job: str, look: str
) -> None:
    job = failed_job
    letter = base64.urlsafe_b64encode(b"de:letters/one.txt").decode().rstrip("=")
    screens = {
        "jobs": ("#/jobs", ".job-row"),
        "no-jobs": ("#/jobs?status=cancelling", ".empty"),
        "new": (f"#/new?from={job}", "form"),
        "job": (f"#/jobs/{job}", ".file-row"),
        "compare": (f"#/jobs/{job}/compare/{letter}", ".compare-lines"),
        "upload": ("#/upload", "form"),
        "no-such-job": ("#/jobs/nothing", ".note"),
    }
    async with new_page(**LOOKS[look]) as page:
        for name, (address, shown) in screens.items():
            await page.goto(f"/{address}")
            await expect(page.locator(shown).first).to_be_visible()
            await check(page, name, look)
        await page.goto(f"/#/jobs/{job}")
        await page.get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await check(page, "question", look)


async def check(page: Page, name: str, look: str) -> None:
    """Take a picture; nothing sticks out; nothing that axe calls serious or critical."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=True)
    beyond = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert beyond <= 0, f"{name} ({look}) sticks out by {beyond} pixels"
    if look == "phone":
        return  # the same elements in the same colours
    found = (await Axe().run(page)).response["violations"]
    serious = [fault for fault in found if fault["impact"] in {"serious", "critical"}]
    assert not serious, f"{name} ({look}): " + "; ".join(
        f"{fault['id']} {fault['nodes'][0]['html']} {fault['nodes'][0]['failureSummary']}"
        for fault in serious
    )


async def test_the_keyboard_alone_starts_a_job(page: Page, running: System, container: str) -> None:
    await running.upload(container, {"one.txt": b"One.\n"})
    await page.goto("/#/new")
    await page.get_by_label("Source container").focus()
    await page.keyboard.type(container)
    await page.get_by_label("Target container").focus()
    await page.keyboard.type(f"{container}-es")
    await page.get_by_label("Spanish").focus()
    await page.keyboard.press("Space")
    await page.get_by_label("Target container").focus()
    await page.keyboard.press("Enter")
    await expect(badge(page)).to_have_text("Completed")
    await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(container))
    # A new screen begins at its heading, also for those who do not see it.
    await expect(page.locator("h1")).to_be_focused()
