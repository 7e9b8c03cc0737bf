"""promtool, which checks Prometheus' rules: the machine's own, or the one that `make setup` fetched."""

import shutil

from deploy.local.places import HERE

FETCHED = HERE / "tools" / "promtool"


def find_promtool() -> str | None:
    """The program, None where there is none."""
    return str(FETCHED) if FETCHED.is_file() else shutil.which("promtool")
