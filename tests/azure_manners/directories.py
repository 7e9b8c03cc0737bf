"""The directories of a hierarchical namespace (Azure Data Lake Storage Gen2), kept as blobs in Azurite.

In such an account each folder of a name exists: as an empty blob with the metadata ``hdi_isfolder``, which
listings give beside the files, marked in their ``ResourceType``. A file cannot take a directory's place, nor
stand above another file: both are refused with ``ResourceTypeMismatch``.
"""

from xml.etree import ElementTree as ET

from azure.storage.blob.aio import BlobServiceClient

_METADATA = {"hdi_isfolder": "true"}


class Directories:
    """What is known of names that were written through the proxy."""

    def __init__(self, upstream: BlobServiceClient) -> None:
        self._upstream = upstream
        self._made: set[tuple[str, str]] = set()
        self._files: set[tuple[str, str]] = set()

    def is_in_the_way(self, container: str, name: str) -> bool:
        """Whether a file cannot have this name."""
        return (container, name) in self._made or any(
            (container, parent) in self._files for parent in parents(name)
        )

    async def make(self, container: str, name: str) -> None:
        """The directories above a file."""
        self._files.add((container, name))
        for parent in parents(name):
            if (container, parent) not in self._made:
                self._made.add((container, parent))
                blob = self._upstream.get_blob_client(container, parent)
                await blob.upload_blob(b"", overwrite=True, metadata=_METADATA)

    def marked(self, container: str, listing: bytes) -> tuple[bytes, int]:
        """A listing with the kind of each entry, and how many directories it holds."""
        root = ET.fromstring(listing)
        found = 0
        for blob in root.iter("Blob"):
            is_directory = (container, blob.findtext("Name", "")) in self._made
            properties = blob.find("Properties")
            if properties is not None:
                kind = ET.SubElement(properties, "ResourceType")
                kind.text = "directory" if is_directory else "file"
            found += is_directory
        return ET.tostring(root, encoding="utf-8", xml_declaration=True), found


def parents(name: str) -> list[str]:
    """``a`` and ``a/b`` of ``a/b/c``."""
    parts = name.split("/")
    found = ["/".join(parts[:end]) for end in range(1, len(parts))]
    return [parent for parent in found if parent.strip("/")]
