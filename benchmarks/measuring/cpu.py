"""The CPU time of a sandbox: its engine by thread, its fork server, and its functions by name. Linux only (`/proc`)."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.sandbox.processes import PROC, members

EVENT_LOOP: Final = "engine: event loop"
OTHER_THREADS: Final = "engine: other threads"
ENDED_THREADS: Final = "engine: ended threads"
SNAPSHOTS: Final = "engine: snapshots"
"""Processes that the engine forked and that have ended: those that write snapshots, and few others."""
FORK_SERVER: Final = "fork server"
ENDED_WORKERS: Final = "ended workers"
ENGINE: Final = (EVENT_LOOP, OTHER_THREADS, ENDED_THREADS, SNAPSHOTS)

TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")

# Between two looks at whether a sandbox is quiet, and how much CPU time a quiet one may use: housekeeping.
_LOOKS_EVERY_S: Final = 0.3
_QUIET_TICKS: Final = 2
_QUIET_WITHIN_S: Final = 10.0

# The folder in which ministack runs a worker is named after its function.
_WORKER_FOLDER: Final = "ministack-lambda-"
_SERVER_SCRIPT: Final = "fork_server.py"


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU time until a moment, in ticks. A worker is known by its process id and the time at which it started."""

    engine: Mapping[str, int]
    workers: Mapping[tuple[int, int], tuple[str, int]]
    reaped_workers: int
    fork_server: int

    def since(self, before: "Usage") -> dict[str, int]:
        """Return the ticks since an earlier moment, by thread of the engine and by function."""
        spent = Counter({name: ticks - before.engine[name] for name, ticks in self.engine.items()})
        spent[FORK_SERVER] = self.fork_server - before.fork_server
        for worker, (function, ticks) in self.workers.items():
            spent[function] += ticks - before.workers.get(worker, (function, 0))[1]
        # The time of a worker that has ended is that of its parent's children, from its start on.
        counted = sum(ticks for worker, (_, ticks) in before.workers.items() if worker not in self.workers)
        spent[ENDED_WORKERS] = self.reaped_workers - before.reaped_workers - counted
        return {name: ticks for name, ticks in spent.items() if ticks > 0}


def usage(engine: int) -> Usage:
    """Return the CPU time of a running engine's process group. Raises OSError if the engine has ended."""
    threads = dict(_threads(engine))
    own = _stat(PROC / str(engine))  # after its threads, so that one that ends meanwhile is counted here
    loop = threads.pop(str(engine), 0)
    by_thread = {EVENT_LOOP: loop, OTHER_THREADS: sum(threads.values()), SNAPSHOTS: own.of_children}
    workers: dict[tuple[int, int], tuple[str, int]] = {}
    reaped = served = 0
    for pid in members(engine):
        try:
            process = PROC / str(pid)
            folder, stat, words = (process / "cwd").readlink(), _stat(process), (process / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
        if (name := _function(folder)) is not None:
            workers[pid, stat.started] = name, stat.ticks
        elif _SERVER_SCRIPT in words:
            served += stat.ticks
            reaped += stat.of_children
    by_thread[ENDED_THREADS] = max(0, own.ticks - loop - by_thread[OTHER_THREADS])
    return Usage(by_thread, workers, reaped, served)


def until_quiet(engine: int) -> None:
    """Wait until a sandbox does nothing, for ten seconds at most."""
    until = time.monotonic() + _QUIET_WITHIN_S
    seen = usage(engine)
    while time.monotonic() < until:
        time.sleep(_LOOKS_EVERY_S)
        now = usage(engine)
        if sum(now.since(seen).values()) <= _QUIET_TICKS:
            return
        seen = now


def busy_ticks() -> int:
    """Return the ticks that all processes of the machine have used, on all cores."""
    user, nice, system, _idle, _waiting, *more = map(int, (PROC / "stat").read_text().splitlines()[0].split()[1:])
    # Guests' time is part of the users' (proc_stat(5)).
    return user + nice + system + sum(more[:3])


@dataclass(frozen=True, slots=True)
class _Stat:
    ticks: int
    of_children: int
    started: int


def _stat(of: Path) -> _Stat:
    # The name, in parentheses, may itself contain spaces and parentheses. Fields are those of proc_pid_stat(5).
    fields = (of / "stat").read_text().rpartition(")")[2].split()
    user, system, childrens_user, childrens_system = map(int, fields[11:15])
    return _Stat(user + system, childrens_user + childrens_system, int(fields[19]))


def _threads(pid: int) -> Iterator[tuple[str, int]]:
    for thread in (PROC / str(pid) / "task").iterdir():
        with suppress(OSError):  # it has ended meanwhile
            yield thread.name, _stat(thread).ticks


def _function(folder: Path) -> str | None:
    """Return the function of a worker that runs in this folder (`…/ministack-lambda-<prefix>-<name>-<random>/code`)."""
    part = next((part for part in folder.parts if part.startswith(_WORKER_FOLDER)), None)
    return None if part is None else part.removeprefix(_WORKER_FOLDER).split("-", 2)[-1].rpartition("-")[0]
