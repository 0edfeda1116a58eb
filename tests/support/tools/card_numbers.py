"""Search for leaked card numbers: plain, spaced, hyphenated, URL-encoded and base64-encoded."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from engine.state import segments


def forms(number: str) -> Iterator[bytes]:
    """Return every form of a card number to search for."""
    yield number.encode()
    groups = re.findall(".{1,4}", number)
    for between in (" ", "-", "+", "%20", "%2D", "."):
        yield between.join(groups).encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + number.encode())
        # The first and last characters depend on adjacent bytes; those between depend only on the number.
        yield encoded[4 if shift else 0 : -4]


def found_in(content: bytes, numbers: Iterable[str]) -> set[str]:
    """Return the numbers that occur in any form."""
    return {number for number in numbers if any(form in content for form in forms(number))}


def found_below(folder: Path, numbers: Iterable[str], *, leave_out: Callable[[str], bool]) -> dict[str, set[str]]:
    """Return the numbers that occur in each file (relative to the folder). `leave_out` selects files to skip.

    Items of tables are compressed in their files (engine/state/segments.py), so they are searched unpacked too.
    """
    wanted = list(numbers)
    names = {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file()}
    found = {name: found_in(file.read_bytes(), wanted) for name, file in names.items() if not leave_out(name)}
    for name, file in names.items():
        if file.name.endswith(".0.items") and not leave_out(name):
            items = segments.load(file.parent, file.name.removesuffix(".0.items")) or {}
            text = json.dumps([dict(partition) for partition in items.values()])
            found[name] |= found_in(text.encode(), wanted)
    return {name: numbers for name, numbers in found.items() if numbers}
