"""The browser of the browser tests and of `make screenshots`, from the system's packages."""

from deploy.local.chromium import find_chromium
from deploy.local.problems import LocalStackError
from deploy.local.setup.apt import apt_install, plan_for, this_system
from deploy.local.setup.commands import announce

PACKAGES = ("chromium", "fonts-liberation")
"""Chromium itself, and letters to draw: it asks for no fonts of its own."""


def install() -> bool:
    """Where packages cannot be installed, it says so and goes on: all other tests need no browser."""
    if find_chromium():
        return False
    try:
        plan = plan_for(this_system(), PACKAGES, "install Chromium yourself")
    except LocalStackError as problem:
        announce(f"no Chromium, the browser tests will be skipped: {problem}")
        return False
    apt_install(plan, PACKAGES)
    if not find_chromium():
        raise LocalStackError("apt-get succeeded, but there is no chromium")
    return True
