"""Packages of Debian and Ubuntu, where this system lets us install them."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.local.problems import LocalStackError
from deploy.local.setup.commands import announce, run

# The lock of another package manager is waited for; a mirror's hiccup is not the end.
OPTIONS = ("-q", "-y", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3")
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


def plan_for(system: System, missing: Sequence[str], instead: str = "") -> Plan:
    """The commands that install `missing` on this system.

    Raises LocalStackError, with what to do (`instead`, where there is no apt-get), where setup must not or
    cannot install packages.
    """
    if not system.has_apt:
        raise LocalStackError(
            f"{missing[0]} is installed from Debian's or Ubuntu's packages, and there is no apt-get here: "
            f"{instead}"
        )
    packages = ("--no-install-recommends", *missing)
    if not (system.is_root or system.sudo_without_password):
        line = " ".join(("sudo apt-get update && sudo apt-get install", *packages))
        raise LocalStackError(f"may not install system packages; run this once, then again: {line}")
    rights = () if system.is_root else SUDO
    apt = (*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *OPTIONS)
    return Plan(update=(*apt, "update"), install=(*apt, "install", *packages))


def apt_install(plan: Plan, missing: Sequence[str]) -> None:
    """Raises LocalStackError when the installation fails, with its last lines."""
    announce(f"system packages {' '.join(missing)} and what they need, by apt-get")
    try:
        run(plan.update, seconds=UPDATE_SECONDS)
    except LocalStackError as problem:
        # One broken source of packages must not stand in the way: the installation decides.
        announce(f"{problem}, going on with the package lists at hand")
    run(plan.install, seconds=INSTALL_SECONDS)


def this_system() -> System:
    return System(
        has_apt=shutil.which("apt-get") is not None,
        is_root=os.geteuid() == 0,
        sudo_without_password=shutil.which("sudo") is not None and _succeeds([*SUDO, "true"]),
    )


def _succeeds(argv: list[str]) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
