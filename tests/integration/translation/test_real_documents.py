"""Real resources and office files: those that installed packages bring along."""

import sysconfig
from collections import Counter
from functools import cache
from pathlib import Path

from libs.translation.documents import format_of
from libs.translation.segments import Segment, Text

PLACES = (
    Path(sysconfig.get_path("purelib")),
    Path(__file__).parents[3] / "deploy" / "local" / "node_modules",
    Path("/usr/share"),
)
KINDS = ("json", "csv", "tsv", "srt", "vtt", "po", "pot", "xlf", "docx", "pptx", "xlsx", "odt")
#: Larger ones add time and no kinds of content.
LARGEST = 30_000
MOST_OF_A_KIND = 40
NEEDED = 40


@cache
def documents() -> tuple[Path, ...]:
    """Different ones, the same on every run of a machine."""
    found: list[Path] = []
    for kind in KINDS:
        different: dict[bytes, Path] = {}
        for path in sorted(path for place in PLACES for path in place.rglob(f"*.{kind}")):
            if len(different) < MOST_OF_A_KIND and path.is_file() and path.stat().st_size <= LARGEST:
                different.setdefault(path.read_bytes(), path)
        found += different.values()
    assert len(found) >= NEEDED, f"there are only {len(found)} in {', '.join(map(str, PLACES))}"
    return tuple(found)


def upper(segment: Segment) -> Segment:
    return tuple(Text(token.text.upper()) if isinstance(token, Text) else token for token in segment)


def test_real_documents_come_back_whole() -> None:
    """Byte for byte if nothing changes; with other words they pass the comparison of their shape."""
    for path in documents():
        data, form = path.read_bytes(), format_of(path.name)
        assert form is not None
        document = form.parse(data, "en")
        assert document.render(document.segments) == data, path
        form.parse(document.render([upper(segment) for segment in document.segments]), "en")
    print(f"{len(documents())} documents, {dict(Counter(path.suffix for path in documents()))}")
