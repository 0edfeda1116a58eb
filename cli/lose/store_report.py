"""Stores the reports of the last runs in the sandbox's home, where its dashboard reads them."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.wall.lost_answers import FOLDER, MAX_RUNS, files, run_id


def store_report(home: Path, report: dict[str, Any]) -> str:
    """Write a report, and remove the oldest ones. Returns the run's ID."""
    name = run_id(int(time.time() * 1_000), report["seed"])
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
    draft.replace(file)
    for old in files(home)[MAX_RUNS:]:
        with suppress(OSError):
            old.unlink()
    return name
