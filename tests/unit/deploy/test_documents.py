"""What the documents say about the code is compared with the code."""

import re

import pytest

from deploy.local.places import ROOT
from libs.common.ledger.records import TRANSITIONS

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CODE_MAP = (ROOT / "docs" / "code-map.md").read_text(encoding="utf-8")
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]


def test_the_printed_transitions_are_those_of_the_code() -> None:
    section = ARCHITECTURE.partition("## The life of a job")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|.*\|(.*)\|$", section, re.MULTILINE)
    printed = {status: set(re.findall(r"`(\w+)`", ways)) for status, ways in rows}
    assert printed == {status.value: {way.value for way in ways} for status, ways in TRANSITIONS.items()}, (
        "docs/architecture.md and TRANSITIONS differ"
    )


def test_the_code_map_names_every_module() -> None:
    printed = set(re.findall(r"^\| `((?:libs|services)/[^`]+\.py)` \|", CODE_MAP, re.MULTILINE))
    modules = (path for top in ("libs", "services") for path in (ROOT / top).rglob("*.py"))
    found = {str(path.relative_to(ROOT)) for path in modules if path.name != "__init__.py"}
    assert found - printed == set(), "add a line to docs/code-map.md for each"
    assert printed - found == set(), "take the line of each out of docs/code-map.md"


@pytest.mark.parametrize("name", NAMES)
def test_every_path_named_in_a_document_exists(name: str) -> None:
    document = ROOT / name
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:libs|services|deploy|tests|docs|samples)/[\w./-]*)`", text)
    linked = re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", text)
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [path for path in linked if not (document.parent / path).exists()]
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_every_make_command_named_in_a_document_is_a_target(name: str) -> None:
    targets = re.findall(r"^([\w-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"(?:`|^)make ([\w-]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= set(targets)
