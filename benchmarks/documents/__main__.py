"""python -m benchmarks.documents: formats beside the obvious alternatives, in one run, on real documents."""

import argparse
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.documents import packages, programs
from benchmarks.documents.contender import Contender, one_by_one
from benchmarks.documents.race import Result, race
from deploy.local.setup import corpora
from libs.translation.documents import FORMATS
from libs.translation.documents.document import DocumentFormat, Original
from libs.translation.segments import Standalone, Text, Token, text_of
from tests.corpora.documents import documents, spread
from tests.unit.translation.rewording import again

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks-documents.md"
_OURS = "this project"
_HEAD = """# Benchmarks of the formats

Written by `make bench-documents`: each format of this project beside the libraries and programs that come \
to mind first, over the same real documents (`tests/corpora/README.md`). Each reads a document and writes \
it again without a translation. Ours writes every text anew with its own words: without that it gives back \
what it got. (A gettext entry whose translation would be its source stays empty.)

Seconds are of the CPU, programs' included, the median of {rounds} rounds in turn; only ratios mean \
something. Of {most} documents of a format at most:

- *failed*: never came back (three .srt and one .odt are no such documents, on purpose);
- *bytes*: came back, and differ in a byte;
- *content*: differ in what a reader of neither side finds: words, values, rows, tags and attributes in \
order; of archives all words of all parts but layouts and masters;
- *parts*: of archives, those that are gone from them, over all documents;
- *words offered*: of archives, the share of all these words that is offered for translation, where that \
can be asked. Ours leaves out placeholders, code (a manual of an API is among the .odt), fields, addresses.
"""
_LOSSES = ("failed", "bytes", "content", "parts", "words offered")
_ROW = "| {} | {} | {} | {:.0f} | {:.2f} | {} | {} | {} | {} | {} | {} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.documents", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=40, help="documents of a format")
    given = parser.parse_args()
    if not corpora.are_current():
        print("the collection of real documents is missing: run make setup SETUP=--corpora")
        return 1
    packages.install()
    lines: list[str] = []
    for form in FORMATS:
        reals = spread(documents()[form.name], given.most)
        for line in _lines(form.name, race(form.name, list(_contenders(form)), reals, given.rounds)):
            print(line, flush=True)
            lines.append(line)
    _DOCUMENT.write_text(_document(lines, given.rounds, given.most), encoding="utf-8")
    return 0


def _contenders(form: DocumentFormat) -> Iterator[Contender]:
    from benchmarks.documents import libraries  # noqa: PLC0415 - its packages are there only now

    others: Mapping[str, Sequence[Contender]] = libraries.contenders()
    yield Contender(_OURS, one_by_one(partial(_ours, form)), partial(_our_texts, form))
    yield from others.get(form.name, ())
    yield from programs.contenders(form.name)


def _ours(form: DocumentFormat, data: bytes) -> bytes:
    document = Original(form, data, "en", {}).taken_apart()
    return document.render([again(segment) for segment in document.segments])


def _our_texts(form: DocumentFormat, data: bytes) -> list[str]:
    document = Original(form, data, "en", {}).taken_apart()
    return [text_of(tuple(map(_shown, segment))) for segment in document.segments]


def _shown(token: Token) -> Token:
    """A tab or a field ends a word, a change of the format does not."""
    return Text(" ") if isinstance(token, Standalone) else token


def _lines(form: str, results: Sequence[Result]) -> Iterator[str]:
    ours = results[0].seconds
    for result in results:
        yield _ROW.format(
            form,
            result.contender,
            result.files,
            result.files / result.seconds,
            result.size / result.seconds / 1e6,
            f"{result.seconds / ours:.2g}",
            result.failed,
            result.changed,
            result.other,
            "" if result.parts is None else result.parts,
            "" if result.found is None else f"{result.found:.0%}",
        )


def _document(lines: Sequence[str], rounds: int, most: int) -> str:
    made = (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}."
    )
    columns = ("format", "", "files", "files/s", "MB/s", "time, ours = 1", *_LOSSES)
    head = f"| {' | '.join(columns)} |"
    rule = "|---|---|" + "---:|" * (len(columns) - 2)
    return "\n".join([_HEAD.format(rounds=rounds, most=most), head, rule, *lines, "", made, ""])


if __name__ == "__main__":
    sys.exit(main())
