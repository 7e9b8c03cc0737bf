"""One command from a folder to its translation, through real processes, with the real engine."""

import asyncio
import shutil
from pathlib import Path

from deploy.local.places import SAMPLES
from deploy.local.stack import StackOptions
from tests.conftest import missing
from tests.e2e.system import system
from tests.integration.client.test_entry_point import started

CHOSEN = ("letters/an-invitation.txt", "museum/opening-hours.html", "archive/customers-1998.txt")


async def test_one_command_translates_a_folder_and_its_exit_code_tells_how_it_went(tmp_path: Path) -> None:
    if shutil.which("apertium") is None:
        missing("apertium")
    source, out = tmp_path / "samples", tmp_path / "out"
    for name in CHOSEN:
        (source / name).parent.mkdir(parents=True)
        shutil.copy(SAMPLES / name, source / name)
    async with system(StackOptions(workers=1)) as running:
        url = running.stack.api_url
        partly = await started("translate", str(source), str(out), "--to", "es", BATCH_TRANSLATE_URL=url)
        assert partly.code == 3, partly
        assert "archive/customers-1998.txt (es)\n    undecodable: " in partly.out
        letter = await asyncio.to_thread((out / CHOSEN[0]).read_text, "utf-8")
        assert "Querido Zoë" in letter
        assert (out / CHOSEN[1]).exists()
        assert not (out / CHOSEN[2]).exists()

        (source / CHOSEN[2]).unlink()
        whole = await started("translate", str(source), str(out), "--to", "es", BATCH_TRANSLATE_URL=url)
        assert whole.code == 0, whole
        assert "completed: 2 translated" in whole.out
