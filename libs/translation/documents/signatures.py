"""Files that are no text, by their first bytes (the WHATWG's MIME Sniffing, APPNOTE.TXT of zip)."""

import re

_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document that is encrypted or of before 2007"),
    (b"\x89PNG\r\n\x1a\n", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"II*\x00", "an image (TIFF)"),
    (b"MM\x00*", "an image (TIFF)"),
    (b"\x00\x00\x01\x00", "an image (icon)"),
    (b"\x1a\x45\xdf\xa3", "a film (Matroska)"),
    (b"\x1f\x8b", "an archive (gzip)"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (b"Rar!\x1a\x07", "an archive (RAR)"),
    (b"\xfd7zXZ\x00", "an archive (xz)"),
    (b"\x28\xb5\x2f\xfd", "an archive (Zstandard)"),
    (b"PK\x05\x06", "an archive (zip) without entries"),
    (b"\x7fELF", "a program (ELF)"),
    (b"SQLite format 3\x00", "a database (SQLite)"),
    (b"\xde\x12\x04\x95", "a compiled catalogue"),
    (b"\x95\x04\x12\xde", "a compiled catalogue"),
)
#: Words that prose may begin with too: they count only for what is no text.
_OF_NO_TEXT = (
    (b"GIF8", "an image (GIF)"),
    (b"ID3", "a sound (MP3)"),
    (b"OggS", "a sound or film (Ogg)"),
    (b"fLaC", "a sound (FLAC)"),
    (b"RIFF", "a sound, film or image (RIFF)"),
    (b"BZh", "an archive (bzip2)"),
    (b"MZ", "a program (Windows)"),
)

#: A local header: 26 bytes of figures between the signature and the length of the name.
_ENTRY = re.compile(rb"PK\x03\x04.{22}(?P<length>.{2}).{2}", re.DOTALL)
#: An entry that is there for who looks at the first bytes only (OpenDocument 1.3, part 2, 3.3).
_MIMETYPE = re.compile(
    rb"mimetype[^PK]{0,40}?(?P<type>application/[A-Za-z0-9.+-]{1,80}?)(?=PK|[^A-Za-z0-9.+-])"
)
_OPEN_DOCUMENT = re.compile(rb"application/vnd\.oasis\.opendocument\.(?:text|presentation)(?:-template)?")
_OFFICE_PARTS = ("[Content_Types].xml", "_rels/", "docProps/")
_OFFICE_FOLDERS = {"word/": "docx", "ppt/": "pptx", "xl/": "xlsx"}


def signature_of(head: bytes) -> str | None:
    """What a file surely is, and no document of ours."""
    if head[4:8] == b"ftyp":
        return "a sound, film or image (MP4)"
    return next((what for mark, what in _SIGNATURES if head.startswith(mark)), None)


def binary_of(head: bytes) -> str:
    """What a file is that is no text."""
    return next((what for mark, what in _OF_NO_TEXT if head.startswith(mark)), "binary data")


def archive_of(head: bytes) -> tuple[str, str]:
    """The name of the format of a zip archive, empty for one of no format, and what it is for people."""
    names = []
    for entry in _ENTRY.finditer(head):
        length = int.from_bytes(entry["length"], "little")
        names.append(head[entry.end() : entry.end() + length].decode("utf-8", "replace"))
    kind = _MIMETYPE.search(head) if names[:1] == ["mimetype"] else None
    if kind is not None:
        is_ours = _OPEN_DOCUMENT.fullmatch(kind["type"])
        return ("odt", "OpenDocument") if is_ours else ("", f"an archive (zip) of {kind['type'].decode()}")
    if any(name.startswith(_OFFICE_PARTS) for name in names):
        for folder, form in _OFFICE_FOLDERS.items():
            if any(name.startswith(folder) for name in names):
                return form, "an Office document"
    return "", "an archive (zip)"
