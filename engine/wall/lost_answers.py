"""The reports of `paysandbox lose` in a sandbox's home, as its dashboard shows them.

The program writes one file a run, and the engine reads them: `lost-answers/<milliseconds since 1970>-<seed>.json`.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

FOLDER: Final = "lost-answers"
MAX_RUNS: Final = 20
"""How many reports a home has, the newest."""
MAX_BYTES: Final = 5_000_000
"""Of a report that is shown."""

_ID: Final = re.compile(r"[0-9]{13}-[0-9]{1,10}")
_SHOWN: Final = (
    *("command", "command_shown", "verdict", "exit_code", "counts", "lost", "seconds", "seed", "calls", "events"),
)


def run_id(at_ms: int, seed: int) -> str:
    """Return the ID of a run that ended at this time, in milliseconds since 1970."""
    return f"{at_ms:013d}-{seed}"


def runs(home: Path) -> list[dict[str, Any]]:
    """Return what a list shows of each run, the newest first."""
    found = [(file.stem, _read(file)) for file in files(home)]
    return [
        {"id": name, "at_ms": int(name[:13]), **{key: report.get(key) for key in _SHOWN}}
        for name, report in found
        if report is not None
    ]


def report(home: Path, name: str) -> dict[str, Any] | None:
    """Return the report of a run, as `--json` prints it with `command_shown`, or None if there is none."""
    if not _ID.fullmatch(name):
        return None
    found = _read(home / FOLDER / f"{name}.json")
    return None if found is None else {"id": name, "at_ms": int(name[:13]), **found}


def files(home: Path) -> list[Path]:
    """Return the files of the reports, the newest first."""
    return sorted((file for file in (home / FOLDER).glob("*.json") if _ID.fullmatch(file.stem)), reverse=True)


def _read(file: Path) -> dict[str, Any] | None:
    try:
        if file.stat().st_size > MAX_BYTES:
            return None
        value: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
