"""The saved state of a home's sandbox, and what was lost since it was saved.

While it runs, the engine saves complete generations of its state and a log of what changed since, and a last generation
when it is asked to stop (engine/state/snapshots.py). The next engine loads the newest, with the log.
"""

from __future__ import annotations

import http.client
import json
import shutil
from dataclasses import dataclass

from cli.state.state_dir import StateDir, read_json
from cli.terminal.failure import Failure
from engine.state import generations, merging
from engine.state.generations import EVERY_S, engine_name
from engine.state.unsaved import PATH, Unsaved


@dataclass(frozen=True)
class Loss:
    """The loss of everything since a time, or of everything (None), by an engine that did not stop gracefully."""

    since: str | None

    def __str__(self) -> str:
        how = "The sandbox was killed or could not save its state."
        if self.since is None:
            return f"{how} Nothing had been saved, so all its data is lost."
        return f"{how} All changes since {self.since} are lost."


def saved_at(home: StateDir) -> str | None:
    """Return the time of what was saved last, in UTC, or None if nothing was saved."""
    return merging.saved_at(home.saved)


def saved_by_last_stop(home: StateDir) -> bool:
    """Return whether the last or current engine has saved everything because it was asked to stop."""
    newest = generations.newest(home.saved)
    if newest is None:
        return False
    facts = read_json(home.engine_lock)
    return newest.mark.last and "pid" in facts and newest.mark.engine == engine_name(facts)


def unsaved(port: int) -> Unsaved | None:
    """Return since when the engine on that port fails to save its state, or None if it saves it or does not respond."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", PATH, headers={"Host": f"localhost:{port}"})
        response = connection.getresponse()
        body = json.loads(response.read()) if response.status == http.HTTPStatus.OK else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return Unsaved(**body) if body else None


def unsaved_words(unsaved: Unsaved) -> str:
    """Return it as a sentence."""
    return f"Changes since {unsaved.since} are not saved: {unsaved.reason}."


def unsaved_advice(home: StateDir) -> str:
    """Return what to do about it."""
    return (
        f"Free disk space, or make {home.saved} writable. Until then, a stop or a crash loses these changes. "
        f"The sandbox tries again every {EVERY_S:.0f} s."
    )


def prepare(home: StateDir) -> Loss | None:
    """Prepare for a start of the engine, and return what was lost. To be called before every start.

    It may be interrupted at any point: the next call gives the same result. Raises Failure if another version of this
    program has saved the state, in a format that this one cannot read.
    """
    newest = generations.newest(home.saved)
    if newest is not None and newest.mark.format not in generations.READABLE:
        raise Failure(
            f"Another version of paysandbox has saved the state in {home.saved}, and this one cannot read it.",
            "Start over without its payments and keys: paysandbox up --fresh",
        )
    loss = expected_loss(home)
    home.engine_lock.write_text("", encoding="utf-8")  # from here on, a process ID in it means that an engine ran
    return loss


def expected_loss(home: StateDir) -> Loss | None:
    """Return the loss that the next start will report. The engine must not be running."""
    if saved_by_last_stop(home) or not _an_engine_ran(home):
        return None
    return Loss(saved_at(home))


def drop(home: StateDir) -> None:
    """Delete everything that was ever saved."""
    shutil.rmtree(home.saved, ignore_errors=True)
    shutil.rmtree(home.state, ignore_errors=True)
    home.engine_lock.unlink(missing_ok=True)


def _an_engine_ran(home: StateDir) -> bool:
    return home.engine_lock.is_file() and home.engine_lock.stat().st_size > 0
