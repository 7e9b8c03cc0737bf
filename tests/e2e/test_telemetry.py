"""One job, measured once and read twice: by Prometheus where it asks, by Application Insights as it comes."""

import json
import re
from typing import Any

import aiohttp

from deploy.local.stack import StackOptions
from deploy.metrics_reference import family
from libs.telemetry.catalogue import INSTRUMENTS, STAGES
from tests.e2e.application_insights import Ingestion, ingestion
from tests.e2e.system import System, system

TRACE = "0af7651916cd43dd8448eb211c80319c"
FILES = {"one.txt": b"One text.", "two.txt": b"Another text.", "picture.bin": b"\x00"}


async def test_a_job_is_measured_and_traced_from_the_request_to_storage_and_engine() -> None:
    lines: list[tuple[str, str]] = []
    async with ingestion() as azure:
        options = StackOptions(
            workers=1,
            engine="copy",
            on_line=lambda name, line: lines.append((name, line)),
            settings={
                "APPLICATIONINSIGHTS_CONNECTION_STRING": azure.connection_string,
                "TRACE_SAMPLE_RATIO": "0",
                "LOG_FORMAT": "json",
            },
        )
        async with system(options) as running:
            job_id = await posted(running)
            assert (await running.ended(job_id))["processed_files"] == 2
            shown = {name: await scraped(lines, name) for name in ("api", "dispatcher", "worker-1")}
        check_prometheus(shown)
        check_azure(azure)
        check_trace(azure, job_id)
        check_logs(lines, job_id)


async def posted(running: System) -> str:
    await running.upload("measured", FILES)
    request = {"source_container": "measured", "target_container": "measured-es", "target_language": "es"}
    header = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    async with (
        aiohttp.ClientSession(running.stack.api_url) as http,
        http.post("/api/v1/batch/jobs", json=request, headers=header) as response,
    ):
        return str((await response.json())["job_id"])


async def scraped(lines: list[tuple[str, str]], name: str) -> dict[str, float]:
    """What a process shows, by series."""
    (told,) = [line for process, line in lines if process == name and '"event": "listening"' in line]
    url = f"http://127.0.0.1:{json.loads(told)['port']}/metrics"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        assert (response.status, response.content_type) == (200, "text/plain")
        text = await response.text()
    return {
        series: float(value)
        for series, value in (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    }


def check_prometheus(shown: dict[str, dict[str, float]]) -> None:
    worker, dispatcher, api = shown["worker-1"], shown["dispatcher"], shown["api"]
    assert worker['batch_files_total{format="txt",outcome="succeeded"}'] == 2
    assert dispatcher['batch_files_total{format="none",outcome="skipped"}'] == 1
    ended = {**dispatcher, **worker}
    assert ended['batch_job_duration_seconds_count{status="completed"}'] == 1
    assert dispatcher['queue_depth{queue="files"}'] >= 0
    assert worker["processing_rate"] > 0
    assert {stage: worker[f'batch_file_duration_seconds_count{{stage="{stage}"}}'] for stage in STAGES} == (
        dict.fromkeys(STAGES, 2)
    )
    route = 'http_request_method="POST",http_response_status_code="202",http_route="/api/v1/batch/jobs"'
    assert api[f"http_server_request_duration_seconds_count{{{route}}}"] == 1
    told = {family(instrument) for instrument in INSTRUMENTS} | {"target_info"}
    for series in set().union(*shown.values()):
        name = re.sub(r"(_bucket|_sum|_count)?(\{.*)?$", "", series)
        assert name in told, series


def check_azure(azure: Ingestion) -> None:
    metrics = {metric["name"] for data in azure.of("MetricData") for metric in data["metrics"]}
    # The worker's own gauges ended with it, before the last of its metrics was sent.
    assert {"batch_job_duration", "queue_depth", "batch.file.duration", "storage.call.duration"} <= metrics
    ours = {name for name in metrics if not name.startswith("_OTEL")}
    assert ours <= {instrument.name for instrument in INSTRUMENTS}


def check_trace(azure: Ingestion, job_id: str) -> None:
    """POST → turn → file → stage → storage and engine: each span's parent is the one before."""
    spans = {
        span["id"]: span
        for kind in ("RequestData", "RemoteDependencyData")
        for span in azure.of(kind)
        if span["tags"]["ai.operation.id"] == TRACE
    }

    def path(span: dict[str, Any]) -> list[str]:
        parent = spans.get(span["tags"].get("ai.operation.parentId", ""))
        return [*(path(parent) if parent else []), span["name"]]

    paths = {" > ".join(path(span)) for span in spans.values()}
    file = "POST /api/v1/batch/jobs > turn > file"
    assert {
        "POST /api/v1/batch/jobs > storage: send message",
        "POST /api/v1/batch/jobs > turn > storage: list blobs",
        f"{file} > download > storage: read blob",
        f"{file} > parse",
        f"{file} > translate",
        f"{file} > engine: copy",
        f"{file} > upload > storage: write blob",
        f"{file} > commit",
        f"{file} > storage: delete message",
    } <= paths, sorted(paths)
    files = [span for span in spans.values() if span["name"] == "file"]
    assert [span["properties"]["job_id"] for span in files] == [job_id, job_id]


def check_logs(lines: list[tuple[str, str]], job_id: str) -> None:
    about = [json.loads(line) for _, line in lines if job_id in line]
    assert len({line["service"] for line in about}) == 3
    assert {line.get("trace_id") for line in about} == {TRACE}
