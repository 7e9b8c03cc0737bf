"""Office files are zip archives of XML parts. One is read within bounds and written again entry by entry, in
the old order; what was not changed comes out as it was.
"""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO

from libs.translation.errors import PermanentFault

MOST_ENTRIES = 10_000
#: A manual full of pictures has 100 MB. XML shrinks to a tenth, seldom to a fiftieth; more is a bomb.
MOST_UNPACKED = 512 * 1024 * 1024
_LARGEST_PART = 64 * 1024 * 1024
_RATIO = 200
#: Small files may be empty tables that shrink to nothing.
_ALWAYS_ALLOWED = 8 * 1024 * 1024
_IS_ENCRYPTED = 0x1
#: What zipfile raises for archives that are cut, mangled or protected.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)
#: What Office writes around an encrypted file, and what its formats were before 2007.
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Package:
    """Raises `PermanentFault`: ``wrong_content``, ``encrypted``, ``malformed``, ``too_large_unpacked``."""

    def __init__(self, data: bytes) -> None:
        if data.startswith(_COMPOUND_FILE):
            message = "the file is protected by a password, or of a format before 2007"
            raise PermanentFault("encrypted", message)
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except _BROKEN as error:
            code = "malformed" if data.startswith(b"PK") else "wrong_content"
            raise PermanentFault(
                code, f"the file is no zip archive, as its name promises: {error}"
            ) from error
        self._entries = self._zip.infolist()
        self._require_bounds(len(data))
        self.names = [entry.filename for entry in self._entries]
        if len(set(self.names)) < len(self.names):
            raise PermanentFault("malformed", "the archive has two entries of one name")

    def read(self, name: str, most: int = _LARGEST_PART) -> bytes:
        """Never more than the entry says it has, whatever is packed in it."""
        try:
            entry = self._zip.getinfo(name)
            if entry.file_size > most:
                raise PermanentFault("too_large_unpacked", f"{name} has {entry.file_size} bytes unpacked")
            with self._zip.open(entry) as file:
                return file.read(entry.file_size)
        except KeyError as error:
            raise PermanentFault("wrong_content", f"the file has no part {name}") from error
        except _BROKEN as error:
            raise PermanentFault("malformed", f"{name} cannot be unpacked: {error}") from error

    def with_parts(self, changed: Mapping[str, bytes]) -> bytes:
        """The archive with these entries' content changed."""
        file = BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for entry in self._entries:
                name = entry.filename
                content = changed[name] if name in changed else self.read(name, MOST_UNPACKED)
                copy = zipfile.ZipInfo(name, entry.date_time)
                copy.compress_type, copy.external_attr = entry.compress_type, entry.external_attr
                copy.create_system, copy.comment = entry.create_system, entry.comment
                archive.writestr(copy, content)
            archive.comment = self._zip.comment
        return file.getvalue()

    def _require_bounds(self, size: int) -> None:
        if len(self._entries) > MOST_ENTRIES:
            raise PermanentFault("too_large_unpacked", f"the archive has more than {MOST_ENTRIES} entries")
        if any(entry.flag_bits & _IS_ENCRYPTED for entry in self._entries):
            raise PermanentFault("encrypted", "the archive has encrypted entries")
        methods = {entry.compress_type for entry in self._entries}
        if methods - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise PermanentFault("malformed", "the archive is packed in a way that no office program uses")
        unpacked = sum(entry.file_size for entry in self._entries)
        if unpacked > min(MOST_UNPACKED, max(_ALWAYS_ALLOWED, _RATIO * size)):
            raise PermanentFault("too_large_unpacked", f"the archive has {unpacked} bytes unpacked")
