"""Selection: which files a job takes, where their translations go, and that it never reads its own output."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.ledger.records import JobRow
from libs.jobs.selection import chosen, reads_its_own_output, target_name

PATHS = st.text("ade/", max_size=5)


def job(**values: Any) -> JobRow:
    fields = {
        "job_id": "fe5df67dee5e-496229aac5",
        "source_container": "docs",
        "target_container": "docs",
        "source_language": "en",
        "target_languages": ("de",),
        "engine": "copy",
        "created_at": "",
        "updated_at": "",
        **values,
    }
    return JobRow(**fields)


@pytest.mark.parametrize(
    ("values", "name", "taken"),
    [
        ({}, "any/thing.txt", True),
        ({"prefix": "a/"}, "a/b.txt", True),
        ({"prefix": "a/"}, "a.txt", False),
        ({"include": ("*.txt", "*.md")}, "deep/in/a.md", True),
        ({"include": ("*.txt",)}, "a.docx", False),
        ({"include": ("*.txt",)}, "A.TXT", False),
        ({"exclude": ("*/drafts/*",)}, "a/drafts/b.txt", False),
        ({"exclude": ("drafts/*",)}, "a/drafts/b.txt", True),
        ({"include": ("*.txt",), "exclude": ("b*",)}, "b.txt", False),
        ({"include": ("[[]1].txt",)}, "[1].txt", True),
        ({"include": ("a*z",)}, "a\n/z", True),
    ],
    ids=str,
)
def test_a_file_is_taken_if_prefix_and_patterns_want_it(
    values: dict[str, Any], name: str, *, taken: bool
) -> None:
    assert chosen(job(**values), name) is taken


def test_folders_are_kept_and_languages_kept_apart() -> None:
    one, two = job(target_prefix="out/"), job(target_prefix="out/", target_languages=("de", "fr"))
    assert target_name(one, "de", "a/b.txt") == "out/a/b.txt"
    assert target_name(two, "fr", "a/b.txt") == "out/fr/a/b.txt"


@pytest.mark.parametrize(
    ("prefix", "target_prefix", "languages", "reads"),
    [
        ("", "out/", ("de",), True),
        ("docs/", "", ("de",), True),
        ("docs/", "out/", ("de",), False),
        ("docs/", "docs/", ("de",), True),
        ("docs/", "docs-de/", ("de",), False),
        ("docs", "docs-de/", ("de",), True),
        ("aa", "a", ("de",), True),
        ("docs/", "", ("de", "fr"), False),
        ("d", "", ("de", "fr"), True),
        ("f", "", ("de", "fr"), True),
        ("de/", "", ("de", "fr"), True),
    ],
)
def test_a_job_whose_output_would_be_its_source_is_recognised(
    prefix: str, target_prefix: str, languages: tuple[str, ...], *, reads: bool
) -> None:
    assert reads_its_own_output(prefix, target_prefix, languages) is reads


@given(PATHS, PATHS, st.sampled_from([("de",), ("de", "ada")]), PATHS)
def test_output_can_be_a_source_exactly_if_said_so(
    prefix: str, target_prefix: str, languages: tuple[str, ...], rest: str
) -> None:
    it = job(prefix=prefix, target_prefix=target_prefix, target_languages=languages)
    targets = [target_name(it, language, prefix + rest) for language in languages]
    assert reads_its_own_output(prefix, target_prefix, languages) == any(
        chosen(it, target) for target in targets
    )
