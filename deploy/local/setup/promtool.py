"""promtool for the tests of the alerts: out of Debian's package `prometheus`, which is not installed, for it
would start a server.
"""

import shutil
import tempfile
from pathlib import Path

from deploy.local.problems import LocalStackError
from deploy.local.promtool import FETCHED, find_promtool
from deploy.local.setup.apt import UPDATE_SECONDS, plan_for, this_system
from deploy.local.setup.commands import announce, run

PACKAGE = "prometheus"
_FETCH_SECONDS, _UNPACK_SECONDS = 240.0, 60.0


def install() -> bool:
    """Needs no rights. Where it cannot be fetched, it says so and goes on: only the alerts' tests want it."""
    if find_promtool():
        return False
    if shutil.which("apt-get") is None:
        announce("no promtool, the tests of the alerts will be skipped: there is no apt-get here")
        return False
    announce(f"promtool, out of the system's package {PACKAGE}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            _fetch(Path(folder))
    except (LocalStackError, OSError) as problem:
        announce(f"no promtool, the tests of the alerts will be skipped: {problem}")
        return False
    return True


def _fetch(folder: Path) -> None:
    download = ("apt-get", "download", PACKAGE)
    try:
        run(download, seconds=_FETCH_SECONDS, cwd=folder)
    except LocalStackError:  # the lists of packages may be missing, or old
        run(plan_for(this_system(), [PACKAGE]).update, seconds=UPDATE_SECONDS)
        run(download, seconds=_FETCH_SECONDS, cwd=folder)
    (package,) = folder.glob("*.deb")
    unpacked = folder / "unpacked"
    run(["dpkg-deb", "-x", str(package), str(unpacked)], seconds=_UNPACK_SECONDS)
    program = unpacked / "usr" / "bin" / "promtool"
    run([str(program), "--version"], seconds=_UNPACK_SECONDS)
    FETCHED.parent.mkdir(exist_ok=True)
    shutil.copy2(program, FETCHED)
