"""Running installers: bounded, and short when they fail."""

import hashlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.places import ROOT
from deploy.local.problems import LocalStackError

SHOWN_LINES = 15


def announce(what: str) -> None:
    print(f"setup: {what}", flush=True)


def run(
    argv: Sequence[str], *, seconds: float, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> None:
    """Runs an installer to its end, quietly.

    Raises LocalStackError with its last lines when it fails, cannot be started or takes more than `seconds`.
    """
    short = " ".join([Path(argv[0]).name, *argv[1:3]])
    try:
        # A group of its own: what it started ends with it when the time is up.
        child = subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise LocalStackError(f"`{short}` cannot be started: {error.strerror}") from error
    with child:
        try:
            output, _ = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(child)
            raise LocalStackError(f"`{short}` took more than {seconds:g} s and was ended") from None
        except BaseException:
            _end(child)
            raise
    if child.returncode != 0:
        lines = output.strip().splitlines()[-SHOWN_LINES:]
        raise LocalStackError(f"`{short}` failed with exit code {child.returncode}", lines)


def is_current(stamp: Path, lock: Path) -> bool:
    """Whether the last complete installation came from this very lock."""
    return stamp.is_file() and stamp.read_text() == _digest(lock)


def mark_current(stamp: Path, lock: Path) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(_digest(lock))


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _end(child: "subprocess.Popen[str]") -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except PermissionError:  # sudo's child is root's: it ends by itself
        child.kill()
