"""What the check reports: printed as it happens, and written into docs/deployment.md after a whole run."""

import re
from datetime import UTC, datetime
from time import monotonic

from deploy.local.places import ROOT

DOCUMENT = ROOT / "docs" / "deployment.md"
_PLACE = re.compile(r"(?<=<!-- cluster-check -->\n).*?(?=<!-- /cluster-check -->)", re.DOTALL)


class Report:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._began = monotonic()

    def say(self, line: str) -> None:
        self._lines.append(line)
        print(f"cluster-check: {line}", flush=True)

    def begin(self, stage: str) -> None:
        self.say(f"{datetime.now(UTC):%Y-%m-%d}, {stage}")

    def end(self) -> None:
        self.say(f"all of it held, in {monotonic() - self._began:.0f} s")

    def write(self) -> None:
        block = "\n".join(["```text", *self._lines, "```", ""])
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(_PLACE.sub(lambda _: block, text), encoding="utf-8")
