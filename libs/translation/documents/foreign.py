"""Names of files that are never looked into: whatever is in them, no format here translates it.

Only kinds of which that is sure. A file of any other name that no format knows is told by its content.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

#: Source code and configuration are text, and would be taken for prose.
_EXTENSIONS: Mapping[str, str] = {
    "an image": (
        ".png .jpg .jpeg .jpe .gif .bmp .tif .tiff .webp .heic .avif .ico .icns .svg .svgz .psd .ai "
        ".eps .xcf .raw .cr2 .nef .dng .emf .wmf"
    ),
    "a sound": ".mp3 .wav .flac .ogg .oga .opus .m4a .aac .wma .aif .aiff .mid .midi",
    "a film": ".mp4 .m4v .mov .avi .mkv .webm .wmv .mpg .mpeg .flv .3gp .ogv",
    "an archive": (
        ".zip .gz .tgz .bz2 .xz .zst .lz4 .7z .rar .tar .cab .jar .war .apk .whl .deb .rpm .iso .dmg"
    ),
    "a font": ".ttf .otf .ttc .woff .woff2 .eot",
    "a program": ".exe .dll .so .dylib .msi .class .lib .pyc .wasm .bin",
    "a PDF document": ".pdf .xps",
    "an Office document of before 2007": ".doc .dot .xls .xlt .ppt .pps .mpp .vsd .pub .xlsb .one",
    "an OpenDocument sheet or drawing": ".ods .ots .odg .otg .odf .odb",
    "a book": ".epub .mobi .azw3 .pages .indd .idml",
    "rich text": ".rtf",
    "a mail": ".eml .msg .mbox .pst .ics .vcf",
    "a database": (".db .sqlite .sqlite3 .mdb .accdb .dbf .parquet .avro .orc .feather .h5 .npy .npz .pkl"),
    "source code": (
        ".py .pyi .ipynb .js .mjs .cjs .jsx .ts .tsx .vue .svelte .css .scss .sass .less .java .kt "
        ".scala .groovy .c .h .cc .cpp .cxx .hpp .cs .fs .vb .go .rs .rb .php .pl .pm .lua .swift "
        ".dart .sh .bash .zsh .fish .ps1 .bat .cmd .sql .jl .hs .clj .ex .exs .erl .asm .tf .proto "
        ".gradle .cmake .mk .map .wat"
    ),
    "configuration": (
        ".yaml .yml .toml .ini .cfg .conf .config .env .properties .plist .lock .editorconfig .reg "
        ".service .desktop .dtd .xsd .xsl .xslt"
    ),
    "a log": ".log",
    "markup that no format here reads": ".tex .bib .rst .adoc .asciidoc .org .textile .mediawiki .pod",
    "a key or certificate": ".pem .key .crt .cer .csr .der .p12 .pfx .jks .gpg .pgp .asc .sig",
    "a compiled catalogue": ".mo .gmo",
}
_BY_EXTENSION = {extension: kind for kind, names in _EXTENSIONS.items() for extension in names.split()}
_SOURCE_CODE = frozenset({"makefile", "dockerfile", "jenkinsfile", "vagrantfile", "gemfile", "rakefile"})

#: For who asks what is not looked into.
FOREIGN_EXTENSIONS = tuple(sorted(_BY_EXTENSION))


def foreign_kind(name: str) -> str | None:
    """What a file or blob surely is by its name, `an image (.png)`; None where its content has to tell.

    For names that have no format: `.github/readme.md` is Markdown, `.github/CODEOWNERS` a hidden file.
    """
    path = PurePosixPath(name)
    extension = path.suffix.lower()
    kind = _BY_EXTENSION.get(extension)
    if kind is not None:
        return f"{kind} ({extension})"
    if path.name.lower() in _SOURCE_CODE:
        return f"source code ({path.name})"
    return "a hidden file" if any(part.startswith(".") for part in path.parts) else None
