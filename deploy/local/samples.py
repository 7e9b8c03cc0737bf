"""`make samples`: the large, packed and oddly encoded documents under samples/, always the same bytes.

The short texts are written by hand and may be edited as UTF-8: this puts each back into the encoding it
stands for.
"""

import io
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.local.places import HERE, SAMPLES

CHAPTERS = 68
ENCODED = {
    "letters/the-stolen-bicycle.txt": "latin-1",
    "museum/welcome.txt": "utf-16",
    "notes/errands.txt": "utf-8-sig",
}
CRLF = "notes/minutes-2026-03-12.txt"
EMPTY = "notes/ideas.txt"
HANDBOOK = "handbook/volunteers-handbook.txt"
NOT_A_TEXT = "archive/customers-1998.txt"
"""A database export that somebody renamed: the one document that nobody can translate."""
OFFICE = (
    "letters/to-the-council.odt",
    "museum/guided-tour.docx",
    "museum/opening-evening.pptx",
    "product/prices-2026.xlsx",
)
"""Their parts are in deploy/local/office/, each document's in a folder of its name."""
#: What a program that reads the beginning only wants to see there: OpenDocument's kind, Office's contents.
_FIRST_PARTS = ("mimetype", "[Content_Types].xml")


def main() -> int:
    for name, content in generated(SAMPLES).items():
        path = SAMPLES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"{len(content):>8,} bytes  samples/{name}")
    return 0


def generated(folder: Path) -> dict[str, bytes]:
    """Content by name of every document that is made, not merely kept."""
    made = {
        HANDBOOK: handbook().encode(),
        NOT_A_TEXT: database_export(),
        EMPTY: b"",
        CRLF: _read(folder / CRLF, "utf-8").replace("\n", "\r\n").encode(),
    }
    for name in OFFICE:
        made[name] = office_document(HERE / "office" / Path(name).name)
    for name, encoding in ENCODED.items():
        made[name] = _encode(_read(folder / name, encoding), encoding)
    return made


def documents() -> dict[str, bytes]:
    """Every document under samples/ by its path there. Hidden files are not documents."""
    paths = sorted(path for path in SAMPLES.rglob("*") if path.is_file() and path.name[0] != ".")
    return {path.relative_to(SAMPLES).as_posix(): path.read_bytes() for path in paths}


def handbook() -> str:
    """About 200 KB of text that a person can read: a chapter for each branch of a library."""
    with (HERE / "handbook.toml").open("rb") as file:
        text = tomllib.load(file)
    blocks = [text["title"], text["introduction"].strip()]
    for chapter in range(CHAPTERS):
        blocks += _chapter(text, chapter)
    return "\n\n".join(blocks) + "\n"


def database_export() -> bytes:
    """Fixed-length records as an old program kept them: a header, packed numbers, deleted rows, no text."""
    header = b"\x03\x62\x07\x1f\x40\x00\x00\x00\xc1\x00\x48\x00" + bytes(20)
    records = (
        b"\x2a\x00\xff"[number % 3 : number % 3 + 1]
        + (number * 2_654_435_761 % 2**32).to_bytes(4, "little")
        + bytes((number * step + 128) % 256 for step in range(1, 33))
        for number in range(64)
    )
    return header + b"".join(records) + b"\x1a"


def office_document(folder: Path) -> bytes:
    """The parts in a folder as one file. Not packed, and without times, so that its bytes never change."""
    parts = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(parts, key=lambda name: (name not in _FIRST_PARTS, name)):
            archive.writestr(zipfile.ZipInfo(name), parts[name].read_bytes())
    return file.getvalue()


def _chapter(text: Mapping[str, Any], chapter: int) -> Iterator[str]:
    facts = _facts(text, chapter)
    heading = f"CHAPTER {chapter + 1}: {facts['quarter']}, {facts['street']}".upper()
    yield f"{heading}\n{'-' * len(heading)}"
    for number, topic in enumerate(text["topic"]):
        variants = topic["variants"]
        paragraph = variants[(chapter + chapter // 3 * number + number) % len(variants)]
        yield f"{chapter + 1}.{number + 1} {topic['name']}\n\n{paragraph.format(**facts)}"


def _facts(text: Mapping[str, Any], chapter: int) -> dict[str, object]:
    lists = {
        "street": "streets",
        "quarter": "quarters",
        "keeper": "keepers",
        "animal": "animals",
        "house": "houses",
        "day": "days",
        "closing": "closings",
        "collection": "collections",
    }
    words: dict[str, object] = {slot: text[name][chapter % len(text[name])] for slot, name in lists.items()}
    return words | {
        "number": chapter * 7 % 90 + 1,
        "age": chapter * 5 % 60 + 12,
        "limit": chapter * 3 % 9 + 6,
        "fine": chapter % 4 * 5 + 5,
        "float": chapter % 5 * 10 + 20,
        "stock": (chapter % 7 + 2) * 150,
        "class": chapter % 8 + 17,
        "record": chapter * 11 % 200 + 180,
        "phone": f"{chapter * 137 % 9000 + 1000}",
        "mail": f"branch{chapter + 1:02}@libraries.example.org",
    }


def _read(path: Path, encoding: str) -> str:
    """The text with plain line ends, whether it is still in its encoding or was saved as UTF-8."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode(encoding)
    return text.replace("\r\n", "\n")


def _encode(text: str, encoding: str) -> bytes:
    # Python's utf-16 follows the machine's byte order: the samples do not.
    return b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16" else text.encode(encoding)


if __name__ == "__main__":
    sys.exit(main())
