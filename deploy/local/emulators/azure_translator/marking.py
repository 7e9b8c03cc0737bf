"""What stands for a translation: the text itself between marks that say so, its markup in place."""

import re
from html import escape, unescape

_DICTIONARY = re.compile(
    r"<mstrans:dictionary\s+translation\s*=\s*\"([^\"<>]*)\"\s*>.*?</mstrans:dictionary>",
    re.IGNORECASE | re.DOTALL,
)
_OUTER_BLANKS = re.compile(r"(\s*)(.*?)(\s*)", re.DOTALL)


def marked(text: str, target: str, *, is_html: bool, has_source: bool) -> str:
    """Dictionary markup becomes its translation, which the service does only when it is told the source."""
    if has_source:
        text = _DICTIONARY.sub(lambda found: _term(found[1], is_html=is_html), text)
    blanks = _OUTER_BLANKS.fullmatch(text)
    before, words, after = blanks.groups() if blanks else ("", text, "")
    return f"{before}⟦{target}: {words}⟧{after}" if words else text


def _term(translation: str, *, is_html: bool) -> str:
    text = unescape(translation)
    return escape(text, quote=False) if is_html else text
