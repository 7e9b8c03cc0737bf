"""docs/errors.md from the API's table of codes: python -m deploy.error_reference [--check]."""

import sys
from http import HTTPStatus
from pathlib import Path

from services.api.problems import Code

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "errors.md"
_HEAD = """# Errors

Written by `python -m deploy.error_reference` from `services/api/problems.py`.

Every error is `application/problem+json` (RFC 9457): `type`, `title`, `status`, a stable `code`, a `detail`
for people and, for input, the `field` it is about.

| code | status | what to do |
|---|---|---|
"""


def page() -> str:
    rows = [
        f"| `{code.text}` | {code.status} {HTTPStatus(code.status).phrase} | {code.advice} |" for code in Code
    ]
    return _HEAD + "\n".join(rows) + "\n"


def main() -> int:
    """Write the document, or with ``--check`` say whether it is current (exit code 1: it is not)."""
    if "--check" in sys.argv[1:]:
        return int(DOCUMENT.read_text(encoding="utf-8") != page())
    DOCUMENT.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
