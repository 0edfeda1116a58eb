"""Numbers and nouns, for people."""


def counted(number: int, what: str) -> str:
    """`1 payment`, `2 payments`, `no payments`."""
    return f"{number} {what}" if number == 1 else f"{number or 'no'} {what}s"
