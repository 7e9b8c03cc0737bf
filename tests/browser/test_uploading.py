"""Documents from a person's disk: which are sent, once more or not at all, and what it costs to show it."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import NewPage
from tests.e2e.system import System

pytestmark = pytest.mark.asyncio(loop_scope="package")

#: Writes to the list of files, from here on.
COUNT_WRITES = """list => {
  window.writes = 0;
  const seen = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver((records) => (window.writes += records.length)).observe(list, seen);
}"""
MANY = 200


async def test_a_file_is_sent_again_when_it_or_the_place_has_changed(
    page: Page, running: System, container: str, tmp_path: Path
) -> None:
    letter, note = (document(tmp_path, name, f"The first {name}.") for name in ("letter.txt", "note.txt"))
    other = f"{container}-too"
    await page.goto("/#/upload")
    await page.get_by_label("Container").fill(container)
    await choose(page, letter, note)
    await upload(page)
    await expect(told(page, "2 of 2 files uploaded")).to_be_visible()

    letter.write_text("The second letter.", encoding="utf-8")
    await choose(page, letter)
    await expect(told(page, "1 of 2 files uploaded")).to_be_visible()
    await upload(page)
    await expect(told(page, "2 of 2 files uploaded")).to_be_visible()
    first = await running.download(container)
    assert first == {"letter.txt": b"The second letter.", "note.txt": b"The first note.txt."}

    await page.get_by_label("Container").fill(other)
    await expect(told(page, "0 of 2 files uploaded")).to_be_visible()
    await page.get_by_label("Container").fill(container)
    await expect(told(page, "2 of 2 files uploaded")).to_be_visible()
    await page.get_by_label("Container").fill(other)
    await page.get_by_role("button", name="Remove note.txt").click()
    await upload(page)
    await expect(told(page, "1 of 1 file uploaded")).to_be_visible()
    assert await running.download(other) == {"letter.txt": b"The second letter."}


async def test_hidden_files_of_a_folder_are_left_out_and_counted(
    page: Page, running: System, container: str, tmp_path: Path
) -> None:
    for name in ("letters/one.txt", ".DS_Store", ".git/config", "letters/.cache/two.txt"):
        document(tmp_path / "mine", name, name)
    await page.goto("/#/upload")
    await page.get_by_label("Container").fill(container)
    await page.get_by_label("Or a whole folder").set_input_files(tmp_path / "mine")
    await expect(page.get_by_text("3 hidden files of the folder left out.")).to_be_visible()
    await upload(page)
    await expect(told(page, "1 of 1 file uploaded")).to_be_visible()
    assert await running.download(container) == {"letters/one.txt": b"letters/one.txt"}


async def test_who_leaves_while_files_are_sent_is_asked_first(
    page: Page, container: str, tmp_path: Path
) -> None:
    arrived = asyncio.Event()

    async def hold(route: Route) -> None:
        await arrived.wait()
        await route.fulfill(status=201)

    await page.route("**/files/*", hold)
    await page.goto("/#/upload")
    await page.get_by_label("Container").fill(container)
    await choose(page, document(tmp_path, "letter.txt", "A letter."))
    assert not await is_held_back(page)
    await upload(page)
    row = page.locator(".upload-row")
    await expect(row).to_contain_text("Uploading")
    await expect(row.get_by_role("button")).to_have_count(0)
    assert await is_held_back(page)
    jobs = page.get_by_role("link", name="Jobs", exact=True)
    await jobs.click()
    await page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    await expect(row).to_contain_text("Uploading")

    arrived.set()
    await expect(row).to_contain_text("Uploaded")
    assert not await is_held_back(page)
    await jobs.click()
    await expect(page.get_by_role("heading", level=1, name="Jobs")).to_be_focused()


async def test_a_row_is_written_when_its_own_file_changes_and_not_with_every_other(
    new_page: NewPage, container: str, tmp_path: Path
) -> None:
    """Else an upload of a large folder takes its time to the square."""
    documents = [document(tmp_path, f"{number:03}.txt", "A letter.") for number in range(MANY)]
    async with new_page() as page:
        await page.route("**/files/*", lambda route: route.fulfill(status=201))
        await page.goto("/#/upload")
        await page.get_by_label("Container").fill(container)
        await choose(page, *documents)
        await expect(page.locator(".upload-row")).to_have_count(MANY)
        await page.locator(".uploads").evaluate(COUNT_WRITES)
        await upload(page)
        await expect(told(page, f"{MANY} of {MANY} files uploaded")).to_be_visible()
        writes = await page.evaluate("window.writes")
    assert MANY < writes < 20 * MANY


def document(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def told(page: Page, text: str) -> Locator:
    return page.get_by_role("status").get_by_text(text)


async def choose(page: Page, *documents: Path) -> None:
    await page.get_by_label("Files", exact=True).set_input_files(documents)


async def upload(page: Page) -> None:
    await page.get_by_role("button", name="Upload").click()


async def is_held_back(page: Page) -> bool:
    """Whether the browser would ask before it closes the page."""
    event = "new Event('beforeunload', { cancelable: true })"
    return not await page.evaluate(f"window.dispatchEvent({event})")
