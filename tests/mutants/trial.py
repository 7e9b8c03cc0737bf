"""Run tests in a tree and say how they ended."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from deploy.local.processes import child_environment

#: Longest one test may take, one run of tests, and its tidying up when it took too long (seconds).
_TEST_SECONDS, _RUN_SECONDS, _TIDY_SECONDS = 60, 150.0, 20.0


class Outcome(Enum):
    PASSED = "passed"
    FAILED = "failed"  #: a test said no
    BROKEN = "broken"  #: nobody said anything: not collected, not set up, not ended


@dataclass(frozen=True, slots=True)
class Trial:
    """``failed`` names the tests that failed, ``said`` is all the output."""

    outcome: Outcome
    failed: list[str]
    seconds: float
    said: str


def run_tests(root: Path, tests: Sequence[str]) -> Trial:
    """Run the tests of these node ids in the tree at ``root``, up to the first that fails."""
    options = ["-x", "-q", "-p", "no:cacheprovider", f"--timeout={_TEST_SECONDS}"]
    # CI: a tool that is missing fails. Nothing compiled: a mutant can have the size and the time of another.
    environment = child_environment({"CI": "1", "PYTHONDONTWRITEBYTECODE": "1"})
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        said = _output(process)
    failed = re.findall(r"^FAILED (.+?)(?: - .*)?$", said, re.MULTILINE)
    outcome = Outcome.PASSED if process.returncode == 0 else Outcome.BROKEN
    if process.returncode == 1 and failed:
        outcome = Outcome.FAILED
    return Trial(outcome, failed, time.monotonic() - began, said)


def _output(process: "subprocess.Popen[str]") -> str:
    try:
        return process.communicate(timeout=_RUN_SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)  # pytest then ends what it started
    try:
        return process.communicate(timeout=_TIDY_SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]
