"""The last result of each benchmark, a JSON file each."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent

_WIDTH: Final = 120


def result(name: str) -> dict[str, Any]:
    """Return the last result of a benchmark."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def store(name: str, found: dict[str, Any]) -> None:
    """Replace the last result of a benchmark."""
    (FOLDER / f"{name}.json").write_text(text_of(found) + "\n", encoding="utf-8")


def text_of(value: Any, indent: str = "") -> str:
    """Return a value as JSON, with a line for each measurement: what fits into a line, and any list of numbers."""
    whole = json.dumps(value, sort_keys=True)
    within = indent + " "
    if isinstance(value, Mapping) and len(indent + whole) > _WIDTH:
        lines = [f"{json.dumps(name)}: {text_of(value[name], within)}" for name in sorted(value)]
        return "{" + ",".join(f"\n{within}{line}" for line in lines) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        return "[" + ",".join(f"\n{within}{text_of(each, within)}" for each in value) + f"\n{indent}]"
    return whole
