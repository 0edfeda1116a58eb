"""Numbers, nouns and times, for people."""


def counted(number: int, what: str) -> str:
    """`1 payment`, `2 payments`, `no payments`."""
    return f"{number} {what}" if number == 1 else f"{number or 'no'} {what}s"


def minute(text: str) -> str:
    """`2026-11-22 10:05` of an RFC 3339 time, which is UTC."""
    return f"{text[:10]} {text[11:16]}"
