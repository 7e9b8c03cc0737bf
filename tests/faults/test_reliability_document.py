"""The promises that docs/reliability.md makes are held by tests that exist."""

import re

from deploy.local.places import ROOT

_PROMISE = re.compile(r"`(tests/[\w/]+\.py)`::`(test_\w+)`")


def test_every_test_named_in_the_document_exists() -> None:
    named = _PROMISE.findall((ROOT / "docs" / "reliability.md").read_text("utf-8"))
    assert named
    missing = [
        f"{path}::{test}" for path, test in named if f"def {test}(" not in (ROOT / path).read_text("utf-8")
    ]
    assert missing == []
