"""`make demo`: samples/ translated into Spanish by the whole system, as a client would ask for it."""

import argparse
import asyncio
import json
import sys
from collections import deque
from collections.abc import Coroutine, Mapping
from time import monotonic

from deploy.local.demo_client import JOBS, Client, FileEnd, Job, client
from deploy.local.demo_report import Report
from deploy.local.problems import LocalStackError
from deploy.local.samples import NOT_A_TEXT, documents
from deploy.local.stack import Stack, StackOptions, stack
from deploy.local.terminal import Terminal, ended_by_signals, print_line, print_problem

REQUEST = {"source_container": "demo-source", "target_container": "demo-es", "target_language": "es"}
LETTER = "letters/an-invitation.txt"
DEADLINE_SECONDS = 180.0
POLL_SECONDS = 0.25
KEPT_LINES = 40
INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the stack running until Ctrl-C")
    keep = parser.parse_args().keep
    console = Terminal()
    log: deque[tuple[str, str]] = deque(maxlen=KEPT_LINES)
    try:
        return asyncio.run(_demo(console, log, keep=keep))
    except LocalStackError as problem:
        for name, line in log:
            print_line(console, name, line)
        print_problem(console, LocalStackError(f"the demo failed: {problem}"))
        return 1


async def _demo(console: Terminal, log: deque[tuple[str, str]], *, keep: bool) -> int:
    report, code = Report(console), INTERRUPTED
    options = StackOptions(
        on_line=lambda name, line: log.append((name, line)),
        drain_seconds=1,
        settings={"LOG_FORMAT": "console", "DEFAULT_SOURCE_LANGUAGE": "en"},
    )
    with ended_by_signals():
        report.step("Starting Azurite, the API, a dispatcher and two workers on free ports")
        begin = monotonic()
        async with stack(options) as running:
            started = monotonic() - begin
            await _while_it_lives(running, _translate_samples(running, report, started))
            code = 0
            if keep:
                report.kept(running)
                raise (await running.first_to_end()).died()
    return code


async def _while_it_lives(running: Stack, work: Coroutine[None, None, None]) -> None:
    """Raises LocalStackError when the work takes too long or a part of the stack dies under it."""
    working = asyncio.create_task(work)
    death = asyncio.create_task(running.first_to_end())
    both = (working, death)
    try:
        await asyncio.wait(both, timeout=DEADLINE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if death.done():
            raise death.result().died()
        raise LocalStackError(f"it did not end within {DEADLINE_SECONDS:g} s")
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)


async def _translate_samples(running: Stack, report: Report, started: float) -> None:
    sources = documents()
    async with client(running.api_url, running.connection_string) as outside:
        begin = monotonic()
        await outside.upload(REQUEST["source_container"], sources)
        uploaded = monotonic()
        report.step(f"Uploaded the {len(sources)} documents of samples/ to {REQUEST['source_container']}")
        report.requested(f"{running.api_url}{JOBS}", json.dumps(REQUEST))
        job = await _until_ended(outside, report)
        ended = monotonic()
        failures = await outside.failures(job.job_id)
        targets = await outside.download(REQUEST["target_container"])
    report.outcome(job, failures)
    _check(job, failures, sources, targets)
    report.tree(REQUEST["target_container"], targets)
    report.excerpt(LETTER, sources[LETTER].decode(), targets[LETTER].decode())
    seconds = {"start": started, "upload": uploaded - begin, "translation": ended - uploaded}
    report.timings(seconds, job.characters)


async def _until_ended(outside: Client, report: Report) -> Job:
    job = await outside.post(**REQUEST)
    with report.progress() as show:
        show(job)
        while not job.has_ended:
            await asyncio.sleep(POLL_SECONDS)
            job = await outside.job(job.job_id)
            show(job)
    return job


def _check(
    job: Job, failures: list[FileEnd], sources: Mapping[str, bytes], targets: Mapping[str, bytes]
) -> None:
    """Raises LocalStackError unless everything but the one file that is no text was translated."""
    if job.status != "completed_with_errors" or [file.name for file in failures] != [NOT_A_TEXT]:
        raise LocalStackError(
            f"all {len(sources)} files but {NOT_A_TEXT} should be translated; the job is {job.status}, "
            f"{job.processed_files} of {job.total_files} succeeded, {job.failed_files} failed"
        )
    if missing := sources.keys() - targets.keys() - {NOT_A_TEXT}:
        raise LocalStackError(f"the target container has no {', '.join(sorted(missing))}")


if __name__ == "__main__":
    sys.exit(main())
