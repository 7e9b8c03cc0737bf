"""The Python that docs/inspection.md shows, run as it stands there."""

import asyncio
import re
import sys

from deploy.local.places import ROOT
from deploy.local.processes import child_environment
from libs.common.settings import ServiceSettings
from tests.conftest import Explicit
from tests.integration.conftest import Listed


async def test_the_lines_of_the_document_show_queues_and_jobs(explicit: Explicit, listed: Listed) -> None:
    job = await listed({"a.txt": b"x", "b.txt": b"y"})
    document = (ROOT / "docs" / "inspection.md").read_text(encoding="utf-8")
    code = re.findall(r"^```python\n(.*?)^```", document, re.MULTILINE | re.DOTALL)[0]
    settings: ServiceSettings = explicit(ServiceSettings)
    assert settings.azure_storage_connection_string is not None
    environment = {
        "AZURE_STORAGE_CONNECTION_STRING": settings.azure_storage_connection_string.get_secret_value(),
        "QUEUE_NAME": settings.queue_name,
        "DISPATCH_QUEUE_NAME": settings.dispatch_queue_name,
        "TABLE_NAME": settings.table_name,
        "FILES_TABLE_NAME": settings.files_table_name,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-c", code),
        cwd=ROOT,
        env=child_environment(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, err.decode()) == (0, "")
    assert out.decode().splitlines() == [
        f"{settings.queue_name} 2 messages, 0 dead letters",
        f"{settings.dispatch_queue_name} 1 messages, 0 dead letters",
        f"{job.job_id} processing 0 of 2 ",
    ]
