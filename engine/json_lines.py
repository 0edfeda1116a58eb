"""The lines of a function's log that are JSON objects of one kind, as the functions' logger writes them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def lines_of(log: str, kind: str) -> Iterator[Mapping[str, Any]]:
    """Yield the lines of this kind in a log. Other programs' lines, and cut-off ones, are passed over."""
    marked = f'"message":"{kind}"'
    if marked not in log:
        return
    for text in log.splitlines():
        if not (text.startswith("{") and marked in text):
            continue
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if line.get("message") == kind:
            yield line
