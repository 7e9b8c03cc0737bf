"""Known vulnerabilities of what is locked: python -m deploy.audit [lock].

pip-audit by itself ends well when its service knows nothing of a package, or is not the service at all. Here
that is a failure of its own. Exit code 1: something is known to be vulnerable; 2: not all was looked up.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.local.places import ROOT

LOCK = ROOT / "requirements.lock"
#: For all look-ups together (seconds).
_SECONDS = 300
_COMMAND = ("-m", "pip_audit", "--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off")


def main(arguments: Sequence[str]) -> int:
    lock = Path(arguments[0]) if arguments else LOCK
    command = (sys.executable, *_COMMAND, "--requirement", str(lock))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return _unknown(f"no answer in {_SECONDS} s")
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return _unknown((done.stderr.strip().splitlines() or ["no report"])[-1])
    return judge(found)


def judge(dependencies: Sequence[dict[str, Any]]) -> int:
    """Say what a report of pip-audit comes to; gives the exit code."""
    vulnerable = [one for one in dependencies if one.get("vulns")]
    for one in vulnerable:
        for known in one["vulns"]:
            mended = ", ".join(known.get("fix_versions", [])) or "no version"
            print(f"{one['name']} {one['version']}: {known['id']}, mended in {mended}")
    skipped = [one["name"] for one in dependencies if "skip_reason" in one]
    if vulnerable:
        return 1
    if skipped or not dependencies:
        return _unknown(f"{len(skipped)} of {len(dependencies)} packages could not be looked up")
    print(f"{len(dependencies)} packages, nothing is known against any of them")
    return 0


def _unknown(why: str) -> int:
    print(f"NOT AUDITED: {why}. Run it where the service of pip-audit can be reached.")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
