"""`make image-check`: the Dockerfile's steps replayed on this machine, without Docker, and the result tried.

Debian's own Python 3.11 stands in for the one of the image `python`, this machine's Node for that of `node`.
Needs root, and fetches packages as the build of the image would. What it tells is written into
docs/deployment.md.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from deploy.image.build import Build
from deploy.image.checks import check_contents, check_rights
from deploy.image.roots import mounted, size_of
from deploy.image.trial import try_services
from deploy.local.places import ROOT
from deploy.local.problems import LocalStackError
from deploy.local.setup.apt import apt_install, plan_for, this_system

_DOCUMENT = ROOT / "docs" / "deployment.md"
_PLACE = re.compile(r"(?<=<!-- image-check -->\n).*?(?=<!-- /image-check -->)", re.DOTALL)
#: Some 2 GB are used. Open to others, because the image's user has to get through it.
_MEMORY = ["-t", "tmpfs", "-o", "size=6g,mode=755", "tmpfs"]


def main(*folder: str) -> int:
    try:
        if folder:
            _check(Path(*folder))
            return 0
        _prepare()
        return _in_memory()
    except LocalStackError as problem:
        print("\n".join((*problem.lines, f"image-check: {problem}")), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _prepare() -> None:
    if os.geteuid() != 0:
        raise LocalStackError("it builds root file systems and mounts in them: run it as root")
    if shutil.which("debootstrap") is None:
        apt_install(plan_for(this_system(), ["debootstrap"]), ["debootstrap"])


def _in_memory() -> int:
    """The same program with a folder in memory that nobody else sees: whatever ends it, nothing is left."""
    with tempfile.TemporaryDirectory(prefix="image-check-") as folder:
        again = [sys.executable, "-m", "deploy.image", folder]
        return subprocess.run(mounted([[*_MEMORY, folder]], again), check=False).returncode


def _check(folder: Path) -> None:
    begin, lines = monotonic(), list[str]()

    def tell(line: str) -> None:
        lines.append(line)
        print(f"image-check: {line}", flush=True)

    tell(f"{datetime.now(UTC):%Y-%m-%d}, in what stands in for the base images")
    root = Build(folder, tell).run()
    tell(f"size: {size_of(root)} MiB, of which packages {size_of(root / 'opt' / 'venv')} MiB")
    check_contents(root, tell)
    check_rights(root, tell)
    asyncio.run(try_services(root, tell))
    tell(f"all of it held, in {monotonic() - begin:.0f} s")
    told = "\n".join(["```text", *lines, "```", ""])
    _DOCUMENT.write_text(_PLACE.sub(lambda _: told, _DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
