import sys

from deploy.local.places import ROOT, VENV
from deploy.local.setup.commands import announce, is_current, mark_current, run

LOCK = ROOT / "requirements-dev.lock"
STAMP = VENV / "setup" / LOCK.name
INTERPRETER = VENV / "bin" / "python"
PIP_OPTIONS = [str(INTERPRETER), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
PIP = [*PIP_OPTIONS, "install"]
#: The project itself, as it lies here, for the command `batch-translate`; what builds it is in the lock.
PROJECT = [*PIP, "--no-deps", "--no-build-isolation", "--editable", "."]


def install() -> bool:
    """The project and its environment in `.venv`, with exactly what the lock names. False: it was there."""
    if INTERPRETER.is_file() and is_current(STAMP, LOCK):
        return False
    announce(f"Python packages of {LOCK.name} into {VENV.name}")
    if not INTERPRETER.is_file():
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], seconds=120)
    run(pip_install(LOCK.name), seconds=600)
    run(PROJECT, seconds=120)
    mark_current(STAMP, LOCK)
    return True


def pip_install(lock: str) -> list[str]:
    return [*PIP, "--require-hashes", "--requirement", lock]
