"""A document that no program may take for a whole one."""

import zipfile
from io import BytesIO

#: The part without which there is no document.
_HEART = {
    "docx": "word/document.xml",
    "pptx": "ppt/presentation.xml",
    "xlsx": "xl/workbook.xml",
    "odt": "content.xml",
}


def broken(form: str, data: bytes) -> bytes:
    """The document with half of its heart."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, part[: len(part) // 2] if name == _HEART[form] else part)
    return made.getvalue()
