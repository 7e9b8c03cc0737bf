"""`make demo` is the first thing that anybody runs."""

import shutil
import sys

from deploy.local.processes import Process, child_environment
from tests.conftest import missing


async def test_the_demo_translates_the_samples_and_explains_the_one_failure() -> None:
    if shutil.which("apertium") is None:
        missing("apertium")
    lines: list[str] = []
    process = Process(
        "demo",
        [sys.executable, "-m", "deploy.local.demo"],
        env=child_environment({}),
        on_line=lambda _, line: lines.append(line),
    )
    await process.start()
    try:
        code = await process.wait()
    finally:
        await process.stop()
    said = "\n".join(lines)
    assert code == 0, said
    assert "not translated: archive/customers-1998.txt" in said
    assert "Querido Zoë" in said
