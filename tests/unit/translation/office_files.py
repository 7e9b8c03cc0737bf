"""Office files made by hand, as small as they can be."""

import zipfile
from collections import Counter
from collections.abc import Mapping
from io import BytesIO

from lxml import etree

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def part(data: bytes, name: str) -> str:
    return unzipped(data)[name].decode()


def docx(body: str, **others: str) -> bytes:
    document = (
        f'<?xml version="1.0"?>\n<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}</w:body></w:document>'
    )
    parts: dict[str, str | bytes] = {"[Content_Types].xml": "<Types/>", "word/document.xml": document}
    return zipped({**parts, "word/media/a.png": b"\x89PNG", **others})


def elements(data: bytes, name: str, *left_out: str) -> Counter[str]:
    """How many of each element a part has, those apart that come and go with the words."""
    root = etree.fromstring(unzipped(data)[name])
    names = (etree.QName(element).localname for element in root.iter(etree.Element))
    return Counter(name for name in names if name not in left_out)


def words(data: bytes, name: str) -> list[str]:
    """All of a part's words, sorted."""
    root = etree.fromstring(unzipped(data)[name])
    return sorted(" ".join(map(str, root.itertext())).split())
