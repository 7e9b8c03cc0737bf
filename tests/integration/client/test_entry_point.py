"""The program as it is installed: the entry point that pyproject.toml names, in a process of its own."""

import asyncio
import json
import sys
import tomllib

from pydantic import SecretStr

from deploy.local.places import ROOT
from deploy.local.processes import child_environment
from libs.common.settings import ApiSettings
from tests.conftest import Explicit
from tests.integration.client.conftest import Ran, api

KEY = "writing-key-0123456789"


def entry_point() -> list[str]:
    """What pip writes into the script `batch-translate`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, function = project["scripts"]["batch-translate"].partition(":")
    return [sys.executable, "-c", f"import sys; from {module} import {function}; sys.exit({function}())"]


async def started(*arguments: str, **environment: str) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *entry_point(),
        *arguments,
        cwd=ROOT,
        env=child_environment(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())


async def test_url_and_key_come_from_the_environment_and_the_key_is_never_shown(explicit: Explicit) -> None:
    settings = explicit(
        ApiSettings, translation_engine="copy", api_auth="api-key", api_keys=SecretStr(f"me:write:{KEY}")
    )
    async with api(settings) as url:
        ran = await started("status", "--json", BATCH_TRANSLATE_URL=url, BATCH_TRANSLATE_KEY=KEY)
        assert (ran.code, ran.err, json.loads(ran.out)["open_jobs"]) == (0, "", 0)
        wrong = await started("jobs", BATCH_TRANSLATE_URL=url, BATCH_TRANSLATE_KEY=f"{KEY}-wrong")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.err.startswith("error: unauthenticated: ")
    assert wrong.err.count("\n") == 1
    assert KEY not in ran.out + wrong.err


async def test_a_shell_is_told_how_to_complete_and_what() -> None:
    ran = await started("completion", "bash")
    assert (ran.code, "_BATCH_TRANSLATE_COMPLETE" in ran.out) == (0, True)
    ran = await started(
        _BATCH_TRANSLATE_COMPLETE="bash_complete", COMP_WORDS="batch-translate dead", COMP_CWORD="1"
    )
    assert ran.out == "plain,dead-letters\n"


async def test_without_a_command_the_help_is_shown_and_nothing_is_done() -> None:
    ran = await started()
    assert (ran.code, ran.out) == (2, "")
    assert "Commands:" in ran.err
