"""Saves the engine's state while it runs, on request (SIGUSR2), and once more when it stops.

What changes with every request (changes.py) is written to a log (change_log.py) every `COMMIT_S`. At an instant between
requests, while ministack's locks are held, the changes are taken together, so tables, their streams and the queues are
consistent with each other. A thread encodes and writes them. When the log is long, another process merges it with the
generation before it (merging.py).

The rest changes rarely: functions, APIs, keys, users. After a request that may change it, a snapshot captures one
instant of everything: the process forks while it holds the locks, and the child writes the memory of that moment while
the parent continues to respond. Until the fork, nothing is written to the log, and what is written afterwards counts
only with that snapshot: keys and items that belong together are saved together. A snapshot is also taken after an
execution of a state machine began or ended, which needs no request; the log goes on meanwhile. A child whose parent has
ended exits, and holds the home's lock until then: two engines never write generations at the same time.

A killed engine loses what its log lacks, which is less than `PROMISED_S`, or after a request that changed the rest, at
most until its snapshot is written, which waits for a while after the one before it. An engine with no requests but
those of functions and applications takes no snapshots: a fork stops it for some milliseconds, and its memory is copied
page by page afterwards.
"""

import asyncio
import copy
import gc
import hashlib
import itertools
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar

from engine import engine_log
from engine.lock import now
from engine.ministack import OF_SCOPED, scoped
from engine.state import change_log, garbage, generations
from engine.state.change_log import ChangeLog
from engine.state.changes import Changes, Cut
from engine.state.generations import EVERY_S, Mark
from engine.state.merging import Merged, merge
from engine.state.packed_items import PackedItems
from engine.state.stored import Key, Reader, Writer
from engine.state.unsaved import Unsaved

COMMIT_S = 0.5
PROMISED_S = 2.0
"""If writing takes longer, a kill may lose more than README promises, so the engine's log reports it."""
REST_S = 0.5
"""The least time between the end of a snapshot and the next one, when requests keep changing what the log lacks.

It is longer, up to the interval, after a snapshot that takes much CPU time: tests may create a merchant each.
"""
_REST_RATIO = 4
LOG_BYTES_MAX = 64_000_000
"""A longer log is merged."""
# After a fork, a child could wait forever for something that exists only in the parent.
CHILD_S_MAX = 300.0

_POLL_S = 0.05
_LOCK_POLL_S = 0.005
_LOCK_PATIENCE_S = 5.0
# Lower priority than requests when the processors are busy.
_NICENESS = 10

_FAILED = 1
# Above it, a child's exit code tells the error of the operating system (errno), such as a full disk.
_OS_ERROR = 64
_LOCK_TAKEN = "a lock was never free"

_GetState = Callable[[], dict[str, Any] | None]
Taken = TypeVar("Taken")


class Requests:
    """When the engine got its last request, and whether one may have changed what the log lacks."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._at = 0.0
        self._rest = self._rest_at_cut = 0

    def note(self, *, rest: bool = False) -> None:
        """Record that a request begins or ends: a snapshot may be taken while it runs. Safe in any thread.

        `rest` is whether it may change something that the log lacks.
        """
        self._at = time.monotonic()
        if rest:
            self._rest = next(self._numbers)

    def cut(self) -> None:
        """Record that a snapshot is being taken."""
        self._rest_at_cut = self._rest

    @property
    def rest_has_changed(self) -> bool:
        """Whether a request may have changed what the log lacks since the last snapshot was cut."""
        return self._rest != self._rest_at_cut

    def quiet_s(self) -> float:
        """Return the seconds since the last request."""
        return time.monotonic() - self._at


class Lock(Protocol):
    """The interface of threading's locks."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...
    def release(self) -> None: ...


