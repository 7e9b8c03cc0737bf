import json
import time

from deploy.local.samples import NOT_A_TEXT, documents
from tests.cluster.report import Report
from tests.cluster.stage import Stage


async def test_the_samples_are_translated_but_for_the_one_that_is_no_text(
    stage: Stage, report: Report
) -> None:
    await stage.caller.run("upload", "samples", seconds=120)
    request = {"source_container": "samples", "target_container": "samples-es", "target_languages": ["es"]}
    began = time.monotonic()
    job = await stage.caller.job(request, 600)
    took = time.monotonic() - began
    assert job["status"] == "completed_with_errors"
    failures = json.loads(await stage.caller.run("failures", job["job_id"], seconds=60))
    assert list(failures) == [NOT_A_TEXT]
    translated = await stage.caller.digests("samples-es")
    assert documents().keys() - translated.keys() == {NOT_A_TEXT}
    report.say(f"samples: {len(translated)} of {len(documents())} files from no worker in {took:.1f} s")
