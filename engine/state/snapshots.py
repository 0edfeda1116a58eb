"""Saves the engine's state periodically while it runs, on request (SIGUSR2), and once more when it stops.

A snapshot captures one instant: the process forks while it holds ministack's locks, and the child writes the memory of
that moment while the parent continues to respond. So tables, their streams and the queues are consistent with each
other. A child whose parent has ended exits, and holds the home's lock until then: two engines never write generations
at the same time.

A killed engine loses everything since the instant of its last snapshot. The next snapshot starts EVERY_S later, or when
the previous one is written, so the loss is at most EVERY_S plus the time of writing. An idle engine takes none:
since one that found no change, no request came but reads, and no function wrote a line or failed. What happens
otherwise, such as the removal of an expired item, is saved with the next change, and happens again after a kill.
"""

import asyncio
import copy
import gc
import hashlib
import itertools
import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Protocol

from engine import engine_log
from engine.lock import now
from engine.ministack import OF_SCOPED, scoped
from engine.state import garbage, generations
from engine.state.generations import EVERY_S, Mark
from engine.state.packed_items import PackedItems, Written
from engine.state.stored import Key, Reader, Writer
from engine.state.unsaved import Unsaved

# Beyond this, a kill may lose more than README promises, so the log reports it.
PROMISED_S = 30.0 - EVERY_S
# After a fork, a child could wait forever for something that exists only in the parent.
CHILD_S_MAX = 300.0

_POLL_S = 0.05
_LOCK_PATIENCE_S = 5.0
# Lower priority than requests when the processors are busy.
_NICENESS = 10

_FAILED, _UNCHANGED = 1, 3
# Above it, a child's exit code tells the error of the operating system (errno), such as a full disk.
_OS_ERROR = 64
_LOCK_TAKEN = "a lock was never free"

_GetState = Callable[[], dict[str, Any] | None]


class Requests:
    """Whether the engine got a request that may change its state since a snapshot that found no change."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._noted = 0
        self._at_cut = 0
        self._saved_until = -1

    def note(self) -> None:
        """Record that a request begins or ends: a snapshot may be taken while it runs. Safe in any thread."""
        self._noted = next(self._numbers)

    def cut(self) -> None:
        """Record that a snapshot is being taken."""
        self._at_cut = self._noted

    def ended(self, *, has_changed: bool) -> None:
        """Record whether the snapshot found a change, or failed."""
        self._saved_until = -1 if has_changed else self._at_cut

    @property
    def are_saved(self) -> bool:
        """Whether another snapshot would find no change either."""
        return self._noted == self._saved_until


class Lock(Protocol):
    """The interface of threading's locks."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...
    def release(self) -> None: ...


class TableWrites:
    """The items that were written or removed since the last generation, of all tables."""

    def __init__(self, tables: Any) -> None:
        self._tables = tables

    def cut(self) -> tuple[Mapping[Key, Written | None], Callable[[bool], None]]:
        """Return the keys of those items by table, and begin again. None stands for a table that was never saved.

        The callback takes whether the state until now was saved.
        """
        items: dict[Key, PackedItems] = {key: table["items"] for key, table in self._tables.tables.all_items()}
        taken = {key: of.written for key, of in items.items()}
        written = {key: taken[key] if of.is_saved else None for key, of in items.items()}
        for of in items.values():
            of.written = {}

        def ended(saved: bool) -> None:
            for key, of in items.items():
                if saved:
                    of.is_saved = True
                else:
                    of.written = {**taken[key], **of.written}

        return written, ended


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
class _Cut:
    """The input of a forked child."""

    parent: int
    services: Mapping[str, _GetState]
    digests: Mapping[int, str]
    written: Mapping[Key, Written | None]
    mark: Mark