class Blobs:
    """The zips in the engine's memory, deduplicated, with their digests."""

    def __init__(self, functions: Any) -> None:
        self._functions = functions
        self._by_digest: dict[str, bytes] = {}
        self._digests: dict[int, str] = {}

    def remember(self, contents: Mapping[str, bytes]) -> None:
        """Record contents whose digests are known."""
        self._by_digest.update(contents)
        self._digests.update({id(content): digest for digest, content in contents.items()})

    def share(self) -> Mapping[int, str]:
        """Replace equal zips with one object, and return the digest of each by its id."""
        used: dict[str, bytes] = {}
        for holder, name in self._holders():
            content: bytes = holder[name]
            digest = self._digests.get(id(content)) or hashlib.sha256(content).hexdigest()
            shared = used.setdefault(digest, self._by_digest.get(digest) or content)
            holder[name] = shared
            self.remember({digest: shared})
        self._by_digest = used
        self._digests = {id(content): digest for digest, content in used.items()}
        return self._digests

    def _holders(self) -> Iterable[tuple[dict[str, Any], str]]:
        functions, layers = self._functions.functions, self._functions.layers
        for function in [*scoped(functions).values()]:
            for holder in (function, *function.get("versions", {}).values()):
                if isinstance(holder.get("code_zip"), bytes):
                    yield holder, "code_zip"
        for layer in [*scoped(layers).values()]:
            for version in layer.get("versions", []):
                if isinstance(version.get("_zip_data"), bytes):
                    yield version, "_zip_data"


def are_empty(*states: Mapping[str, Any] | None) -> bool:
    """Return whether none of a service's states has an entry, in any account and Region.

    If neither the saved one nor the one that its module begins with has any, there is nothing to load. AppSync would
    import a library for GraphQL to do so.
    """
    return not any(getattr(store, OF_SCOPED, store) for state in states for store in (state or {}).values())


def reason_of(code: int) -> str:
    """Return why a child failed that ended with this exit code, or by a signal (negative)."""
    if code > _OS_ERROR:
        return os.strerror(code - _OS_ERROR)
    if code < 0:
        return f"the process that writes it was ended by {signal.Signals(-code).name}"
    return "the engine's log has the error"


@dataclass(frozen=True)
class _Snapshot:
    """The input of a forked child.

    `tables` has whether the previous generation has each table, `is_alone` whether the log lacks something of it.
    """

    parent: int
    services: Mapping[str, _GetState]
    digests: Mapping[int, str]
    tables: Mapping[Key, bool]
    cut: Cut
    mark: Mark
    is_alone: bool


