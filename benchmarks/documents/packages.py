"""The contenders' packages, in a folder behind all others: what the project runs stays what it is."""

import sys

from deploy.local.places import ROOT
from deploy.local.setup.commands import is_current, mark_current, run
from deploy.local.setup.python import pip_install

_LOCK = ROOT / "requirements-contenders.lock"
_FOLDER = ROOT / "build" / "contenders"
_STAMP = _FOLDER / ".setup"


def install() -> None:
    """Raises LocalStackError where they cannot be had."""
    if not is_current(_STAMP, _LOCK):
        run([*pip_install(_LOCK.name), "--no-deps", "--upgrade", "--target", str(_FOLDER)], seconds=300)
        mark_current(_STAMP, _LOCK)
    sys.path.append(str(_FOLDER))