@dataclass
class Snapshots:
    """The snapshots of one engine. `services` are the functions with which ministack's modules return their state."""

    folder: Path
    engine: str
    port: int
    persistence: Any
    services: Callable[[], Mapping[str, _GetState]]
    locks: Sequence[Lock]
    writes: TableWrites
    blobs: Blobs
    held_fd: int
    is_deploying: Callable[[], bool]
    requests: Requests
    every_s: float = EVERY_S
    _requests: int = 0
    _requested: asyncio.Event = field(default_factory=asyncio.Event)
    _children: dict[int, Callable[[bool], None]] = field(default_factory=dict[int, Callable[[bool], None]])
    _has_changed: bool = True
    _saved_until: str = field(default_factory=now)
    unsaved: Unsaved | None = None

    # Reading

    def load(self, modules: Mapping[str, Callable[[], Any]]) -> None:
        """Give every service its state from the newest generation. `modules` import each service's module."""
        newest = generations.newest(self.folder)
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

    # Writing

    async def run(self) -> None:
        """Take snapshots while the engine runs: on request, and periodically unless `every_s` is 0."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, self._request)
        began = time.monotonic()
        while True:
            with suppress(TimeoutError):
                wait_s = max(0.0, began + self.every_s - time.monotonic()) if self.every_s else None
                await asyncio.wait_for(self._requested.wait(), wait_s)
            is_requested = self._requested.is_set()
            self._requested.clear()
            began = time.monotonic()
            if self.requests.are_saved and not is_requested:
                continue
            # A stack saved in the middle of a deployment could never continue, so snapshots are taken before or after.
            is_deploying = self.is_deploying()
            pid = None if is_deploying else await self._cut()
            if pid is None and not is_deploying and self.unsaved is None:
                self._failed(_LOCK_TAKEN)
            if pid is None and is_requested:
                self._requested.set()
                await asyncio.sleep(_POLL_S)
            while pid in self._children:
                await asyncio.sleep(_POLL_S)
                self._collect(pid, began)
            took_s = time.monotonic() - began
            if took_s > PROMISED_S:
                engine_log.write(
                    f"saving the state took {took_s:.0f} s; a kill loses the last {2 * took_s:.0f} s at most"
                )

    def _request(self) -> None:
        self._requests += 1
        self._requested.set()

    def save_last(self) -> None:
        """Take the last snapshot, after the engine has stopped serving.

        When this function returns, the snapshot is written, or never will be.
        """
        for pid in [*self._children]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self._children.pop(pid)(False)
        deadline = time.monotonic() + _LOCK_PATIENCE_S
        pid = None
        while pid is None and time.monotonic() < deadline:
            pid = self._fork(last=True)
            time.sleep(0.0 if pid else 0.01)
        if pid is None:
            self._failed(_LOCK_TAKEN)
            return
        self._end(pid, os.waitpid(pid, 0)[1])

    async def _cut(self) -> int | None:
        deadline = time.monotonic() + _LOCK_PATIENCE_S
        while time.monotonic() < deadline:
            pid = self._fork(last=False)
            if pid is not None:
                return pid
            await asyncio.sleep(0.005)
        return None

    def _fork(self, *, last: bool) -> int | None:
        """Fork while holding every lock, or return None if one is taken. Runs on the event loop, between requests."""
        digests, services, parent = self.blobs.share(), self.services(), os.getpid()
        with ExitStack() as held:
            for lock in self.locks:
                if not lock.acquire(blocking=False):
                    return None
                held.callback(lock.release)
            mark = Mark(now(), self.port, self.engine, last, self._requests)
            written, ended = self.writes.cut()
            cut = _Cut(parent, services, digests, written, mark)
            self.requests.cut()
            try:
                pid = os.fork()
            except OSError as error:
                self._failed(f"no process could be started: {error.strerror}")
                pid = None
        if pid == 0:
            self._be_child(cut)

        def done(saved: bool) -> None:
            ended(saved)
            if saved:
                self._saved_until, self.unsaved = mark.at, None

        if pid is None:
            done(False)
        else:
            self._children[pid] = done
        return pid

    def _collect(self, pid: int, began: float) -> None:
        if time.monotonic() - began > CHILD_S_MAX:
            os.kill(pid, signal.SIGKILL)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            self._end(pid, status)

    def _end(self, pid: int, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        self._children.pop(pid)(code in {0, _UNCHANGED})
        self.requests.ended(has_changed=code != _UNCHANGED)
        is_idle, self._has_changed = code == _UNCHANGED and self._has_changed, code != _UNCHANGED
        if is_idle:
            garbage.step(is_idle=True)
            threading.Thread(target=garbage.give_back, daemon=True).start()
        if code not in {0, _UNCHANGED}:
            self._failed(reason_of(code))

    def _failed(self, reason: str) -> None:
        self.unsaved = Unsaved(self._saved_until, reason)
        engine_log.write(f"state was not saved: {reason}; last saved generation: {generations.newest(self.folder)}")

    def _be_child(self, cut: _Cut) -> NoReturn:
        code = _FAILED
        try:
            self._prepare_child(nice=not cut.mark.last)
            code = self._write(cut)
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

    def _write(self, cut: _Cut) -> int:
        def alive() -> None:
            if os.getppid() != cut.parent:
                os._exit(_FAILED)

        before = generations.newest(self.folder)
        beside = generations.begin(self.folder)
        writer = Writer(beside, before, self.persistence, alive)
        writer.write(cut.services, written=cut.written, digests=cut.digests)
        alive()
        is_requested = before is None or before.mark.requests != cut.mark.requests
        if not writer.changed and not cut.mark.last and not is_requested:
            generations.prune(self.folder)
            return _UNCHANGED
        generations.commit(beside, cut.mark)
        generations.prune(self.folder)
        return 0