@dataclass
class Snapshots:
    """The saving of one engine. `services` are the functions with which ministack's modules return their state.

    `executions` returns how many executions of state machines began, and how many of them run.
    """

    folder: Path
    engine: str
    port: int
    persistence: Any
    services: Callable[[], Mapping[str, _GetState]]
    locks: Sequence[Lock]
    tables: Any
    changes: Changes
    blobs: Blobs
    held_fd: int
    is_deploying: Callable[[], bool]
    requests: Requests
    executions: Callable[[], tuple[int, int]]
    every_s: float = EVERY_S
    _requests: int = 0
    _requested: asyncio.Event = field(default_factory=asyncio.Event)
    # What to do when the child of this process ID has ended: with whether it saved, and the CPU time (s) that it took.
    _children: dict[int, Callable[[bool, float], None]] = field(
        default_factory=dict[int, Callable[[bool, float], None]]
    )
    _forked_at: float = 0.0
    _not_before: float = 0.0
    _executions: tuple[int, int] = (0, 0)
    _is_tidy: bool = False
    _saved_until: str = field(default_factory=now)
    _log: ChangeLog | None = None
    _writing: tuple[Future[None], str] | None = None
    _writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "changes"))
    _merging: subprocess.Popen[bytes] | None = None
    _merge_before: int | None = None
    _writing_since: float = 0.0
    unsaved: Unsaved | None = None

    # Reading

    def load(self, modules: Mapping[str, Callable[[], Any]]) -> None:
        """Give every service its state from the newest generation. `modules` import each service's module."""
        newest = merge(self.folder)
        generations.remove_logs(self.folder)
        if newest is None:
            return
        reader = Reader(newest, self.port, self.persistence)
        imported = self.services()
        for name, module in modules.items():
            try:
                state = reader.read(name)
                if state and not (name in imported and are_empty(state, imported[name]())):
                    module().load_persisted_state(state)
            except Exception:  # noqa: BLE001 - whatever it is; cli/sandbox/engine.py reads this line and refuses to go on
                print(f"Failed to restore persisted state for {name}:\n{traceback.format_exc()}", flush=True)
        self.blobs.remember(reader.blobs)
        self.changes.cut()  # all that was loaded is saved
        self._executions = self.executions()
        if not self.every_s:
            return
        if (newest.mark.port, newest.mark.format) == (self.port, generations.FORMAT):
            self._log = ChangeLog.begin(self.folder, newest.mark.log, after_snapshot=False)
        else:  # URLs in the log would have this port, and those in the generation another one
            self.requests.note(rest=True)

    # Writing

    async def run(self) -> None:
        """Save the state while the engine runs: on request, and by itself unless `every_s` is 0."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, self._request)
        tick_s = min(COMMIT_S, self.every_s) or None
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._requested.wait(), tick_s)
            try:
                await self._save()
            except Exception as error:  # noqa: BLE001 - whatever it is: saving goes on, and everything is saved anew
                self._give_up_log()
                self._failed(repr(error))
            if self._requested.is_set():
                await asyncio.sleep(_POLL_S)

    async def _save(self) -> None:
        """Take the snapshot that is due, or write what changed to the log."""
        self._collect()
        self._end_writing()
        if self._snapshot_is_due():
            await self._take_snapshot()
        elif not self.requests.rest_has_changed:
            await self._commit()
        self._tidy_when_idle()

    def _tidy_when_idle(self) -> None:
        """Return free memory to the system, once there have been no requests for a while."""
        was_tidy, self._is_tidy = self._is_tidy, self.requests.quiet_s() >= max(self.every_s, COMMIT_S)
        if self._is_tidy and not was_tidy:
            threading.Thread(target=garbage.give_back, daemon=True).start()

    def _snapshot_is_due(self) -> bool:
        # A stack saved in the middle of a deployment could never continue, so snapshots are taken before or after.
        if self._children or self.is_deploying():
            return False
        if self._requested.is_set():
            return True
        if not self.every_s or time.monotonic() < self._not_before:
            return False
        return self.requests.rest_has_changed or self.executions() != self._executions

    async def _take_snapshot(self) -> None:
        if self._writing is not None:
            await asyncio.wait([asyncio.wrap_future(self._writing[0])])
            self._end_writing()
        if (merging := self._end_merging()) is not None:
            await asyncio.to_thread(merging.wait)
        is_requested = self._requested.is_set()
        self._requested.clear()
        if await self._when_free(lambda: self._fork(last=False)) is None and is_requested:
            self._requested.set()

    async def _commit(self) -> None:
        """Write what changed to the log."""
        log = self._log
        if log is None or self._writing is not None:
            return
        cut = await self._when_free(self.changes.cut)
        if cut:
            begins = log.size > LOG_BYTES_MAX and self._merging is None and not self._children
            self._write(cut, number=log.number + 1 if begins else None)
            if begins:
                self._merge_before = log.number + 1

    def _write(self, cut: Cut | None, *, number: int | None = None, after_snapshot: bool = False) -> None:
        """Have the thread write an entry to the log, then begin the log of this number."""

        def write() -> None:
            log = self._log
            if log is not None and cut:
                log.append(cut.entry(self.persistence.json_default))
            if number is not None:
                if log is not None:
                    log.close()
                self._log = ChangeLog.begin(self.folder, number, after_snapshot=after_snapshot)

        self._writing = self._writer.submit(write), cut.at if cut else ""
        self._writing_since = time.monotonic()

    def _end_writing(self) -> None:
        """Record that the thread has written, if it has."""
        if self._writing is None or not self._writing[0].done():
            return
        (written, at), self._writing = self._writing, None
        error = written.exception()
        if error is not None:
            self._give_up_log()
            self._failed(getattr(error, "strerror", None) or str(error))
            return
        if at:
            self._saved_until, self.unsaved = at, None
        took_s = time.monotonic() - self._writing_since
        if took_s > PROMISED_S - COMMIT_S:
            engine_log.write(f"saving changes took {took_s:.0f} s; a kill loses the last {took_s + COMMIT_S:.0f} s")
        if self._merge_before is not None and self._merging is None and not self._children:
            self._merging, self._merge_before = self._begin_merging(self._merge_before), None

    def _begin_merging(self, number: int) -> subprocess.Popen[bytes]:
        """Start the process that merges the logs of before this number. It does not copy this process's memory."""
        return subprocess.Popen(
            [sys.executable, "-m", "engine.state.merging", self.folder, str(number), str(self.held_fd)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            pass_fds=[self.held_fd],
            stdin=subprocess.DEVNULL,
        )

    def _give_up_log(self) -> None:
        """Have the next snapshot save everything: the log lacks something."""
        if self._log is not None:
            self._log.close()
            self._log = None
        for _, table in self.tables.tables.all_items():
            table["items"].is_saved = False
        self.requests.note(rest=True)
        self._not_before = time.monotonic() + self.every_s

    def _end_merging(self) -> subprocess.Popen[bytes] | None:
        """Return the process that merges the log, if there is one, which is about to end: a snapshot does its work."""
        merging, self._merging, self._merge_before = self._merging, None, None
        if merging is not None:
            merging.kill()
        return merging

    def _request(self) -> None:
        self._requests += 1
        self._requested.set()

    def save_last(self) -> None:
        """Take the last snapshot, after the engine has stopped serving.

        When this function returns, the snapshot is written, or never will be.
        """
        if self._writing is not None:
            wait([self._writing[0]])
            self._end_writing()
        if (merging := self._end_merging()) is not None:
            merging.wait()
        for pid in [*self._children]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self._children.pop(pid)(False, 0)
        deadline = time.monotonic() + _LOCK_PATIENCE_S
        pid = None
        while pid is None and time.monotonic() < deadline:
            with ExitStack() as held:
                pid = self._fork(last=True) if self._acquire(held) else None
            time.sleep(0.0 if pid else 0.01)
        if self._log is not None:
            self._log.close()
            self._log = None
        if pid is None:
            self._failed(_LOCK_TAKEN)
        else:
            self._end(*os.wait4(pid, 0))
        self._writer.shutdown()  # it removes the logs that the snapshot has, and the process may end at once

    async def _when_free(self, take: Callable[[], Taken]) -> Taken | None:
        """Return what is taken while every lock is held, on the event loop, or None if one is never free."""
        deadline = time.monotonic() + _LOCK_PATIENCE_S
        while time.monotonic() < deadline:
            with ExitStack() as held:
                if self._acquire(held):
                    return take()
            await asyncio.sleep(_LOCK_POLL_S)
        if self.unsaved is None:
            self._failed(_LOCK_TAKEN)
        return None

    def _acquire(self, held: ExitStack) -> bool:
        """Acquire every lock until the block ends, or return False if one is taken."""
        for lock in self.locks:
            if not lock.acquire(blocking=False):
                return False
            held.callback(lock.release)
        return True

    def _fork(self, *, last: bool) -> int | None:
        """Fork, and return the child's process ID, or None if that fails. The caller holds every lock.

        Runs on the event loop, between requests.
        """
        digests, services, parent = self.blobs.share(), self.services(), os.getpid()
        executions = self.executions()
        stored: dict[Key, PackedItems] = {key: table["items"] for key, table in self.tables.tables.all_items()}
        cut = self.changes.cut()
        # What only the snapshot has is to be saved together with what follows it.
        is_alone = self.requests.rest_has_changed or self._log is None
        # A log without an entry begins at this instant, too.
        log = self._log if self._log is not None and self._log.is_empty and not (is_alone or cut) else None
        number = generations.next_log(self.folder) if log is None else log.number
        mark = Mark(now(), self.port, self.engine, last, self._requests, log=number)
        tables = {key: items.is_saved for key, items in stored.items()}
        snapshot = _Snapshot(parent, services, digests, tables, cut, mark, is_alone)
        self.requests.cut()
        try:
            pid = os.fork()
        except OSError as error:
            self._failed(f"no process could be started: {error.strerror}")
            self._give_up_log()
            return None
        if pid == 0:
            self._be_child(snapshot)

        def done(saved: bool, cpu_s: float) -> None:
            rest_s = min(max(REST_S, _REST_RATIO * cpu_s), self.every_s)
            self._not_before = time.monotonic() + (rest_s if saved else self.every_s)
            if saved:
                for items in stored.values():
                    items.is_saved = True
                self._saved_until, self.unsaved = mark.at, None
                self._executions = executions
                self._writer.submit(generations.prune_logs, self.folder)
            elif is_alone:
                self._give_up_log()

        self._children[pid] = done
        self._forked_at = time.monotonic()
        if self.every_s and not last and log is None:
            self._write(None if is_alone else cut, number=number, after_snapshot=is_alone)
        return pid

    def _collect(self) -> None:
        if self._merging is not None and self._merging.poll() is not None:
            if self._merging.returncode:
                engine_log.write(f"the log was not merged: {reason_of(self._merging.returncode)}")
            self._merging = None
        for pid in [*self._children]:
            if time.monotonic() - self._forked_at > CHILD_S_MAX:
                os.kill(pid, signal.SIGKILL)
            ended, status, used = os.wait4(pid, os.WNOHANG)
            if ended:
                self._end(pid, status, used)

    def _end(self, pid: int, status: int, used: resource.struct_rusage) -> None:
        code = os.waitstatus_to_exitcode(status)
        self._children.pop(pid)(code == 0, used.ru_utime + used.ru_stime)
        if code:
            self._failed(reason_of(code))

    def _failed(self, reason: str) -> None:
        self.unsaved = Unsaved(self._saved_until, reason)
        engine_log.write(f"state was not saved: {reason}; last saved generation: {generations.newest(self.folder)}")

    def _be_child(self, snapshot: _Snapshot) -> NoReturn:
        code = _FAILED
        try:
            # Until a snapshot is written that is alone, a kill loses all that is newer.
            self._prepare_child(nice=not (snapshot.mark.last or snapshot.is_alone))
            self._write_generation(snapshot)
            code = 0
        except OSError as error:
            code = _OS_ERROR + (error.errno or 0)
            os.write(2, traceback.format_exc().encode())
        except BaseException:  # noqa: BLE001 - nothing of it may go on in the parent's code
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(code)

    def _prepare_child(self, *, nice: bool) -> None:
        gc.disable()  # a collection touches every object, and so copies every page that both processes share
        # Nothing changes the state in this process, so copying is unnecessary. Locking, waiting and notifying must not
        # happen.
        copy.deepcopy = lambda value, _memo=None: value
        logging.disable(logging.CRITICAL)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        # Sockets and pipes belong to the parent, and must close when it closes them.
        os.closerange(3, self.held_fd)
        os.closerange(self.held_fd + 1, os.sysconf("SC_OPEN_MAX"))
        if nice:
            os.nice(_NICENESS)

    def _write_generation(self, snapshot: _Snapshot) -> None:
        def alive() -> None:
            if os.getppid() != snapshot.parent:
                os._exit(_FAILED)

        before, mark = generations.newest(self.folder), snapshot.mark
        merged = Merged()
        if before is not None:
            for entry in change_log.all_entries(self.folder, before, mark.log):
                alive()
                merged.add(entry)
        merged.add(snapshot.cut.entry(self.persistence.json_default))
        written = {key: merged.lines(".".join(key)) if is_saved else None for key, is_saved in snapshot.tables.items()}
        beside = generations.begin(self.folder)
        writer = Writer(beside, before, self.persistence, alive)
        writer.write(snapshot.services, written=written, digests=snapshot.digests)
        alive()
        generations.commit(beside, mark)
        generations.prune(self.folder)
