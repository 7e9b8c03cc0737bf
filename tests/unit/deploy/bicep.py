"""Bicep as its grammar reads it: good enough to find what is written, not what it would do."""

from collections.abc import Iterator
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_bicep.language()))


def parsed(file: Path) -> Node:
    return _PARSER.parse(file.read_bytes()).root_node


def nodes(root: Node, *kinds: str) -> Iterator[Node]:
    """Every node of these kinds, in the order of the text."""
    if not kinds or root.type in kinds or (root.is_missing and "ERROR" in kinds):
        yield root
    for child in root.children:
        yield from nodes(child, *kinds)


def text(node: Node) -> str:
    return (node.text or b"").decode()


def properties(root: Node, name: str) -> list[str]:
    """The values, as they are written, of every property of this name."""
    found = []
    for node in nodes(root, "object_property"):
        key, *_, value = node.children if len(node.children) > 1 else (node, node)  # a nested resource
        if text(key).strip("'") == name:
            found.append(text(value))
    return found
