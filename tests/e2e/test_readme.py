"""What README.md shows is what happens: its REST example, sent by curl to the whole system."""

import asyncio
import json
import re
import shutil
import time
from dataclasses import dataclass

from deploy.local.places import ROOT
from deploy.local.stack import StackOptions, stack
from tests.conftest import missing

MARKED = re.compile(r"<!-- rest-example -->\n```console\n(.*?)```\n<!-- /rest-example -->", re.DOTALL)
JOB_ID = re.compile(r"[0-9a-f]{12}-[0-9a-f]{10}")
SHOWN_API = "localhost:8000"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Step:
    command: str
    answer: str


def steps() -> list[Step]:
    """Each command of the example with the answer that stands below it."""
    (block,) = MARKED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    parts = [part.replace("\\\n", "") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [Step(command, answer.strip()) for command, _, answer in (part.partition("\n") for part in parts)]


async def ran(command: str) -> str:
    line = command.replace("curl ", "curl --silent --show-error --fail-with-body ")
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", line, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(SECONDS):
        output, _ = await process.communicate()
    assert process.returncode == 0, (command, output)
    return output.decode().strip()


def is_as_shown(answer: str, shown: str) -> bool:
    """Whether all that is shown is true; `...` stands for fields that are not shown."""
    if not shown.startswith("{"):
        return answer == shown
    fields = json.loads(shown.replace(", ...}", "}"))
    found = json.loads(answer)
    return {name: found.get(name) for name in fields} == fields and (
        "..." in shown or found.keys() == fields.keys()
    )


async def test_the_rest_example_does_and_answers_what_the_readme_shows() -> None:
    for tool in ("curl", "apertium"):
        if shutil.which(tool) is None:
            missing(tool)
    ids: dict[str, str] = {}

    def real(text: str) -> str:
        for shown, actual in ids.items():
            text = text.replace(shown, actual)
        return text

    async with stack(StackOptions(workers=1)) as running:
        for step in steps():
            command = real(step.command).replace(SHOWN_API, running.api_url.removeprefix("http://"))
            answer = await ran(command)
            if new := JOB_ID.search(answer):
                ids.setdefault(JOB_ID.search(step.answer)[0], new[0])  # type: ignore[index]  # it is shown
            deadline = time.monotonic() + SECONDS
            looks_only = " -" not in step.command
            while looks_only and not is_as_shown(answer, real(step.answer)) and time.monotonic() < deadline:
                await asyncio.sleep(0.2)
                answer = await ran(command)
            assert is_as_shown(answer, real(step.answer)), (step, answer)
    assert len(ids) == 1


def test_a_wrong_answer_would_be_noticed() -> None:
    assert is_as_shown('{"a": 1, "b": 2}', '{"a": 1, ...}')
    assert not is_as_shown('{"a": 1, "b": 2}', '{"a": 2, ...}')
    assert not is_as_shown('{"a": 1, "b": 2}', '{"a": 1}')
    assert not is_as_shown('{"b": 2}', '{"a": 1, ...}')
    assert not is_as_shown("La casa", "The house")
