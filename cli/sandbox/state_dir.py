"""The state folder: `.sandbox/` in the repository, or the folder that PAYSANDBOX_HOME names.

One home is one sandbox: its engine's state, its log, and a lock that allows only one command at a time to change it.
Two homes (with two ports) are two independent sandboxes.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import IO, Any, Self

from cli.engine_process.generations import FOLDER_NAME
from cli.engine_process.lock import LOCK_NAME
from cli.engine_process.state import DISCARDED_NAME
from cli.engine_process.wall import SERVED_NAME
from cli.terminal.failure import Failure

ROOT = Path(__file__).resolve().parents[2]
"""The repository. The program runs from its checkout, since it deploys the code in it."""

HOME_VARIABLE = "PAYSANDBOX_HOME"

# How long the next command waits for the deployment of a killed `up`.
ORPHAN_PATIENCE_S = 90.0


@dataclass(frozen=True)
class SandboxRecord:
    """Facts about the current or last sandbox of a home. Times are ISO 8601 in UTC.

    `pid` is None if no process was left running. engine.py decides whether it still runs: the process ID may have been
    reused.
    """

    environment: str = "local"
    region: str = "us-east-1"
    port: int | None = None
    pid: int | None = None
    started_at: str | None = None
    aws_endpoint_url: str | None = None
    base_url: str | None = None
    last_graceful_stop: str | None = None


@dataclass(frozen=True)
class StateDir:
    """A state folder and the names of everything in it."""

    path: Path

    @classmethod
    def find(cls) -> Self:
        """Return the folder PAYSANDBOX_HOME, or `.sandbox` in the repository. Creates nothing."""
        chosen = os.environ.get(HOME_VARIABLE)
        return cls(Path(chosen).expanduser().absolute() if chosen else ROOT / ".sandbox")

    @property
    def state(self) -> Path:
        """The engine's own files: S3's objects, and Cognito's signing key."""
        return self.path / "state"

    @property
    def saved(self) -> Path:
        """The saved generations of the engine's state. The newest one is current."""
        return self.path / FOLDER_NAME

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
    def deploy_log(self) -> Path:
        """The CDK CLI's output of the last deployment."""
        return self.path / "deploy.log"

    @property
    def cloud_assembly(self) -> Path:
        """CDK's output folder. Each home has its own, so that two sandboxes can deploy at once."""
        return self.path / "cdk.out"

    @property
    def deploying(self) -> Path:
        """A file that exists during a deployment, and after an interrupted one."""
        return self.path / "deploying"

    @property
    def outputs(self) -> Path:
        """The outputs of every stack, as `cdk deploy` writes them."""
        return self.path / "outputs.json"

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
        """Create the folder with access for its owner only: the engine's state and log contain API keys."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.tmp.mkdir(exist_ok=True)
        self.state.mkdir(exist_ok=True)

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
        A deployment inherits it, so the next command waits for one that outlives a killed `up`.
        """
        self.make()
        with self.lock_file.open("a+", encoding="utf-8") as held:
            self._take(held, say)
            held.truncate(0)
            held.write(str(os.getpid()))
            held.flush()
            yield held.fileno()

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
                if _lives(pid) or time.monotonic() > deadline:
                    raise Failure(
                        f"Another command (process {pid or 'unknown'}) is using {self.path}.",
                        "Wait until it has finished. For a second sandbox, set another PAYSANDBOX_HOME and --port.",
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
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lives(pid: str) -> bool:
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
