"""XML as elements that know where they stand in their text, for who changes a part of it and leaves every
other character as it is. Only for what `trees.tree.parsed` has read: of well-formed XML a few patterns find
all marks.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from libs.translation.errors import PermanentFault

#: https://www.w3.org/TR/xml/: what begins with < or & outside of a tag, a section of characters being none.
_MARK = re.compile(
    r"""(?P<characters><!\[CDATA\[.*?\]\]>)
      | (?P<alone><!--.*?--> | <\?.*?\?> | &(?!(?:lt|gt|amp|quot|apos);|\#)[^;<&]{1,1000};
        | <!DOCTYPE(?:[^\[>"']++|"[^"]*+"|'[^']*+'
            |\[(?:[^\]"'<]++|"[^"]*+"|'[^']*+'|<!--.*?-->|<\?.*?\?>|<)*+\])*+>)
      | </[^>]*+>
      | <(?P<name>[^\s/>!?]++)(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""",
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""\s(?P<name>[^\s=]++)\s*+=\s*+(?P<value>"[^"]*+"|'[^']*+')""")
_NAME = re.compile(r"[^\s/>]++")
_LINE_END = re.compile(r"\r\n|\r|\n")
_TAG_END = re.compile(r"\s*+/?>\Z")
_CHARACTERS = re.compile(
    r"<!\[CDATA\[(?P<as_they_are>.*?)\]\]>|&(?:\#x(?P<hex>[^;]++)|\#(?P<number>[^;]++)|(?P<name>\w++));",
    re.DOTALL | re.VERBOSE,
)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


@dataclass(slots=True, eq=False)
class Node:
    """An element, with its ``name`` without prefix; or a comment, an instruction, or a reference to who
    knows what, with none. Its content is from ``inner`` to ``close``; both are its ``end`` if it has none.
    """

    name: str
    start: int
    inner: int
    close: int
    end: int
    parent: "Node | None"
    children: "list[Node]"


class PlacedXml:
    """Raises `PermanentFault` (``malformed``) if the tags of the ``text`` do not match."""

    def __init__(self, text: str) -> None:
        self.text = text
        line_end = _LINE_END.search(text)
        self.newline = line_end[0] if line_end else "\n"
        self.root = _root(text)

    def content(self, node: Node) -> Iterator[str | Node]:
        """Its text as it is read, and its children, in order."""
        done = node.inner
        for child in node.children:
            if done < child.start:
                yield _read(self.text[done : child.start])
            yield child
            done = child.end
        if done < node.close:
            yield _read(self.text[done : node.close])

    def words(self, node: Node) -> str:
        """All text in it."""
        return "".join(
            part if isinstance(part, str) else self.words(part) if part.name else ""
            for part in self.content(node)
        )

    def attributes(self, node: Node) -> Mapping[str, str]:
        found = _ATTRIBUTE.finditer(self.text, node.start, node.inner)
        return {match["name"]: _read(match["value"][1:-1]) for match in found}

    def start_tag(self, node: Node) -> str:
        return self.text[node.start : node.inner]

    def qualified(self, node: Node) -> str:
        """An element's name with its prefix."""
        found = _NAME.match(self.text, node.start + 1)
        return found[0] if found else node.name


def with_attributes(tag: str, changes: Mapping[str, str]) -> str:
    """A start tag with other values of attributes, or more of them; all else in it stays."""
    for name, value in changes.items():
        new = '"' + escaped(value).replace('"', "&quot;") + '"'
        old = next((match for match in _ATTRIBUTE.finditer(tag) if match["name"] == name), None)
        if old is not None:
            tag = tag[: old.start("value")] + new + tag[old.end("value") :]
        elif end := _TAG_END.search(tag):
            tag = f"{tag[: end.start()]} {name}={new}{end[0]}"
    return tag


def escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _read(raw: str) -> str:
    text = _LINE_END.sub("\n", raw) if "\r" in raw else raw
    return _CHARACTERS.sub(_meant, text) if "&" in text or "<" in text else text


def _meant(match: re.Match[str]) -> str:
    if match["hex"] or match["number"]:
        return chr(int(match["hex"], 16) if match["hex"] else int(match["number"]))
    if match["name"]:
        return _NAMED.get(match["name"], match[0])
    return str(match["as_they_are"])


def _root(text: str) -> Node:
    document = Node("", 0, 0, len(text), len(text), None, [])
    parent = document
    for mark in _MARK.finditer(text):
        start, end = mark.span()
        if mark["characters"]:
            continue
        if mark["alone"] or mark["name"]:
            name = (mark["name"] or "").rpartition(":")[2]
            node = Node(name, start, end, end, end, parent, [])
            parent.children.append(node)
            if name and text[end - 2] != "/":
                parent = node
        elif parent.parent is None:
            break
        else:
            parent.close, parent.end = start, end
            parent = parent.parent
    root = next((node for node in document.children if node.name), None)
    if root is None or parent is not document:
        raise PermanentFault("malformed", "the tags of the file do not match")
    return root
