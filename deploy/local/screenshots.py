"""`make screenshots`: the picture in the README, taken of the samples while they are translated."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright

from deploy.local.chromium import find_chromium, flags
from deploy.local.demo_client import Client, client
from deploy.local.places import ROOT
from deploy.local.problems import LocalStackError
from deploy.local.samples import documents
from deploy.local.stack import StackOptions, stack

PICTURE = ROOT / "docs" / "job.png"
LARGEST = 200_000
WIDTH, HEIGHT = 1280, 800
DEADLINE_SECONDS = 60
LOOK_SECONDS = 0.02
#: One file at a time: the job can be seen at work.
OPTIONS = StackOptions(workers=1, drain_seconds=1, settings={"MAX_CONCURRENT_FILES": "1"})
REQUEST = {
    "source_container": "harbour-museum",
    "target_container": "harbour-museum-es",
    "target_language": "es",
    "name": "Harbour museum, spring edition",
}
MIDWAY = 7
"""Files translated when the picture is taken; the one that is no text has failed by then."""


def main() -> int:
    try:
        asyncio.run(_take())
    except LocalStackError as problem:
        print(f"screenshots: {problem}", file=sys.stderr)
        return 1
    print(f"screenshots: {PICTURE.relative_to(ROOT)}")
    return 0


async def _take() -> None:
    async with stack(OPTIONS) as running, client(running.api_url, running.connection_string) as outside:
        await outside.upload(REQUEST["source_container"], documents())
        async with _page(running.api_url) as page:
            job = await outside.post(**REQUEST)
            await _midway(outside, job.job_id)
            # The samples are done in a moment: the worker holds still for the picture.
            running.services["worker-1"].send(signal.SIGSTOP)
            await page.goto(f"/#/jobs/{job.job_id}")
            await page.locator(".file-row .reason:visible").wait_for()
            picture = await page.screenshot(animations="disabled")
            running.services["worker-1"].send(signal.SIGCONT)
    if len(picture) > LARGEST:
        raise LocalStackError(f"the picture has {len(picture)} bytes, more than {LARGEST}")
    PICTURE.write_bytes(picture)


async def _midway(outside: Client, job_id: str) -> None:
    """Raises LocalStackError when the job ends, or the time, before it was seen midway."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (job := await outside.job(job_id)).processed_files < MIDWAY or not job.failed_files:
                if job.has_ended:
                    raise LocalStackError("the job ended before its picture was taken")
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise LocalStackError(f"the job did not come halfway in {DEADLINE_SECONDS} s") from None


@asynccontextmanager
async def _page(url: str) -> AsyncIterator[Page]:
    program = find_chromium()
    if program is None:
        raise LocalStackError("there is no Chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=flags())
        yield await browser.new_page(
            base_url=url, color_scheme="light", locale="en-GB", viewport={"width": WIDTH, "height": HEIGHT}
        )
        await browser.close()


if __name__ == "__main__":
    sys.exit(main())
