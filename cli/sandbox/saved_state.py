"""What is saved of a home's sandbox, and what the next start of its engine will find lost.

The engine saves one whole generation of its state after the other while it runs, and a last one when it is asked to
stop (cli/engine_process/snapshots.py). The next engine loads the newest (cli/engine_process/generations.py).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cli.engine_process import generations
from cli.engine_process.generations import Mark, engine_name
from cli.sandbox.state_dir import StateDir, read_json

# What an older version saved: one generation, in the folder that the engine loaded or in the one beside it.
_OLD_MARK = ".saved"


@dataclass(frozen=True)
class Loss:
    """Everything since a time is gone, because the engine did not stop gracefully. `since` is None for: everything."""

    since: str | None

    def __str__(self) -> str:
        how = "The sandbox was killed, or could not save"
        if self.since is None:
            return f"{how}, before anything of it was saved: everything in it is lost."
        return f"{how}: everything since {self.since} is lost."


def saved_at(home: StateDir) -> str | None:
    """The time of which the newest generation is, in UTC; None when nothing was saved."""
    newest = generations.newest(home.saved)
    return _old_mark(home.state) or _old_mark(home.path / "kept") if newest is None else newest.mark.at


def saved_by_last_stop(home: StateDir) -> bool:
    """Whether the engine that ran last, or runs, has saved everything because it was asked to stop."""
    newest = generations.newest(home.saved)
    if newest is None:
        return _old_mark(home.state) is not None
    facts = read_json(home.engine_lock)
    return newest.mark.last and "pid" in facts and newest.mark.engine == engine_name(facts)


def prepare(home: StateDir) -> Loss | None:
    """Make ready for a start of the engine, and tell what was lost. To be called before every start.

    May be interrupted anywhere: called again, it comes to the same end.
    """
    loss = expected_loss(home)
    if generations.newest(home.saved) is None:
        _adopt(home)
    home.engine_lock.write_text("", encoding="utf-8")  # from here on, a number in it means that an engine ran
    return loss


def expected_loss(home: StateDir) -> Loss | None:
    """What the next start will find lost, while the engine does not run."""
    if saved_by_last_stop(home) or not _an_engine_ran(home):
        return None
    return Loss(saved_at(home))


def drop(home: StateDir) -> None:
    """Forget everything that was ever saved."""
    shutil.rmtree(home.saved, ignore_errors=True)
    shutil.rmtree(home.state, ignore_errors=True)
    home.engine_lock.unlink(missing_ok=True)


def _adopt(home: StateDir) -> None:
    """Make the generation of an older version, if there is one, one of ours."""
    for folder in (home.state, home.path / "kept"):
        at = _old_mark(folder)
        if at is not None:
            beside = generations.begin(home.saved)
            for file in folder.glob("*.json"):
                os.link(file, beside / file.name)
            generations.commit(beside, Mark(at, home.read().port or 0, "", last=False))
            break
    else:
        return
    for file in (home.state / _OLD_MARK, *home.state.glob("*.json")):
        file.unlink(missing_ok=True)
    shutil.rmtree(home.path / "kept", ignore_errors=True)


def _old_mark(folder: Path) -> str | None:
    try:
        return (folder / _OLD_MARK).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _an_engine_ran(home: StateDir) -> bool:
    return home.engine_lock.is_file() and home.engine_lock.stat().st_size > 0
