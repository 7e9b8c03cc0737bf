"""The translation engine of the local stack, from the system's packages."""

import shutil
import subprocess
from collections.abc import Sequence

from deploy.local.problems import LocalStackError
from deploy.local.setup.apt import apt_install, plan_for, this_system

PAIRS = {
    "apertium-eng-spa": "eng-spa",
    "apertium-spa-cat": "spa-cat",
    "apertium-fr-es": "fr-es",
}
"""Debian package: one of the directions it brings, as `apertium -l` names it."""
PROGRAMS = {"cg3": "cg-proc"}
"""Debian package: a program of it that a pair runs without its package asking for it (Catalan)."""


def install() -> bool:
    missing = missing_packages(_directions())
    if not missing:
        return False
    plan = plan_for(this_system(), missing, "run `docker compose up` instead")
    apt_install(plan, missing)
    if still_missing := missing_packages(_directions()):
        raise LocalStackError(f"apt-get succeeded, but `apertium -l` does not list {' '.join(still_missing)}")
    return True


def missing_packages(directions: Sequence[str]) -> list[str]:
    pairs = [package for package, direction in PAIRS.items() if direction not in directions]
    return pairs + [package for package, program in PROGRAMS.items() if shutil.which(program) is None]


def _directions() -> list[str]:
    """What the installed Apertium can translate, however it came here."""
    if shutil.which("apertium") is None:
        return []
    try:
        listing = subprocess.run(["apertium", "-l"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return listing.stdout.split()
