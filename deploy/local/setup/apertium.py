"""The translation engine of the local stack, from the system's packages."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.local.problems import LocalStackError
from deploy.local.setup.commands import announce, run

PAIRS = {
    "apertium-eng-spa": "eng-spa",
    "apertium-spa-cat": "spa-cat",
    "apertium-fr-es": "fr-es",
}
"""Debian package: one of the directions it brings, as `apertium -l` names it."""
PROGRAMS = {"cg3": "cg-proc"}
"""Debian package: a program of it that a pair runs without its package asking for it (Catalan)."""
# The lock of another package manager is waited for; a mirror's hiccup is not the end.
APT_OPTIONS = ("-q", "-y", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3")
SUDO = ("sudo", "-n")
UPDATE_SECONDS = 240.0
INSTALL_SECONDS = 420.0


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    has_apt: bool
    is_root: bool
    sudo_without_password: bool


@dataclass(frozen=True, slots=True)
class Plan:
    update: tuple[str, ...]
    install: tuple[str, ...]


def install() -> bool:
    missing = missing_packages(_directions())
    if not missing:
        return False
    plan = plan_for(_this_system(), missing)
    announce(f"system packages {' '.join(missing)} and what they need, by apt-get")
    try:
        run(plan.update, seconds=UPDATE_SECONDS)
    except LocalStackError as problem:
        # One broken source of packages must not stand in the way: the installation decides.
        announce(f"{problem}, going on with the package lists at hand")
    run(plan.install, seconds=INSTALL_SECONDS)
    if still_missing := missing_packages(_directions()):
        raise LocalStackError(f"apt-get succeeded, but `apertium -l` does not list {' '.join(still_missing)}")
    return True


def missing_packages(directions: Sequence[str]) -> list[str]:
    pairs = [package for package, direction in PAIRS.items() if direction not in directions]
    return pairs + [package for package, program in PROGRAMS.items() if shutil.which(program) is None]


def plan_for(system: System, missing: Sequence[str]) -> Plan:
    """The commands that install `missing` on this system.

    Raises LocalStackError, with what to do instead, where setup must not or cannot install packages.
    """
    if not system.has_apt:
        raise LocalStackError(
            "Apertium is installed from Debian's or Ubuntu's packages, and there is no apt-get here: "
            "run `docker compose up` instead"
        )
    packages = ("--no-install-recommends", *missing)
    if not (system.is_root or system.sudo_without_password):
        line = " ".join(("sudo apt-get update && sudo apt-get install", *packages))
        raise LocalStackError(f"may not install system packages; run this once, then again: {line}")
    rights = () if system.is_root else SUDO
    apt = (*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *APT_OPTIONS)
    return Plan(update=(*apt, "update"), install=(*apt, "install", *packages))


def _this_system() -> System:
    return System(
        has_apt=shutil.which("apt-get") is not None,
        is_root=os.geteuid() == 0,
        sudo_without_password=shutil.which("sudo") is not None and _succeeds([*SUDO, "true"]),
    )


def _directions() -> list[str]:
    """What the installed Apertium can translate, however it came here."""
    if shutil.which("apertium") is None:
        return []
    try:
        listing = subprocess.run(["apertium", "-l"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return listing.stdout.split()


def _succeeds(argv: list[str]) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
