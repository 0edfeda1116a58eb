"""The last result of each benchmark, a JSON file each."""

import json
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent


def result(name: str) -> dict[str, Any]:
    """Return the last result of a benchmark."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def store(name: str, found: dict[str, Any]) -> None:
    """Replace the last result of a benchmark."""
    (FOLDER / f"{name}.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
