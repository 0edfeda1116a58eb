"""Every operation of Stripe's API with its parameters, simulated or not, from `operations.txt` beside this module.

layers/stripe_names.py writes that file. Its first paragraph has a line for each operation, as `POST /v1/payouts/{}`. A
paragraph for each that has parameters follows: indented below the operation, a line for each of them with its values.
Few requests need it, and of each few lines, so the text is not kept in memory.
"""

from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("operations.txt")


@cache
def operations() -> tuple[str, ...]:
    """Return every operation's method and path."""
    return tuple(_content().partition(b"\n\n")[0].decode().split("\n"))


def parameter_lines(operation: str) -> list[str]:
    """Return the lines of an operation's parameters, or none if Stripe has no such one."""
    content, name = _content(), f"\n\n{operation}\n".encode()
    found = content.find(name)
    if found < 0:
        return []
    first = found + len(name)
    return content[first : content.find(b"\n\n", first)].decode().split("\n")


def _content() -> bytes:
    try:
        return FILE.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"{FILE} is missing. `make setup` writes it.") from None
