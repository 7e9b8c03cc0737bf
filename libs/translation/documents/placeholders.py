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
#: Blanks of templates, over line ends too, none over the beginning of another:
#: {{ x | f: { a: 1 } }}, {{{x}}}, <%= x %>, {% if x %}.
TEMPLATE = r"""
      \{\{\{?(?:[^{}]|\{[^{}]{0,300}+\}){1,1000}+\}\}\}?
    | <%(?:[^%<]|%(?!>)|<(?!%)){1,1000}+%> | \{%(?:[^%{]|%(?!\})|\{(?!%)){1,1000}+%\}
"""
#: {n, plural, one {# a} other {# b}}, {d, date, short}; ${x} #{x} %{x} {x} { x }
_BRACES = r"""
      \{\s?[\w.-]{1,100},\s?(?:plural|select|selectordinal),(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\}
    | \{\s{0,9}[\w.-]{1,100}\s{0,9},\s{0,9}
        (?:number|date|time|spellout|ordinal|duration|list)\b[^{}]{0,1000}+\}
    | [$\#%]?\{[ ]?[^{}\s]{1,100}[ ]?\}
"""
#: URLs without the sentence's punctuation, and e-mail addresses: 64 is the longest local part (RFC 5321,
#: 4.5.3.1.1).
_ADDRESS = r"""
      \b(?:https?|ftp|file)://[^\s<>"]*[^\s<>"'.,;:!?)\]}»] | \bwww\.[^\s<>"]*[^\s<>"'.,;:!?)\]}»]
    | (?<![\w.+-])[\w.+-]{1,64}@\w[\w-]{0,62}(?:\.\w[\w-]{0,62})+
"""
#: $HOME $name; snake_case, MAX_ATTEMPTS; _x000D_, as Excel writes what XML cannot hold (ECMA-376, part 1,
#: 22.9.2.19).
_NAME = r"""
      (?<![\w$])\$[A-Za-z_]\w{0,100}+(?!\$)
    | (?<!\w)[A-Za-z][A-Za-z0-9]*+(?:_(?!x00[0-9A-Fa-f]{2}_)[A-Za-z0-9]++)++(?!\w)
    | _x[0-9A-Fa-f]{4}_
"""
#: How printf's conversions begin and end (https://pubs.opengroup.org/onlinepubs/9799919799/functions/printf.html),
#: with Java's flag ",". No blank is a flag: "100 % sure" is prose. Letters of other scripts may follow.
_FLAGS = r"[-+\#,]?[\d.]{0,6}(?:hh?|ll?|[zjtL])?"
_END = r"[sdiufgxXc](?![A-Za-z\u00c0-\u024f])"
#: What numbers are written up to. With any other letter, or behind a number, it is prose: 100%sure, 5%ds.
_BEFORE_UNIT = r"""
    [sdiufg](?=(?:[kKMGTP]?i?[bB](?:it|yte)?s?(?:ps)?|[kMG]?Hz|[kmcµn]?m|k?g|[mµn]?s|min|sec|hr?s?|d|w|yr?|p[xt]|r?em
    |dpi|fps|[kKMGxX])(?![A-Za-z]))
"""
#: %s %.2f %ld %@ %dKB, which take a program's next argument; %1$s, %#@files@, %(name)s, %(count)dh.
_PRINTF = rf"""
      (?P<next>%(?:{_FLAGS}{_END}|@) | (?<!\d)(?<!\d[ ])%{_FLAGS}{_BEFORE_UNIT})
    | %\d{{1,2}}\$(?:{_FLAGS}(?:{_END}|{_BEFORE_UNIT})|@) | %(?:\d{{1,2}}\$)?\#@\w{{1,100}}@
    | %\(\w{{1,100}}\)[-+\#]?[\d.]{{0,6}}l?[A-Za-z]
"""
#: Each alternative starts at a fixed character or behind a look-behind and ends where another of its kind
#: could begin, or soon: a search is linear in any input.
_PROTECTED = re.compile(f"{_ADDRESS}|{TEMPLATE}|{_BRACES}|{_NAME}|{_PRINTF}|{MATH}", re.VERBOSE)
#: Without any of these there is nothing to protect; most text has none, and this search is ten times faster.
_HINT = re.compile(r"[@{%$_]|\\[(\[]|://|www\.")


def protect(text: str) -> tuple[Segment, dict[int, str]]:
    """The text with its placeholders as standalone codes 1, 2, …, and what each code stands for.

    ``%s`` and ``%d`` take a program's arguments in their order, so they may not change places.
    """
    if not _HINT.search(text):
        return plain(text), {}
    texts: dict[int, str] = {}
    tokens: list[Text | Standalone] = []
    start = 0
    for code, match in enumerate(_PROTECTED.finditer(text), start=1):
        tokens += [Text(text[start : match.start()]), Standalone(code, match["next"] or "")]
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
