"""Copies of a sandbox's state under names, from which a suite begins as often as it likes.

A copy has everything that the sandbox stores: payments, keys, endpoints, settings and its clock, and the code that was
deployed. It stays in the sandbox's home, so it is as private as the state itself. `paysandbox up --fresh` keeps it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.sandbox import engine
from cli.state.state_dir import StateDir, read_json, write_json
from cli.terminal.failure import Failure
from engine.home_files import PAYPAL_FOLDER_NAME
from engine.state import generations, merging
from engine.state.generations import Generation
from paysandbox.aws.schema import INDEX_SHARDS

# What belongs to the keys in the state. The rest of the file is the sandbox's, whatever its state is.
_OF_KEYS: Final = ("demo_key", "operator_key")

_SERVED: Final = "served.json"
_NEW, _OLD = ".new", ".old"


@dataclass(frozen=True)
class NamedState:
    """A copy: its name, the moment that it captures (ISO 8601, UTC), and its size in bytes."""

    name: str
    at: str
    size: int


def save(home: StateDir, name: str) -> NamedState:
    """Copy the state of a home, whose lock the caller holds. A copy of the same name is replaced.

    The sandbox may run, and goes on. Raises Failure if there is no state.
    """
    beside, to = home.named_states / f"{name}{_NEW}", home.named_states / name
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    if engine.running(home) is not None:
        engine.save_now(home)
    else:
        merging.merge(home.saved)  # the log of an engine that was killed
    generation = _link_newest(home, beside / home.saved.name)
    # Objects in S3 are written at once, those since that moment included. Nothing in the tables names them.
    _copy_beside_generations(home.path, beside)
    served = read_json(home.served)
    write_json(beside / _SERVED, {key: served[key] for key in _OF_KEYS if key in served})
    record = home.read()
    StateDir(beside).change(index_shards_read=record.index_shards_read, has_journal=record.has_journal)
    _replace(beside, to)
    return NamedState(name, generation.mark.at, _size(to))


def put_back(home: StateDir, name: str) -> None:
    """Replace the state of a home, whose lock the caller holds. If this is killed, the caller has to repeat it.

    The engine must not run. Raises Failure if there is no such copy, or if another version of this program made it.
    """
    source = home.named_states / name
    refuse_unknown(home, name)
    home.change(index_shards_read=INDEX_SHARDS, has_journal=False)  # right for both states, if this is killed
    for entry in _beside_generations(home.path):
        shutil.rmtree(entry)
    _copy_beside_generations(source, home.path)
    beside = home.path / f"{home.saved.name}{_NEW}"
    shutil.rmtree(beside, ignore_errors=True)
    _link_newest_in(source / home.saved.name, beside)
    shutil.rmtree(home.saved, ignore_errors=True)
    beside.rename(home.saved)
    write_json(home.served, read_json(home.served) | read_json(source / _SERVED))
    home.change(index_shards_read=index_shards_read(home, name), has_journal=StateDir(source).read().has_journal)
    # Without what the lock says of an engine, the next start reports no loss.
    home.engine_lock.unlink(missing_ok=True)


def index_shards_read(home: StateDir, name: str) -> int:
    """Return how many shards of a list may have entries in a copy."""
    return StateDir(home.named_states / name).read().index_shards_read


def refuse_unknown(home: StateDir, name: str) -> None:
    """Raise Failure if there is no copy of this name, or if another version of this program made it."""
    generation = generations.newest(home.named_states / name / home.saved.name)
    if generation is None:
        names = ", ".join(state.name for state in listed(home))
        raise Failure(
            f"There is no state {name}. " + (f"There are {names}." if names else "None was saved."),
            f"Save one: paysandbox state save {name}",
        )
    if generation.mark.format not in generations.READABLE:
        raise Failure(
            f"Another version of paysandbox has saved the state {name}, and this one cannot read it.",
            f"Create the data again, and save it: paysandbox state save {name}",
        )


def listed(home: StateDir) -> Sequence[NamedState]:
    """Return the copies, by name."""
    folders = sorted(each for each in home.named_states.glob("*/") if not each.suffix)
    found = [(folder, generations.newest(folder / home.saved.name)) for folder in folders]
    return [
        NamedState(folder.name, generation.mark.at, _size(folder))
        for folder, generation in found
        if generation is not None
    ]


def remove(home: StateDir, name: str) -> None:
    """Remove a copy. Raises Failure if there is none of this name."""
    if not (home.named_states / name).is_dir():
        refuse_unknown(home, name)
    gone = home.named_states / f"{name}{_OLD}"
    shutil.rmtree(gone, ignore_errors=True)
    (home.named_states / name).rename(gone)
    shutil.rmtree(gone)


def _link_newest(home: StateDir, to: Path) -> Generation:
    """Link the files of the newest generation. The running engine removes it when it has written another one."""
    while True:
        newest = generations.newest(home.saved)
        if newest is None:
            raise Failure(f"Nothing was saved in {home.path} yet.", "Start the sandbox: paysandbox up")
        with suppress(FileNotFoundError, shutil.Error):
            _link_newest_in(home.saved, to)
            return newest
        if generations.newest(home.saved) == newest:
            raise Failure(f"The files in {newest.path} cannot be read.", "See who owns them.")
        shutil.rmtree(to, ignore_errors=True)


def _link_newest_in(saved: Path, to: Path) -> None:
    """Link the files of the newest generation, which are never changed, and leave out any other."""
    newest = generations.newest(saved)
    assert newest is not None  # noqa: S101 - the callers have found one
    shutil.copytree(newest.path, to / newest.path.name, copy_function=os.link)


def _beside_generations(folder: Path) -> list[Path]:
    """Return the folders with state that is written at once: objects in S3, signing keys, and PayPal's simulator."""
    return [each for each in (folder / "state", folder / PAYPAL_FOLDER_NAME) if each.is_dir()]


def _copy_beside_generations(source: Path, to: Path) -> None:
    for folder in _beside_generations(source):
        shutil.copytree(folder, to / folder.name)


def _replace(beside: Path, to: Path) -> None:
    old = to.with_name(f"{to.name}{_OLD}")
    shutil.rmtree(old, ignore_errors=True)
    if to.exists():
        to.rename(old)
    beside.rename(to)
    shutil.rmtree(old, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
