"""Keeps the engine's state one whole generation: all of the last graceful stop, never parts of two.

The engine writes its state when it stops, one file per service, and marks it when every file is written (the launcher
does). While it runs there is no mark in `state/`; the last whole generation is kept beside it, as hard links, which
cost nothing. So a missing mark at the next start means that the engine was killed, perhaps in the middle of writing.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cli.engine_process.state import SAVED_NAME
from cli.home import Home


@dataclass(frozen=True)
class Loss:
    """Everything since a time is gone, because the engine did not stop gracefully. `since` is None for: everything."""

    since: str | None

    def __str__(self) -> str:
        how = "The sandbox was killed, or could not save"
        if self.since is None:
            return f"{how}, before it was ever stopped gracefully: everything in it is lost."
        return f"{how}: everything since its last graceful stop, at {self.since}, is lost."


def saved_at(home: Home) -> str | None:
    """The time of the last whole save, in UTC; None when there was none."""
    return _mark(home.state) or _mark(home.kept)


def saved_by_last_stop(home: Home) -> bool:
    """Whether the stop that ended the engine's last run saved everything."""
    return _mark(home.state) is not None


def prepare(home: Home) -> Loss | None:
    """Make `state/` what the engine may load, and tell what was lost. To be called before every start of the engine.

    May be interrupted anywhere: called again, it comes to the same end.
    """
    loss = expected_loss(home)
    if saved_by_last_stop(home):
        _keep(home)
    else:
        _fall_back(home)
    home.engine_lock.write_text("", encoding="utf-8")  # from here on, a number in it means that an engine ran
    (home.state / SAVED_NAME).unlink(missing_ok=True)
    return loss


def expected_loss(home: Home) -> Loss | None:
    """What the next start will find lost, while the engine does not run."""
    if saved_by_last_stop(home) or not _an_engine_ran(home):
        return None
    return Loss(_mark(home.kept))


def drop(home: Home) -> None:
    """Forget everything that was ever saved."""
    shutil.rmtree(home.kept, ignore_errors=True)
    shutil.rmtree(home.state, ignore_errors=True)
    home.engine_lock.unlink(missing_ok=True)


def _keep(home: Home) -> None:
    beside = home.path / "kept.new"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    for file in _generation(home.state):
        os.link(file, beside / file.name)
    shutil.rmtree(home.kept, ignore_errors=True)
    beside.rename(home.kept)


def _fall_back(home: Home) -> None:
    if _mark(home.kept) is None:
        shutil.rmtree(home.state, ignore_errors=True)
        home.state.mkdir()
        return
    for file in _generation(home.state):
        file.unlink()
    for file in _generation(home.kept):
        os.link(file, home.state / file.name)


def _generation(folder: Path) -> list[Path]:
    # Files of the services, and the mark. Objects of S3 lie in folders; they are written once, named by their content.
    return [file for file in folder.iterdir() if file.is_file()] if folder.is_dir() else []


def _mark(folder: Path) -> str | None:
    try:
        return (folder / SAVED_NAME).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _an_engine_ran(home: Home) -> bool:
    return home.engine_lock.is_file() and home.engine_lock.stat().st_size > 0
