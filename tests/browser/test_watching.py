"""Watching a job: reloads, lost connections, waiting that says why, and polls that end."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Request, Response, Route, expect

from tests.browser.conftest import Worker, badge
from tests.e2e.system import Job, System

pytestmark = pytest.mark.asyncio(loop_scope="package")

FILES = 40
#: The colours that say how a job went.
COLORS = (
    "place => [...place.querySelectorAll('.part.some, .badge')].map(e => getComputedStyle(e).backgroundColor)"
)


async def posted(running: System, container: str, files: int = FILES) -> Job:
    await running.upload(container, {f"{n:02}.txt": f"Text number {n}.\n".encode() for n in range(files)})
    return await running.post(
        source_container=container, target_container=f"{container}-es", target_language="es"
    )


async def test_a_reload_midway_shows_the_same_job_where_it_stands(
    page: Page, running: System, worker: Worker, container: str
) -> None:
    job = await posted(running, container)
    await page.goto(f"/#/jobs/{job['job_id']}")
    await expect(badge(page)).to_have_text("Translating")
    worker.go_on()
    async for now in running.poll(job["job_id"], 30):
        if now["processed_files"] >= 2:
            break
    worker.hold()
    stands = await steady(running, job["job_id"])
    assert 0 < stands["processed_files"] < FILES

    await page.reload()
    bar = page.get_by_role("progressbar", name="Progress of the job")
    await expect(bar).to_have_attribute(
        "aria-valuetext",
        f"{stands['processed_files']} of {FILES} files ended: {stands['processed_files']} translated",
    )
    await expect(page.get_by_role("button", name=f"Pending {stands['pending_files']}")).to_be_visible()
    worker.go_on()
    await expect(badge(page)).to_have_text("Completed")
    await expect(bar).to_have_attribute("aria-valuenow", "100")


async def steady(running: System, job_id: str) -> Job:
    """The job once what the worker had sent before it was held has landed."""
    before: Job = {}
    while before != (now := await running.get(job_id)):
        before = now
        await asyncio.sleep(0.3)
    return before


async def test_a_lost_connection_is_shown_and_the_page_goes_on_when_it_is_back(
    page: Page, running: System, worker: Worker, container: str
) -> None:
    job = await posted(running, container, files=2)
    await page.goto(f"/#/jobs/{job['job_id']}")
    await expect(badge(page)).to_have_text("Translating")
    await running.stack.services["api"].kill()
    connection = page.locator("#connection")
    await expect(connection).to_contain_text("Connection lost")
    await expect(badge(page)).to_have_text("Translating")

    await running.stack.start("api")
    await expect(connection).to_have_text("Connected again.")
    worker.go_on()
    await expect(badge(page)).to_have_text("Completed")
    await expect(connection).to_be_empty()


async def test_polls_name_what_they_know_and_end_with_the_job(
    page: Page, running: System, worker: Worker, container: str
) -> None:
    await page.clock.install()
    job = await posted(running, container)
    polls: list[str | None] = []

    def is_poll(call: Request | Response) -> bool:
        return call.url.endswith(job["job_id"])

    def note(asked: Request) -> None:
        if is_poll(asked):
            polls.append(asked.headers.get("if-none-match"))

    page.on("request", note)
    await page.goto(f"/#/jobs/{job['job_id']}")
    await expect(badge(page)).to_have_text("Translating")
    async with page.expect_response(lambda answer: is_poll(answer) and answer.status == 304):
        await page.clock.run_for(3000)
    worker.go_on()
    await running.ended(job["job_id"])
    await page.clock.run_for(3000)
    await expect(badge(page)).to_have_text("Completed")
    asked = len(polls)
    assert polls[0] is None
    assert all(polls[1:])
    await page.clock.run_for(60_000)
    assert len(polls) == asked


async def test_what_stands_in_the_way_of_a_job_is_said(
    page: Page, running: System, worker: Worker, container: str
) -> None:
    job = await posted(running, container, files=1)
    later = {"status": "queued", "updated_at": "2020-01-01T00:00:00Z"}

    async def change(route: Route) -> None:
        answer = await route.fetch(headers={**route.request.headers, "if-none-match": ""})
        await route.fulfill(response=answer, json={**await answer.json(), **later})

    await page.route(f"**/jobs/{job['job_id']}", change)
    await page.goto(f"/#/jobs/{job['job_id']}")
    await expect(page.locator(".note.warn")).to_contain_text("No dispatcher may be running")
    later = {"status": "processing", "updated_at": "2020-01-01T00:00:00Z"}
    await expect(page.locator(".note.warn")).to_contain_text("No worker may be running")
    later = {"blocked_reason": "the key is refused", "throttled_until": "2999-01-01T00:00:00Z"}
    await expect(page.locator(".note.bad:visible")).to_contain_text("the key is refused")
    await expect(page.locator(".note.info")).to_contain_text("Throttled")
    await expect(page.locator(".note.warn:visible")).to_have_count(0)
    worker.go_on()


async def test_a_job_with_failures_is_never_shown_in_green(
    page: Page, running: System, container: str
) -> None:
    """Not the badge, not the bar, neither in its own screen nor in the list."""
    await running.upload(container, {"good.txt": b"Good.\n", "bad.txt": b"\x00"})
    job = await running.post(
        source_container=container, target_container=f"{container}-es", target_language="es", name=container
    )
    await running.ended(job["job_id"])
    for address, inside in (("/#/jobs", "li.job-row"), (f"/#/jobs/{job['job_id']}", ".stack")):
        await page.goto(address)
        place = page.locator(inside).filter(has_text=container).first
        await expect(place.locator(".badge").first).to_have_text("Completed with errors")
        colors = await place.evaluate(COLORS)
        assert len(colors) >= 3
        assert not [color for color in colors if is_green(color)], colors


def is_green(color: str) -> bool:
    """Whether more than a trace of it is green, beyond what is in it of both others."""
    red, green, blue = (int(part) for part in re.findall(r"\d+", color)[:3])
    return green > 1.05 * max(red, blue)
