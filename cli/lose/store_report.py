"""Stores the reports of the last runs in the sandbox's home, where its dashboard reads them."""

from __future__ import annotations

import json
import shlex
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from cli.terminal.short_paths import with_short_paths
from engine.wall.lost_answers import FOLDER, MAX_RUNS, files, run_id


def store_report(home: Path, report: dict[str, Any]) -> str:
    """Write a report, and remove the oldest ones. Returns the run's ID.

    Its command is stored as the dashboard shows it too, with short paths.
    """
    shown = with_short_paths(shlex.join(report["command"]), Path.cwd(), Path.home())
    name = run_id(int(time.time() * 1_000), report["seed"])
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps({**report, "command_shown": shown}, ensure_ascii=False), encoding="utf-8")
    draft.replace(file)
    for old in files(home)[MAX_RUNS:]:
        with suppress(OSError):
            old.unlink()
    return name
