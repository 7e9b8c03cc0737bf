"""What in plain text is for programs and not for readers: addresses, blanks of templates, names, formulas.

An engine would translate them (``{name}`` becomes ``{nombre}``), so they go as standalone codes.
"""

import re
from collections.abc import Mapping

from libs.translation.segments import Segment, Standalone, Text, joined, plain

#: Formulas as MathJax and Markdown have them: double dollars, brackets with backslashes, and single dollars
#: where they are no prices: closed up at both ends, around one word or a sign of mathematics.
MATH = r"""
      \$\$[^$]{1,1000}\$\$ | \\\((?:[^\\]++|\\(?![()]))++\\\) | \\\[(?:[^\\]++|\\(?![\[\]]))++\\\]
    | (?<![\w$\\])\$(?=[^\s${])(?=[^$\n]{0,200}[\\=^_{}<>+]|[^\s$]{1,40}\$)[^$\n]{1,200}(?<=\S)\$(?![\w${])
"""
#: Each alternative starts at a fixed character or behind a look-behind and has no nested repeats, so a
#: search is linear in any input. 64 is the longest local part of an address (RFC 5321, 4.5.3.1.1).
_PROTECTED = re.compile(
    r"""
      \{\s?[\w.-]{1,100},\s?(?:plural|select|selectordinal),           # {n, plural, one {# a} other {# b}}
        (?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\}
    | \b(?:https?|ftp|file)://[^\s<>"]*[^\s<>"'.,;:!?)\]}»]       # URL, without the sentence's punctuation
    | \bwww\.[^\s<>"]*[^\s<>"'.,;:!?)\]}»]
    | (?<![\w.+-])[\w.+-]{1,64}@\w[\w-]{0,62}(?:\.\w[\w-]{0,62})+       # e-mail address
    | \{\{[^{}\n]{1,100}\}\} | [$\#%]?\{[^{}\s]{1,100}\}                # {{ x }} ${x} #{x} %{x} {x}
    | <%[^%\n]{1,100}%> | \{%[^%\n]{1,100}%\}                         # <%= x %> {% if x %}
    | (?<![\w$])\$[A-Za-z_]\w{0,100}+(?!\$)                            # $HOME $name
    | (?<!\w)[A-Za-z][A-Za-z0-9]*+(?:_[A-Za-z0-9]++)++(?!\w)          # snake_case, MAX_ATTEMPTS
    | %\(\w{1,100}\)[\d.]{0,6}[a-z]\b                                 # %(name)s
    | %(?:\d{1,2}\$)?(?:[\d.]{0,6}(?:l{0,2}|z|h)[sdiufxXc]\b|@)       # %s %1$s %.2f %ld %@
    | """
    + MATH,
    re.VERBOSE,
)
#: Without any of these there is nothing to protect; most text has none, and this search is ten times faster.
_HINT = re.compile(r"[@{%$_]|\\[(\[]|://|www\.")


def protect(text: str) -> tuple[Segment, dict[int, str]]:
    """The text with its placeholders as standalone codes 1, 2, …, and what each code stands for."""
    if not _HINT.search(text):
        return plain(text), {}
    texts: dict[int, str] = {}
    tokens: list[Text | Standalone] = []
    start = 0
    for code, match in enumerate(_PROTECTED.finditer(text), start=1):
        tokens += [Text(text[start : match.start()]), Standalone(code)]
        texts[code] = match[0]
        start = match.end()
    return joined([*tokens, Text(text[start:])]), texts


def restore(segment: Segment, texts: Mapping[int, str]) -> str:
    """The text with each code replaced by what it stands for."""
    return "".join(
        token.text if isinstance(token, Text) else texts[token.code]
        for token in segment
        if isinstance(token, Text | Standalone)
    )
