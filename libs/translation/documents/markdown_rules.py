"""Blocks that site generators add to CommonMark, as rules for markdown-it's block parser.

{% highlight ruby %} … {% endhighlight %}      as it is (Liquid, Nunjucks; {{< highlight go >}} is Hugo's)
!!! note, ??? note, === "Tab"                  with a text four columns further in (MkDocs)
[^1]: A note.                                  and its further paragraphs, four columns further in
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, reference

#: What is between these is code, or nobody's text.
_NAMES = "highlight|raw|verbatim|comment|code|codeblock|mermaid|math|katex"
_LIQUID = re.compile(rf"\{{%-?\s*(?P<name>{_NAMES})\b[^%]*%\}}\s*\Z")
_SHORTCODE = re.compile(rf"\{{\{{[<%]\s*(?P<name>{_NAMES})\b[^{{}}]*\}}\}}\s*\Z")
#: https://python-markdown.github.io/extensions/admonition/, https://facelessuser.github.io/pymdown-extensions/
#: (details, tabbed).
_CONTAINER = re.compile(r"(?:!!!|\?\?\?)\+?[ \t]+\w|===[!+]?[ \t]+[\"']")
_NOTE = re.compile(r"\[\^[^\]\s]{1,100}\]:")
_INDENT = 4
#: A paragraph is three tokens, its text the second.
_PARAGRAPH = 3
_SEARCHED = "searched"


def block_parser() -> MarkdownIt:
    """Blocks alone: inline markup is read elsewhere, with offsets."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table").disable("inline")
    ruler = parser.block.ruler
    ruler.at("reference", _reference)
    ruler.before("code", "note", _note)
    ruler.before("fence", "verbatim", _verbatim, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    ruler.before("fence", "container", _container)
    return parser


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A link definition; ``[^1]: word`` is a note to CommonMark's many extensions, and text."""
    if state.src.startswith("[^", state.bMarks[start] + state.tShift[start]):
        return False
    return reference(state, start, end, silent)


def _verbatim(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    first = _line(state, start)
    if opening := _LIQUID.match(first):
        closing = _closing_line(state, rf"\{{%-?\s*end{opening['name']}\b", start, end)
    elif opening := _SHORTCODE.match(first):
        closing = _closing_line(state, rf"\{{\{{[<%]\s*/\s*{opening['name']}\b", start, end)
    else:
        return False
    if not closing:
        return False
    if not silent:
        state.push("verbatim", "", 0).map = [start, closing + 1]
        state.line = closing + 1
    return True


def _closing_line(state: StateBlock, pattern: str, start: int, end: int) -> int:
    """0: there is none. Lines in which it was looked for in vain are not looked through again."""
    searched: dict[tuple[str, int], range] = state.env.setdefault(_SEARCHED, {})
    key = (pattern, state.blkIndent)
    if start in searched.get(key, ()):
        return 0
    closes = re.compile(pattern)
    line = start + 1
    while line < end and (state.sCount[line] >= state.blkIndent or state.isEmpty(line)):
        if closes.search(_line(state, line)):
            return line
        line += 1
    searched[key] = range(start, line)
    return 0


def _container(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if silent or state.is_code_block(start) or not _CONTAINER.match(_line(state, start)):
        return False
    return _indented(state, "container", start, start + 1, end)


def _note(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """What would be indented code, behind the first paragraph of a note."""
    if silent or not state.is_code_block(start) or len(state.tokens) < _PARAGRAPH:
        return False
    _, text, closing = state.tokens[-_PARAGRAPH:]
    if closing.type != "paragraph_close" or closing.level != state.level or not _NOTE.match(text.content):
        return False
    return _indented(state, "note", start, start, end)


def _indented(state: StateBlock, name: str, start: int, body: int, end: int) -> bool:
    """The lines from ``body`` that are further in, as blocks of their own. False: there are none."""
    last = body
    for line in range(body, end):
        if not state.isEmpty(line):
            if not state.is_code_block(line):
                break
            last = line + 1
    if last == body:
        return False
    state.push(f"{name}_open", "", 1).map = [start, last]
    line_max, parent, state.lineMax = state.lineMax, state.parentType, last
    state.blkIndent += _INDENT
    state.md.block.tokenize(state, body, last)
    state.blkIndent -= _INDENT
    state.lineMax, state.parentType = line_max, parent
    state.push(f"{name}_close", "", -1)
    state.line = last
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
