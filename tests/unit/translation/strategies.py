"""Segments as formats make them: texts, standalone codes, and pairs that nest."""

from hypothesis import strategies as st

from libs.translation.segments import Close, Open, Segment, Standalone, Text, Token, joined


@st.composite
def segments(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> Segment:
    codes = iter(range(1, 1000))

    def tokens(depth: int) -> list[Token]:
        made: list[Token] = []
        for kind in draw(st.lists(st.sampled_from("tttsp"), max_size=4)):
            if kind == "t":
                made.append(Text(draw(texts)))
            elif kind == "s":
                made.append(Standalone(next(codes)))
            elif depth:
                code = next(codes)
                made += [Open(code), *tokens(depth - 1), Close(code)]
        return made

    return joined(tokens(depth=3))
