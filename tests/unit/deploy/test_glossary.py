"""The glossary names classes that exist, and each word once."""

import ast
import re

from deploy.local.places import ROOT

PAGE = ROOT / "docs" / "reference" / "glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| word ")
]


def classes_of_the_code() -> set[str]:
    modules = [path for top in ("libs", "services") for path in (ROOT / top).rglob("*.py")]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in modules]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def test_each_class_of_the_glossary_is_in_the_code() -> None:
    named = [name for row in ROWS for name in re.findall(r"`(\w+)`", row[3])]
    assert len(named) > 30
    assert sorted(set(named) - classes_of_the_code()) == [], (
        "name the new class in docs/reference/glossary.md"
    )


def test_each_word_has_one_line_and_a_meaning() -> None:
    words = [row[0] for row in ROWS]
    assert len(words) >= 40
    assert len(words) == len(set(words))
    assert [row for row in ROWS if len(row) != 4 or not row[1]] == []
