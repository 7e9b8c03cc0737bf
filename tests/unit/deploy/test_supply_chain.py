"""What comes from elsewhere: pinned by hash, under licences looked at, audited or said not to be."""

import re
from typing import Any

import pytest

from deploy import audit, licences
from deploy.local.places import ROOT

PINNED = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)==\S+(?: ;[^\\\n]*)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+",
    re.MULTILINE,
)
LOCKS = sorted([*ROOT.glob("requirements*.lock"), *ROOT.glob("benchmarks/requirements*.lock")])


@pytest.mark.parametrize("name", [str(lock.relative_to(ROOT)) for lock in LOCKS])
def test_every_package_is_locked_to_its_bytes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    stated = re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:==|\[| @)", text, re.MULTILINE)
    assert stated
    assert PINNED.findall(text) == stated


def test_the_list_of_licences_is_current_and_each_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert licences.main(["--check"]) == 0, capsys.readouterr().out + "run: make licences"
    listed = licences.DOCUMENT.read_text(encoding="utf-8")
    everywhere = re.findall(r"^([a-z0-9][a-z0-9._-]*)==\S+ \\$", licences.LOCK.read_text(), re.MULTILINE)
    assert [name for name in everywhere if f"| {name} |" not in listed] == []


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("MIT License; GNU Affero General Public License v3", False),
        ("UNKNOWN", False),
        ("", False),
    ],
)
def test_a_licence_that_nobody_allowed_is_named(licence: str, allowed: bool) -> None:
    assert (licences.Package("some", "1", licence).fault is None) is allowed


def test_a_package_that_was_looked_at_may_have_another_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licences, "EXCEPTIONS", {"looked-at": "LGPL: used as it is published"})
    assert licences.Package("looked-at", "1", "LGPL").fault is None
    assert licences.Package("another", "1", "LGPL").fault is not None


CLEAN = {"name": "a", "version": "1", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "not there"}
FOUND = {"name": "a", "version": "1", "vulns": [{"id": "CVE-0-0", "fix_versions": ["2"]}]}


@pytest.mark.parametrize(
    ("report", "code", "said"),
    [
        ([CLEAN], 0, "nothing is known"),
        ([FOUND], 1, "a 1: CVE-0-0, mended in 2"),
        (
            [{"name": "a", "version": "1", "vulns": []}, SKIPPED],
            2,
            "NOT AUDITED: 1 of 2",
        ),
        ([FOUND, SKIPPED], 1, "CVE-0-0"),
        ([], 2, "NOT AUDITED"),
    ],
    ids=["clean", "vulnerable", "one unknown", "both", "nothing"],
)
def test_an_audit_that_did_not_happen_is_no_success(
    report: list[dict[str, Any]], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.judge(report) == code
    assert said in capsys.readouterr().out
