"""The state folder: `.sandbox/` in the repository, or wherever PAYSANDBOX_HOME points.

One home is one sandbox: its engine's state, its log, and the lock that keeps two commands from changing it at once. Two
homes (and two ports) are two sandboxes that know nothing of each other.
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
"""The repository: the program runs from its checkout, since it deploys the code that stands there."""

HOME_VARIABLE = "PAYSANDBOX_HOME"

# How long a deployment whose `up` was killed may go on before the next command gives up waiting for it.
ORPHAN_PATIENCE_S = 90.0


@dataclass(frozen=True)
class SandboxRecord:
    """Facts of the sandbox that runs, or ran last, in a home. Times are ISO 8601 in UTC.

    `pid` is None when nothing was left running. Whether it still runs is for engine.py to say: a number in a file
    may belong to another process by now.
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
        """PAYSANDBOX_HOME, or `.sandbox` in the repository. Makes nothing."""
        chosen = os.environ.get(HOME_VARIABLE)
        return cls(Path(chosen).expanduser().absolute() if chosen else ROOT / ".sandbox")

    @property
    def state(self) -> Path:
        """The engine's own files: what lies in S3, and the key that its Cognito signs with."""
        return self.path / "state"

    @property
    def saved(self) -> Path:
        """The saved generations of the engine's state, of which the newest counts."""
        return self.path / FOLDER_NAME

    @property
    def tmp(self) -> Path:
        """The engine's and CDK's temporary folder; nothing in it outlives a start."""
        return self.path / "tmp"

    @property
    def discarded(self) -> Path:
        """Temporary folders of earlier runs, which the engine removes while it runs."""
        return self.path / DISCARDED_NAME

    @property
    def engine_log(self) -> Path:
        """Everything the engine prints."""
        return self.path / "engine.log"

    @property
    def deploy_log(self) -> Path:
        """Everything the CDK CLI printed in the last deployment."""
        return self.path / "deploy.log"

    @property
    def cloud_assembly(self) -> Path:
        """CDK's output folder; of this home, so that two sandboxes may deploy at once."""
        return self.path / "cdk.out"

    @property
    def deploying(self) -> Path:
        """There while a deployment is under way, and after one that was cut off."""
        return self.path / "deploying"

    @property
    def outputs(self) -> Path:
        """The outputs of every stack, as `cdk deploy` writes them."""
        return self.path / "outputs.json"

    @property
    def engine_lock(self) -> Path:
        """Held by the engine for as long as it lives; holds its process number and port."""
        return self.path / LOCK_NAME

    @property
    def served(self) -> Path:
        """What the wall before the engine lets through to the API."""
        return self.path / SERVED_NAME

    @property
    def assembly_record(self) -> Path:
        """Which sources the cloud assembly was made from."""
        return self.path / "assembly.json"

    @property
    def record_file(self) -> Path:
        """The record, as JSON."""
        return self.path / "sandbox.json"

    @property
    def lock_file(self) -> Path:
        """Held by the command that changes this home; names its process."""
        return self.path / "lock"

    def make(self) -> None:
        """Create the folder, for its owner only: the engine's state and log hold API keys."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.tmp.mkdir(exist_ok=True)
        self.state.mkdir(exist_ok=True)

    def read(self) -> SandboxRecord:
        """The record; an empty one when there is none or it cannot be read."""
        known = {field.name for field in fields(SandboxRecord)}
        return SandboxRecord(**{name: value for name, value in read_json(self.record_file).items() if name in known})

    def change(self, **facts: Any) -> SandboxRecord:
        """Write the record with these facts changed, and return it."""
        record = replace(self.read(), **facts)
        write_json(self.record_file, asdict(record))
        return record

    @contextmanager
    def lock(self, say: Callable[[str], None] = lambda _: None) -> Iterator[int]:
        """Be the only command that changes this home; yields the lock's descriptor.

        The kernel lets go of it when the last process that has it ends, however it ends, so a lock is never stale. A
        deployment is given it as well: one that outlives a killed `up` is waited for.
        """
        self.make()
        with self.lock_file.open("a+", encoding="utf-8") as held:
            self._take(held, say)
            held.truncate(0)
            held.write(str(os.getpid()))
            held.flush()
            yield held.fileno()

    def is_locked(self) -> bool:
        """Whether a command is at work in this home."""
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
                        f"Another command (process {pid or 'unknown'}) is at work in {self.path}.",
                        "Wait until it has finished; for a second sandbox use another PAYSANDBOX_HOME and --port.",
                    ) from None
                say(f"waiting for what process {pid}, which was killed, had started")
                time.sleep(0.1)
            else:
                return


def is_locked(file: Path) -> bool:
    """Whether some process holds the file's lock, which is looked at and not kept."""
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
    except ValueError:  # it has the lock and has not yet written its number
        return True
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_json(file: Path) -> dict[str, Any]:
    """The object in a file; empty when it is absent, half written or something else."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(file: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step, so that a process killed on the way leaves the old content whole."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(file)
