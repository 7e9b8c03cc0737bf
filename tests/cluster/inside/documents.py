"""Documents that can be made anywhere: the same number gives the same bytes."""

_SENTENCES = (
    "The library opens at nine in the morning.",
    "Our teacher reads a book every week.",
    "The white house is near the river.",
    "Please return the keys before Friday.",
    "The children play in the garden.",
    "We have received your letter, and we thank you.",
    "The train arrives at the station in ten minutes.",
    "The doctor works in the new hospital.",
    "Water is important for the city.",
    "The museum has three floors and a small shop.",
    "My brother wants to buy a green car.",
)


def document(number: int) -> tuple[str, bytes]:
    """Name and content, in folders and of one to nine sentences."""
    sentences = [_SENTENCES[(number * 7 + at * 3) % len(_SENTENCES)] for at in range(1 + number % 9)]
    text = f"Document number {number}.\n\n{' '.join(sentences)}\n"
    return f"folder-{number % 7}/{number:05}.txt", text.encode()
