"""The site of `make docs`: every Markdown page of the checkout, as it lies there, with Sphinx and MyST.

The sources begin at the root of the checkout, so that a link means the same here and on a forge. Each warning
is an error (`--fail-on-warning`), so a link to a page, file or heading that is missing fails the build.
"""

import re
import tomllib
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

_ROOT = Path(__file__).resolve().parents[1]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "Batch Translation"
release = _PROJECT["version"]
extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**", "deploy/**/README.md", "tests/corpora/README.md"]
exclude_patterns = [".*", "build", "**/node_modules", "samples"]
html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
#: Headings down to this level have anchors, with the names that forges give them.
myst_heading_anchors = 4
nitpicky = True

_SECTION = re.compile(r"^## (?P<caption>.+)$(?P<body>(?:\n(?!## ).*)*)", re.MULTILINE)
_PAGE = re.compile(r"\]\((?P<page>[^)#:]+)\.md\)")


def setup(app: Sphinx) -> None:
    """Let the index be plain Markdown: the navigation is made of its sections and links."""
    app.connect("source-read", _add_navigation)
    # A forge draws these pictures. The site shows their text, because what draws them is a large script.
    app.add_lexer("mermaid", TextLexer)


def _add_navigation(_: Sphinx, page: str, source: list[str]) -> None:
    if page == root_doc:
        trees = [_tree(found["caption"], found["body"]) for found in _SECTION.finditer(source[0])]
        source[0] += "\n" + "\n".join(trees)


def _tree(caption: str, body: str) -> str:
    pages = "\n".join(dict.fromkeys(found["page"] for found in _PAGE.finditer(body)))
    return f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{pages}\n```\n"
