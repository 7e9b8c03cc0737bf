"""What engines do to a segment, without one: other words, in another order, with the codes they are in."""

from libs.translation.segments import Close, Open, Segment, Text, Token, joined


def upper(segment: Segment) -> Segment:
    return tuple(Text(token.text.upper()) if isinstance(token, Text) else token for token in segment)


def backwards(segment: Segment) -> Segment:
    """The words in reverse order; a pair stays around the words it was around."""
    stack: list[list[list[Token]]] = [[]]
    for token in segment:
        match token:
            case Text(text):
                stack[-1] += [[Text(word)] for word in text.split(" ") if word]
            case Open():
                stack[-1].append([token])
                stack.append([])
            case Close():
                inside = _spaced(stack.pop())
                stack[-1][-1] += [*inside, token]
            case _:
                stack[-1].append([token])
    return joined(_spaced(stack[0]))


def split(segment: Segment) -> Segment:
    """Every pair twice: one word apart from the others."""
    tokens: list[Token] = []
    opened: list[Open] = []
    for token in segment:
        if isinstance(token, Text) and opened and " " in token.text.strip():
            first, rest = token.text.split(" ", 1)
            close = [Close(pair.code) for pair in reversed(opened)]
            tokens += [Text(first), *close, Text(" "), *opened, Text(rest)]
        else:
            tokens.append(token)
        if isinstance(token, Open):
            opened.append(token)
        elif isinstance(token, Close):
            opened.pop()
    return joined(tokens)


def _spaced(words: list[list[Token]]) -> list[Token]:
    spaced: list[Token] = []
    for word in reversed(words):
        spaced += [Text(" "), *word] if spaced else word
    return spaced


class _Again(Text):
    """Equal to no text, so that the same words count as a translation and are written anew."""

    __slots__ = ()


def again(segment: Segment) -> Segment:
    """The very same words, to be written all the same."""
    return tuple(_Again(token.text) if isinstance(token, Text) else token for token in segment)
