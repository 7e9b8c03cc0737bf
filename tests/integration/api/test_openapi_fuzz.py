"""Whatever the reference lets a caller send, and much that it does not, is answered as the reference says."""

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import aiohttp
import pytest
import schemathesis
from pydantic import SecretStr
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from libs.common.runtime.health import serve
from libs.common.settings import ApiSettings
from services.api.names import file_id
from tests.conftest import Explicit
from tests.integration.serving import opened_api

KEY = "writing-key-0123456789"
#: Rules that JSON schema cannot say, or not so that it can be read: cursors are opaque, engines are the
#: deployment's and have options of their own, and so are the hosts that may be notified, a key stands for one
#: request, files lie within patterns, no `..` stands between slashes, a term is more than a blank.
UNSAYABLE = {
    ("invalid_cursor", "cursor"),
    ("idempotency_key_reused", "Idempotency-Key"),
    ("invalid_file_name", "name"),
    ("same_container", "target_container"),
    *(("invalid_field", field) for field in ("engine", "options", "files", "prefix", "target_prefix")),
    *(("invalid_field", field) for field in ("dictionary", "do_not_translate", "notify_url")),
    ("notify_host_not_allowed", "notify_url"),
}


@contextmanager
def served(settings: ApiSettings) -> Iterator[str]:
    """The API on a port of its own, in a thread with a loop of its own: the caller waits for its answers."""
    started: Future[int] = Future()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def hold() -> None:
        try:
            async with opened_api(settings) as app, serve(app, "127.0.0.1", 0) as port:
                started.set_result(port)
                await stop.wait()
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=lambda: loop.run_until_complete(hold()), name="api")
    thread.start()
    try:
        yield f"http://127.0.0.1:{started.result(60)}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


class Fuzzing:
    """Every operation with what its schema allows and with what it does not, the same in every run."""

    def __init__(self, url: str, key: str | None, examples: int) -> None:
        self.cases = 0
        self.faults: list[str] = []
        self.codes: set[str] = set()
        config: dict[str, Any] = {
            "seed": 1,
            "auth": {"openapi": {"apiKey": {"api_key": key}, "bearer": {"bearer": key}}} if key else {},
            "generation": {"deterministic": True, "max-examples": examples, "database": "none"},
        }
        self.schema = schemathesis.openapi.from_url(
            f"{url}/openapi.json", config=SchemathesisConfig.from_dict(config)
        )

    def run(self) -> None:
        for event in from_schema(self.schema).execute():
            match event:
                case events.ScenarioFinished(recorder=recorder):
                    self._look(recorder)
                case events.NonFatalError() | events.FatalError():
                    self.faults.append(str(event))
                case _:
                    pass

    def _look(self, recorder: Any) -> None:
        self.cases += len(recorder.cases)
        for case_id, checks in recorder.checks.items():
            interaction = recorder.interactions.get(case_id)
            problem = _problem(interaction)
            self.codes.add(problem[0])
            for check in checks:
                refused = check.name == "positive_data_acceptance" and problem in UNSAYABLE
                if check.failure_info is not None and not refused:
                    said = recorder.cases[case_id].value.as_curl_command()
                    self.faults.append(f"{check.name}: {said}\n{problem}\n{check.failure_info.failure}")


def _problem(interaction: Any) -> tuple[str, str]:
    """Code and field of the error that a case was answered with."""
    response = None if interaction is None else interaction.response
    if response is None or "problem+json" not in str(response.headers.get("content-type")):
        return "", ""
    body = json.loads(response.content)
    return body["code"], body.get("field", "").partition(".")[0]


@contextmanager
def about(known: dict[str, str]) -> Iterator[None]:
    """What is well-formed is asked of things that are there: made-up names would meet nothing but 404."""

    def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 - the hook's names
        if case.meta is None or not case.meta.generation.mode.is_positive:
            return
        case.path_parameters |= {name: known[name] for name in known if name in case.path_parameters}
        if isinstance(case.body, dict) and "source_container" in case.body:
            case.body["source_container"] = known["container"]

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)


async def _stock(url: str, headers: dict[str, str], container: str) -> str:
    """Fill the container, and post a job over it: its id."""
    async with aiohttp.ClientSession(url, headers=headers) as http:
        files = f"/api/v1/batch/containers/{container}"
        await http.put(files)
        await http.put(f"{files}/files/a.txt", data=b"One.")
        await http.put(f"{files}/files/b.bin", data=b"\0")
        body = {"source_container": container, "target_container": "translations", "target_language": "es"}
        job = await (await http.post("/api/v1/batch/jobs", json=body)).json()
    return str(job["job_id"])


@pytest.mark.parametrize("synchronous", [False, True], ids=["queued jobs", "ended jobs, behind a key"])
def test_all_that_is_sent_is_answered_as_the_reference_says(
    explicit: Explicit, container: str, *, synchronous: bool
) -> None:
    settings: dict[str, Any] = {"translation_engine": "copy"}
    headers: dict[str, str] = {}
    if synchronous:
        keys = SecretStr(f"fuzz:write:{KEY}")
        settings |= {"enable_batch_queue": False, "api_auth": "api-key", "api_keys": keys}
        headers = {"X-Api-Key": KEY}
    with served(explicit(ApiSettings, **settings)) as url:
        job_id = asyncio.run(_stock(url, headers, container))
        fuzzing = Fuzzing(url, KEY if synchronous else None, examples=2 if synchronous else 5)
        known = {"job_id": job_id, "container": container, "name": "a.txt"}
        if synchronous:  # a queued job is not listed yet: it has no files
            known["file"] = file_id("es", "a.txt")
        with about(known):
            fuzzing.run()
    print(f"{fuzzing.cases} cases, {sorted(fuzzing.codes)}")
    assert not fuzzing.faults, "\n\n".join(fuzzing.faults)
    assert fuzzing.cases > 200
