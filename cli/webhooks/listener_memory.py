"""The files that `paysandbox listen` keeps in PAYSANDBOX_HOME: its secret, and the events that it has received.

The memory is an append-only file, so that a killed listener loses nothing. A line is an event's time, its ID and a
mark: expected, received, or a time from which to look for events.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import os
import secrets
import tempfile
import threading
from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

from cli.terminal.failure import Failure
from paysandbox.core.signature import PREFIX, SECRET_BYTES
from paysandbox.core.timestamps import format_timestamp, parse_timestamp

MARGIN: Final = timedelta(minutes=10)
"""How far out of order events may be published without being missed."""

_RECEIVED: Final = "heard"
_EXPECTED: Final = "expected"
_FIRST: Final = "first"
_LOOKED: Final = "looked"
_NO_EVENT: Final = "-"


def folder_of(home: Path, environment: str, merchant: str) -> Path:
    """Return the folder of a merchant's listeners in an environment."""
    return home / "listen" / environment / merchant


def stable_secret(folder: Path) -> str:
    """Return the secret that signs forwarded events, created once and readable by its owner only."""
    file = folder / "secret"
    if not file.exists():
        _make_secret(file)
    text = file.read_text(encoding="ascii", errors="replace").strip()
    try:
        sound = len(base64.b64decode(text.removeprefix(PREFIX), validate=True)) == SECRET_BYTES
    except binascii.Error:
        sound = False
    if not (sound and text.startswith(PREFIX)):
        raise Failure(
            f"{file} does not hold a valid secret.",
            "Delete the file. A new secret is created; update your application.",
        )
    return text


def _make_secret(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix="secret.", dir=file.parent)  # with mode 0600
    made = Path(name)
    with os.fdopen(descriptor, "w", encoding="ascii") as written:
        written.write(PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode() + "\n")
    try:
        os.link(made, file)  # atomic, and never overwrites the secret of another listener
    except FileExistsError:
        pass
    finally:
        made.unlink()


class Memory:
    """The received events by ID. Times are timestamps of the sandbox's clock, which sort as text.

    If a merchant has several listeners, the first owns the memory (`is_owner`). For the others, every event is new.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._writing = threading.Lock()
        self._file: IO[str] = (folder / "heard").open("a+", encoding="ascii", errors="replace")
        self.is_owner = _lock(self._file)
        self._received: dict[str, str] = {}
        self._expected: dict[str, str] = {}
        self._first: str | None = None
        self._newest: str | None = None
        if self.is_owner:
            self._read()

    def begin(self, now: str) -> str | None:
        """Return the time from which to look for missed events, or None without an earlier listener.

        `now` is the sandbox's time.
        """
        if not self.is_owner:
            return None
        if self._first is None or self._newest is None:
            self._note(now, _NO_EVENT, _FIRST)
            return None
        late = format_timestamp(parse_timestamp(self._newest) - MARGIN)
        since = max(min([late, *self._expected.values()]), self._first)
        since = min(since, now)  # the clock was reset
        self._shorten(since)
        return since

    def looked(self, listed: Iterable[tuple[str, str]], now: str) -> list[str]:
        """Return the events (ID, time) in the list that were never received, and expect them until they are."""
        known = dict(listed)
        missed = [event_id for event_id in known if event_id not in self._received]
        for event_id in missed:
            if event_id not in self._expected:
                self._note(known[event_id], event_id, _EXPECTED)
        self._note(now, _NO_EVENT, _LOOKED)
        return missed

    def keep_only(self, listed: Collection[str], now: str) -> None:
        """Forget the expected events that are older than `now` and not in this list: the sandbox has deleted them."""
        left = {event_id: at for event_id, at in self._expected.items() if event_id in listed or at >= now}
        if left != self._expected:
            self._expected = left
            self._shorten(min(self._received.values(), default=now))

    def expect(self, event_id: str, at: str) -> None:
        """Record that an event could not be forwarded, so that it is looked for until it is."""
        if event_id not in self._expected:
            self._note(at, event_id, _EXPECTED)

    def record(self, event_id: str, at: str) -> None:
        """Record that an event was received and forwarded."""
        if event_id not in self._received or event_id in self._expected:
            self._note(at, event_id, _RECEIVED)

    def has_received(self, event_id: str) -> bool:
        """Return whether the event was forwarded, in this run or an earlier one."""
        return event_id in self._received

    def close(self) -> None:
        """Release the memory for another listener."""
        self._file.close()

    def _note(self, at: str, event_id: str, mark: str) -> None:
        with self._writing:
            self._take(at, event_id, mark)
            if self.is_owner and not self._file.closed:
                self._file.write(f"{at} {event_id} {mark}\n")
                self._file.flush()

    def _take(self, at: str, event_id: str, mark: str) -> None:
        if mark == _EXPECTED:
            self._expected[event_id] = at
            return
        if mark == _RECEIVED:
            self._expected.pop(event_id, None)
            self._received[event_id] = at
        elif mark == _FIRST and self._first is None:
            self._first = at
        self._newest = max(self._newest or at, at)

    def _read(self) -> None:
        self._file.seek(0)
        for line in self._file:
            parts = line.split()
            if line.endswith("\n") and len(parts) == 3 and _is_time(parts[0]):
                self._take(parts[0], parts[1], parts[2])
        self._file.seek(0, os.SEEK_END)

    def _shorten(self, since: str) -> None:
        """Drop events that are too old to be requested again. The file is changed in place, since the lock is on it."""
        self._received = {event_id: at for event_id, at in self._received.items() if at >= since}
        lines = [f"{self._first} {_NO_EVENT} {_FIRST}", f"{self._newest} {_NO_EVENT} {_LOOKED}"]
        lines += [f"{at} {event_id} {_RECEIVED}" for event_id, at in self._received.items()]
        lines += [f"{at} {event_id} {_EXPECTED}" for event_id, at in self._expected.items()]
        with self._writing:
            self._file.truncate(0)
            self._file.write("\n".join(lines) + "\n")
            self._file.flush()


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        return format_timestamp(parse_timestamp(text)) == text
    except (ValueError, OverflowError):
        return False
