"""Chromium: which one of the machine, and how it is started for tests and screenshots."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--disable-background-networking",  # nothing is looked up that a page did not ask for
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """The program, None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def flags() -> list[str]:
    """Command line flags for a Chromium that sees pages of loopback alone."""
    # Chromium refuses its sandbox to root, as which containers and build machines run it.
    return [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
