"""`make setup`: everything the local stack and the tests need, each part once.

With `--browser` Chromium too, which only tests and screenshots need; with `--corpora` the real documents that
tests and a benchmark read; with `--rules` promtool, which tests of alerts need; with `--office` LibreOffice,
which opens what `make test-office` wrote.

Runs with nothing but the standard library, because it is what installs the rest. Each part is skipped
while what it installed last came from the same lock.
"""

import sys
from collections.abc import Callable
from time import monotonic

OLDEST_PYTHON = (3, 11)


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:2]))
        print(f"setup: needs Python 3.11 or newer, this is {found}: try PYTHON=python3.11", file=sys.stderr)
        return 1
    # Imported late: older Pythons cannot even read these modules.
    from deploy.local.problems import LocalStackError  # noqa: PLC0415
    from deploy.local.setup import (  # noqa: PLC0415
        apertium,
        chromium,
        corpora,
        emulator,
        libreoffice,
        promtool,
        python,
    )

    try:
        done = [_timed(part) for part in (python.install, emulator.install_node, emulator.install_azurite)]
        done.append(_timed(apertium.install))
        asked = (
            ("--browser", chromium),
            ("--corpora", corpora),
            ("--rules", promtool),
            ("--office", libreoffice),
        )
        done += [_timed(part.install) for option, part in asked if option in sys.argv[1:]]
    except LocalStackError as problem:
        print("\n".join((*problem.lines, f"setup: {problem}")), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if not any(done):
        print("setup: everything is there")
    return 0


def _timed(part: Callable[[], bool]) -> bool:
    begin = monotonic()
    did_something = part()
    if did_something:
        print(f"setup: done in {monotonic() - begin:.0f} s", flush=True)
    return did_something


if __name__ == "__main__":
    sys.exit(main())
