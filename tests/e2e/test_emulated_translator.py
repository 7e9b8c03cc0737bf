"""`make up ENGINE=azure-emulated`: the whole system with Azure's engine, and nobody's account."""

import aiohttp

from deploy.local.stack import StackOptions
from deploy.local.translator import ENGINE
from tests.e2e.system import system

FILES = {
    "letter.txt": b"The white house is big.\n",
    "page.html": b'<!DOCTYPE html><title>A</title><p>Press <b>Save</b> &amp; <a href="/x">go on</a>.</p>\n',
}


async def test_a_job_through_the_emulated_translator_is_marked_and_metered() -> None:
    async with system(StackOptions(engine=ENGINE, workers=1)) as running:
        translator = running.stack.translator
        assert translator is not None
        await running.upload("emulated", FILES)
        job = await running.post(
            source_container="emulated",
            target_container="emulated-es",
            source_language="en",
            target_language="es",
        )
        ended = await running.ended(job["job_id"])
        assert (ended["status"], ended["processed_files"]) == ("completed", 2)
        translations = await running.download("emulated-es")
        async with aiohttp.ClientSession(translator.url) as http, http.get("/_stats") as response:
            stats = await response.json()
    assert translations["letter.txt"].decode() == "⟦es: The white house is big.⟧\n"
    page = translations["page.html"].decode()
    assert '<p>⟦es: Press <b>Save</b> &amp; <a href="/x">go on</a>.⟧</p>' in page
    assert ended["characters"] == stats["characters"]
