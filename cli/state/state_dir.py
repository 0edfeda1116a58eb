"""The state folder: the folder that PAYSANDBOX_HOME names, or else the installation's own (`.sandbox` in a checkout).

One home is one sandbox: its engine's state, its log, and a lock that allows only one command at a time to change it.
Two homes (with two ports) are two independent sandboxes. The homes of named sandboxes are inside the default one's.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import IO, Any, Self

from cli.deploy.installation import installation
from cli.terminal.failure import Failure
from cli.terminal.sandbox_name import NAME_VARIABLE, is_name, sandbox_name
from engine.home_files import DISCARDED_NAME, SERVED_NAME
from engine.lock import LOCK_NAME
from engine.state.generations import FOLDER_NAME
from paysandbox.aws.schema import INDEX_SHARDS

HOME_VARIABLE = "PAYSANDBOX_HOME"

# The folder of the homes of named sandboxes.
_NAMED = "named-sandboxes"

# How long the next command waits for the deployment of a killed `up`.
ORPHAN_PATIENCE_S = 90.0


@dataclass(frozen=True)
class SandboxRecord:
    """Facts about the current or last sandbox of a home. Times are ISO 8601 in UTC.

    `pid` is None if no process was left running. engine.py decides whether it still runs: the process ID may have been
    reused. `index_shards_read` is how many shards of a list may have entries (paysandbox/aws/index_shards.py). Records
    of earlier versions, which wrote all, do not have it. `has_journal`: whatever moved a balance is in its journal.
    Records of versions before the journal do not say so.
    """

    environment: str = "local"
    region: str = "us-east-1"
    port: int | None = None
    pid: int | None = None
    started_at: str | None = None
    aws_endpoint_url: str | None = None
    base_url: str | None = None
    last_graceful_stop: str | None = None
    index_shards_read: int = INDEX_SHARDS
    has_journal: bool = False


@dataclass(frozen=True)
class StateDir:
    """A state folder and the names of everything in it."""

    path: Path

    @classmethod
    def find(cls) -> Self:
        """Return the folder that PAYSANDBOX_HOME names, or else the installation's own. Creates nothing.

        If a sandbox is selected by name (`--name`, PAYSANDBOX_NAME), it is that sandbox's folder within.
        """
        chosen, name = os.environ.get(HOME_VARIABLE), sandbox_name()
        folder = Path(chosen).expanduser().absolute() if chosen else installation().home
        if name is None:
            return cls(folder)
        if not is_name(name):
            raise Failure(f"{NAME_VARIABLE} is {name!r}, which is not a name for a sandbox.", f"unset {NAME_VARIABLE}")
        home = cls(folder / _NAMED / name)
        home._refuse_ambiguous()
        return home

    @property
    def name(self) -> str | None:
        """The sandbox's name, or None for a default sandbox."""
        return self.path.name if self.path.parent.name == _NAMED else None

    def _refuse_ambiguous(self) -> None:
        """Refuse a name whose folder could be another sandbox's. Raises Failure."""
        if self.path.is_symlink():
            raise Failure(
                f"{self.path} is a symbolic link, so it could be the folder of another sandbox.",
                "Remove the link. To keep sandboxes elsewhere, set PAYSANDBOX_HOME.",
            )
        for other in self.default.named():
            # Where the disk ignores case, both names are the same folder.
            if other.name != self.name and other.path.name.lower() == self.path.name.lower():
                raise Failure(
                    f"There is a sandbox {other.path.name}. Names that differ only in case are not allowed.",
                    f"Use that sandbox with `--name {other.path.name}`, or choose another name.",
                )

    @property
    def default(self) -> Self:
        """The home of the default sandbox beside this one, or this home."""
        return self if self.name is None else replace(self, path=self.path.parent.parent)

    def named(self) -> list[Self]:
        """Return the homes of the named sandboxes beside this default one, sorted by name."""
        return [replace(self, path=path) for path in sorted((self.path / _NAMED).glob("*/")) if is_name(path.name)]

    @property
    def state(self) -> Path:
        """The engine's own files: S3's objects, and Cognito's signing key."""
        return self.path / "state"

    @property
    def saved(self) -> Path:
        """The saved generations of the engine's state. The newest one is current."""
        return self.path / FOLDER_NAME

    @property
    def named_states(self) -> Path:
        """Copies of the state under names."""
        return self.path / "named-states"

    @property
    def tmp(self) -> Path:
        """The temporary folder of the engine and CDK, emptied at every start."""
        return self.path / "tmp"

    @property
    def discarded(self) -> Path:
        """Temporary folders of earlier runs, which the engine removes while it runs."""
        return self.path / DISCARDED_NAME

    @property
    def engine_log(self) -> Path:
        """Everything that the engine prints."""
        return self.path / "engine.log"

    @property
    def cloud_assembly(self) -> Path:
        """CDK's output folder. Each home has its own, so that two sandboxes can deploy at once."""
        return self.path / "cdk.out"

    @property
    def deploying(self) -> Path:
        """A file that exists during a deployment, and after an interrupted one."""
        return self.path / "deploying"

    @property
    def engine_lock(self) -> Path:
        """The lock that the engine holds for as long as it lives. The file contains its process ID and port."""
        return self.path / LOCK_NAME

    @property
    def served(self) -> Path:
        """The paths and hosts that the wall passes to the API."""
        return self.path / SERVED_NAME

    @property
    def assembly_record(self) -> Path:
        """The record of the sources of the cloud assembly."""
        return self.path / "assembly.json"

    @property
    def record_file(self) -> Path:
        """The record, as JSON."""
        return self.path / "sandbox.json"

    @property
    def lock_file(self) -> Path:
        """The lock of the command that changes this home. The file contains its process ID."""
        return self.path / "lock"

    def make(self) -> None:
        """Create the folder with access for its owner only: the engine's state and log contain API keys.

        Raises Failure if it cannot be written.
        """
        with self._written():
            self.default.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.tmp.mkdir(exist_ok=True)
            self.state.mkdir(exist_ok=True)

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Raise Failure with the folder's name if it cannot be written in the block. A full disk is another matter."""
        try:
            yield
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise
            raise Failure(
                f"The state folder {self.path} cannot be written ({error.strerror}: {error.filename}).",
                f"Set {HOME_VARIABLE} to a folder that you can write to, then run the command again.",
            ) from error

    def read(self) -> SandboxRecord:
        """Return the record, or an empty one if it is missing or unreadable."""
        known = {field.name for field in fields(SandboxRecord)}
        return SandboxRecord(**{name: value for name, value in read_json(self.record_file).items() if name in known})

    def change(self, **facts: Any) -> SandboxRecord:
        """Write the record with these facts changed, and return it."""
        record = replace(self.read(), **facts)
        write_json(self.record_file, asdict(record))
        return record

    @contextmanager
    def lock(self, say: Callable[[str], None] = lambda _: None) -> Iterator[int]:
        """Hold the home's lock, so that no other command changes the home. Yields the lock's descriptor.

        The kernel releases the lock when the last process that has it ends, however it ends, so a lock is never stale.
        A deployment inherits it, so the next command waits for one that outlives a killed `up`. Raises Failure if the
        folder cannot be written.
        """
        with self._open_lock() as held:
            self._take(held, say)
            held.truncate(0)
            held.write(str(os.getpid()))
            held.flush()
            yield held.fileno()

    def _open_lock(self) -> IO[str]:
        self.make()
        with self._written():
            return self.lock_file.open("a+", encoding="utf-8")

    def is_locked(self) -> bool:
        """Return whether a command holds the home's lock."""
        return is_locked(self.lock_file)

    def _take(self, lock: IO[str], say: Callable[[str], None]) -> None:
        deadline = time.monotonic() + ORPHAN_PATIENCE_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                pid = lock.read().strip()
                if _is_alive(pid) or time.monotonic() > deadline:
                    raise Failure(
                        f"Another command (process {pid or 'unknown'}) is using {self.path}.",
                        "Wait until it has finished. For a second sandbox: paysandbox --name NAME up",
                    ) from None
                say(f"waiting for a deployment of process {pid}, which was killed")
                time.sleep(0.1)
            else:
                return


def is_locked(file: Path) -> bool:
    """Return whether a process holds the file's lock, without keeping the lock."""
    try:
        with file.open(encoding="utf-8") as looked_at:
            fcntl.flock(looked_at, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except BlockingIOError:
        return True
    return False


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ValueError:  # it has the lock but has not written its process ID yet
        return True
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_json(file: Path) -> dict[str, Any]:
    """Return the object in a file, or an empty one if the file is missing, incomplete or has other content."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(file: Path, content: dict[str, Any]) -> None:
    """Replace the file atomically, so that a killed process leaves the old content intact."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(file)
