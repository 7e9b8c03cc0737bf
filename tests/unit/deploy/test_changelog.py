"""The changelog has the form of Keep a Changelog, and its newest version is the project's."""

import re
import tomllib
from datetime import date

from deploy.local.places import ROOT

TEXT = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
#: https://keepachangelog.com/en/1.1.0/
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_newest_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert HEADINGS[0] == "[Unreleased]"
    assert HEADINGS[1].startswith(f"[{project['version']}] - ")


def test_each_version_has_a_number_and_a_day_newest_first() -> None:
    found = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d{2}-\d{2})", line) for line in HEADINGS[1:]]
    assert None not in found
    numbers = [[int(part) for part in each.groups()[:3]] for each in found if each]
    days = [date.fromisoformat(each[4]) for each in found if each]
    assert numbers == sorted(numbers, reverse=True)
    assert days == sorted(days, reverse=True)


def test_each_change_stands_under_a_kind_once_for_each_version() -> None:
    for section in TEXT.split("\n## ")[1:]:
        kinds = re.findall(r"^### (.+)$", section, re.MULTILINE)
        assert set(kinds) <= KINDS
        assert len(kinds) == len(set(kinds))
        assert "\n- " not in section.partition("\n### ")[0]
