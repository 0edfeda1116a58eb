"""The local engine: ministack, one per home, on the loopback by default, with a clean environment.

It runs detached, in a session and process group of its own, so that it survives a closed terminal and the end of the
command that started it. Its state is saved while it runs, and completely when it stops gracefully.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.connection.trust import authorities_file
from cli.deploy.installation import ROOT, installation
from cli.sandbox import processes
from cli.state import saved_state
from cli.state.state_dir import StateDir, is_locked
from cli.terminal.failure import Failure
from cli.terminal.sandbox_name import DEFAULT
from engine import lane, second_port
from engine.limits import (
    ENTRIES_MAX,
    ENTRIES_SETTING,
    ENTRIES_VARIABLE,
    PAYMENTS_MAX,
    PAYMENTS_SETTING,
    PAYMENTS_VARIABLE,
    SEARCH_MS,
    SEARCH_SETTING,
)
from engine.state import generations
from engine.state.generations import EVERY_S, EVERY_VARIABLE, Generation
from engine.wall import access_key
from paysandbox.aws import index_shards
from paysandbox.aws.search_time import SEARCH_VARIABLE
from paysandbox.aws.settings import AUTHORITIES_VARIABLE
from paysandbox.aws.trace_context import COLLECTOR_VARIABLE

LAUNCHER = ROOT / "engine"
# It keeps this folder and the caller's environment off the import path.
ISOLATED = "-I"
# Not LocalStack's 4566, and not 4242, the port of Stripe's samples. No common tool uses it.
DEFAULT_PORT = 4610

# The functions reach the engine and this program reaches the API on the loopback, so the engine always listens there.
LOOPBACK = "127.0.0.1"
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - only on request, and then other machines reach the API and nothing else

READY_S = 60.0
# Without progress in saving its state. Before that, what runs ends within 3 s (engine/wall/stopping.py).
STOP_PATIENCE_S = 10.0
# After the state is saved: the engine sometimes does not exit by itself.
SAVED_PATIENCE_S = 2.0
# After the engine has ended, its workers end within this time, unless their function waits for something.
WORKERS_PATIENCE_S = 0.5
POLL_S = 0.02

# The limit of an AWS account. Requests wait for a worker (engine/workers/pool.py); any beyond these are
# rejected.
REQUESTS_MAX = 1000

# Set to 1 for an engine that enforces IAM policies: functions get their roles' permissions, and callers need a known
# key. For tests; without it a sandbox is easier to inspect.
AUTH = "PAYSANDBOX_AUTH"

# Seconds until a snapshot that failed is repeated, for measurements. 0: nothing is saved until the stop.
SNAPSHOT_EVERY = "PAYSANDBOX_SNAPSHOT_EVERY_S"

# Log messages of an engine that could not load a service's state and would overwrite it with an empty one.
UNREADABLE = ("Failed to restore persisted state", "Persistence: failed to load", "refusing to load")

# Engines that this process started, so that they can be reaped.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Engine:
    """A running engine."""

    pid: int
    port: int
    started_at: str
    bind: str = LOOPBACK
    otlp: str = ""
    """The URL of the collector that gets its traces. Empty: none."""


@dataclass(frozen=True)
class Stopped:
    """The result of a stop."""

    took_s: float
    saved: bool


def running(home: StateDir) -> Engine | None:
    """Return the home's engine if it is running.

    The lock that it holds decides: a process ID may have been reused.
    """
    deadline = time.monotonic() + 2.0
    while is_locked(home.engine_lock):
        try:
            facts = json.loads(home.engine_lock.read_text(encoding="utf-8"))
            return Engine(facts["pid"], facts["port"], facts["started_at"], facts["bind"], facts.get("otlp", ""))
        except (OSError, ValueError):  # it holds the lock but has not written its process ID yet
            if time.monotonic() > deadline:
                raise Failure(
                    f"An unknown process holds {home.engine_lock}.",
                    f"Find it (lsof '{home.engine_lock}') and stop it, then run the command again.",
                ) from None
            time.sleep(POLL_S)
    return None


def start(
    home: StateDir,
    port: int,
    bind: str = LOOPBACK,
    meanwhile: Callable[[], None] = lambda: None,
    *,
    before: Callable[[], None] = lambda: None,
    otlp: str = "",
    index_shards_read: int | None = None,
) -> Engine:
    """Start the engine, call `meanwhile`, and wait until the engine responds.

    `before` is called while the engine's process imports its modules, and the process touches nothing of the home until
    `before` returns. So it may end another engine, and replace the state. If it raises, the engine is not started.

    `otlp` is the URL of the collector that gets its traces; empty: none. When `before` has returned, the saved state
    must have been prepared (saved_state.py). `index_shards_read` is of the state that it puts in place; None: as the
    home's record says.
    """
    with _waiting(home, environment(home, port, bind, otlp, index_shards_read)) as child:
        before()
        refuse_taken(home, port)
        if second := second_port_in(os.environ):
            refuse_taken(home, second)
        _discard_tmp(home)
        home.make()
        access_key.ensure(home.path)
        if home.engine_log.exists():
            home.engine_log.replace(home.engine_log.with_suffix(".log.before"))
        _next_log(home).replace(home.engine_log)
        _children[child.pid] = child
    try:
        _release(child)
        meanwhile()
        _wait_until_ready(home, child, port)
        _refuse_unreadable_state(home)
    except BaseException:
        kill(home)
        child.kill()  # it may not have taken the lock yet
        _collect(child.pid)
        home.engine_lock.write_text("", encoding="utf-8")  # it has not served any request, so nothing is lost
        raise
    engine = running(home)
    if engine is None:
        raise Failure("The engine stopped right after its start.", _see_log(home))
    return engine


@contextmanager
def _waiting(home: StateDir, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start an engine's process, which waits for its release (engine/start.py). It is ended if the block raises.

    It also ends if this process does, since its stdin is a pipe that only this process holds.
    """
    home.make()
    # A running engine writes to the other one until it is ended.
    with _next_log(home).open("wb") as log:
        child = subprocess.Popen(
            [installation().engine_python, ISOLATED, LAUNCHER, home.path],
            env=variables,
            cwd=home.path,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield child
    except BaseException:
        child.kill()
        child.communicate()
        _next_log(home).unlink(missing_ok=True)
        raise


def _release(child: subprocess.Popen[bytes]) -> None:
    """Let a waiting process go on."""
    assert child.stdin is not None  # noqa: S101 - it is a pipe
    with suppress(BrokenPipeError), child.stdin as pipe:  # it has ended, as the caller is about to see
        pipe.write(b"\n")


def _next_log(home: StateDir) -> Path:
    return home.engine_log.with_suffix(".log.next")


def stop(
    home: StateDir, *, patience_s: float = STOP_PATIENCE_S, saved_patience_s: float = SAVED_PATIENCE_S
) -> Stopped | None:
    """Stop gracefully, which saves the state, and end all its processes. Return None if it is not running.

    The engine is killed if it makes no progress for `patience_s`, or still runs `saved_patience_s` after it has saved.
    """
    engine = running(home)
    if engine is None:
        return None
    began = time.monotonic()
    with suppress(ProcessLookupError):  # it was killed, and its snapshot process is about to end
        os.kill(engine.pid, signal.SIGTERM)
    quiet_since, seen = began, _signs_of_saving(home)
    while running(home) is not None:
        time.sleep(POLL_S)
        if (signs := _signs_of_saving(home)) != seen:
            quiet_since, seen = time.monotonic(), signs
        saved = saved_state.saved_by_last_stop(home)
        if time.monotonic() - quiet_since > (saved_patience_s if saved else patience_s):
            kill(home)
            break
    _end_group(engine.pid)
    # The unpacked code of its workers. The next start unpacks it again as needed.
    shutil.rmtree(home.tmp, ignore_errors=True)
    return Stopped(time.monotonic() - began, saved_state.saved_by_last_stop(home))


def save_soon(home: StateDir) -> None:
    """Have the running engine save its state, without waiting for it.

    Not to be followed by `save_now`, which could take the generation of this one for its own.
    """
    if (engine := running(home)) is not None:
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(engine.pid, signal.SIGUSR2)


def save_now(home: StateDir) -> Generation:
    """Have the running engine save its state, and return the generation. Raises Failure if it does not."""
    engine = running(home)
    if engine is not None:
        before = _requests_of(engine, generations.newest(home.saved))
        save_soon(home)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and running(home) is not None:
            saved = generations.newest(home.saved)
            if saved is not None and _requests_of(engine, saved) > before:
                return saved
            time.sleep(POLL_S)
    raise Failure("The engine did not save its state.", _see_log(home))


def _requests_of(engine: Engine, generation: Generation | None) -> int:
    """Return how often this engine had been asked to save its state when it wrote a generation."""
    if generation is None or generation.mark.engine != generations.engine_name(asdict(engine)):
        return 0
    return generation.mark.requests


def kill(home: StateDir) -> None:
    """Kill the engine and its workers without saving: for a state to be deleted, and as a last resort."""
    engine = running(home)
    if engine is None:
        return
    # It still holds the lock, so the process ID, which is also its group's ID, has not been reused.
    with suppress(ProcessLookupError):
        os.killpg(engine.pid, signal.SIGKILL)
    deadline = time.monotonic() + STOP_PATIENCE_S
    while running(home) is not None and time.monotonic() < deadline:
        time.sleep(POLL_S)
    _end_group(engine.pid)


def answers(port: int) -> bool:
    """Return whether the engine on that port is ready for requests."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/_ministack/ready", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def answers_soon(port: int, patience_s: float = 5.0) -> bool:
    """Return whether the engine is ready within `patience_s`: it may have just started, or be busy."""
    deadline = time.monotonic() + patience_s
    while not answers(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def environment(
    home: StateDir, port: int, bind: str = LOOPBACK, otlp: str = "", index_shards_read: int | None = None
) -> dict[str, str]:
    """Return the engine's environment variables. Its workers inherit them, so the caller's are left out."""
    return {
        "PATH": f"/usr/bin:/bin:{installation().environment / 'bin'}",
        # The engine starts many threads. glibc would give them eight heaps for each core, each of which keeps what was
        # freed in it.
        "MALLOC_ARENA_MAX": "2",
        "HOME": str(home.path),
        "LANG": "C.UTF-8",
        "TMPDIR": str(home.tmp),
        "BIND_HOST": bind,
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://localhost:{port}",
        lane.VARIABLE: os.environ.get(lane.SETTING, ""),
        "AUTH": "true" if os.environ.get(AUTH) == "1" else "false",
        # Calls that are recorded for tests of rights. Without room for all of them, the first would be forgotten.
        "CLOUDTRAIL_MAX_EVENTS": "50000",
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_ACCOUNT_CONCURRENCY": str(REQUESTS_MAX),
        "LOG_LEVEL": "INFO",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home.state),
        EVERY_VARIABLE: os.environ.get(SNAPSHOT_EVERY, str(EVERY_S)),
        PAYMENTS_VARIABLE: str(limit_in(os.environ, PAYMENTS_SETTING, PAYMENTS_MAX)),
        ENTRIES_VARIABLE: str(limit_in(os.environ, ENTRIES_SETTING, ENTRIES_MAX)),
        second_port.VARIABLE: str(second_port_in(os.environ) or ""),
        # The functions inherit them (paysandbox/aws/index_shards.py).
        index_shards.WRITTEN_VARIABLE: str(index_shards.LOCAL_INDEX_SHARDS),
        index_shards.READ_VARIABLE: str(index_shards_read or home.read().index_shards_read),
        # The functions inherit it (paysandbox/aws/search_time.py).
        SEARCH_VARIABLE: str(limit_in(os.environ, SEARCH_SETTING, SEARCH_MS)),
        # The functions inherit it (paysandbox/aws/runtime.py).
        **({AUTHORITIES_VARIABLE: file} if (file := authorities_file()) else {}),
        # The functions inherit it (paysandbox/aws/tracing.py).
        **({COLLECTOR_VARIABLE: otlp} if otlp else {}),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home.state / "s3"),
        # Disables listeners of unused services, one of which would listen on every interface.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Otherwise the engine looks for containers to remove at every start and stop.
        "DOCKER_HOST": "unix:///nonexistent",
    }


def limit_in(variables: Mapping[str, str], name: str, default: int) -> int:
    """Return the number that an environment variable sets. Raises Failure if it is not one."""
    text = variables.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise Failure(f"{name} must be a whole number from 1, not {text!r}.", f"Without it, the number is {default:,}.")
    return int(text)


def second_port_in(variables: Mapping[str, str]) -> int | None:
    """Return the second port that an environment variable sets. Raises Failure if it is not a port."""
    text = variables.get(second_port.SETTING)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1024 <= int(text) <= 65535):
        raise Failure(
            f"{second_port.SETTING} must be a port from 1024 to 65535, not {text!r}.", "Without it, there is one port."
        )
    return int(text)


def refuse_taken(home: StateDir, port: int) -> None:
    """Raise Failure with the name of the process that uses the port, if any."""
    if not processes.is_taken(port):
        return
    other = f"paysandbox up --port {processes.free_port(port + 1)}"
    sandbox = processes.argument_after(port, ISOLATED, LAUNCHER.name)
    if sandbox is None:
        who = processes.listener(port) or "another program"
        raise Failure(f"Port {port} is in use by {who}.", f"Stop it, or use another port: {other}")
    if Path(sandbox) == home.path:
        who = processes.listener(port)
        raise Failure(
            f"Port {port} is in use by an engine whose state folder was removed: {who}.",
            "Stop that process, then run the command again.",
        )
    raise Failure(
        f"Port {port} is in use by another sandbox, in {sandbox}.",
        f"Use another port: {other}. Or stop that sandbox: {_down(StateDir(Path(sandbox)), home)}",
    )


def _down(other: StateDir, home: StateDir) -> str:
    """Return the command that stops the other sandbox, as a user of this one can type it."""
    if other.default == home.default:
        return f"paysandbox --name {other.name or DEFAULT} down"
    # This sandbox's name is in the environment, or the program adds it to the commands that it prints.
    of_none = "" if home.name is None else f" --name {DEFAULT}"
    return f"PAYSANDBOX_HOME='{other.path}' paysandbox{of_none} down"


def errors(home: StateDir, last: int = 3) -> list[str]:
    """Return the last errors in the engine's log. Functions log theirs there; CloudFormation only reports a timeout."""
    return [line for line in _log(home) if " ERROR [" in line][-last:]


def _discard_tmp(home: StateDir) -> None:
    # It contains the functions' unpacked code, thousands of files: the launcher deletes the moved folder later.
    if home.tmp.exists():
        home.discarded.mkdir(exist_ok=True)
        home.tmp.rename(home.discarded / uuid.uuid4().hex)


def _wait_until_ready(home: StateDir, child: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_S
    while not answers(port):
        if child.poll() is not None:
            raise Failure(f"The engine did not start (exit code {child.returncode}).", _see_log(home))
        if time.monotonic() > deadline:
            raise Failure(f"The engine did not respond within {READY_S:.0f} s.", _see_log(home))
        time.sleep(POLL_S)


def _refuse_unreadable_state(home: StateDir) -> None:
    found = next((line for line in _log(home) if any(words in line for words in UNREADABLE)), None)
    if found is not None:
        raise Failure(
            f"The engine cannot read its saved state: {found.strip()}",
            f"The state in {home.saved} was not changed. To start without it: paysandbox up --fresh",
        )


def _log(home: StateDir) -> list[str]:
    return home.engine_log.read_text(encoding="utf-8", errors="replace").splitlines()


def _see_log(home: StateDir) -> list[str]:
    return [*_log(home)[-15:], "", f"Full log: {home.engine_log}. Run `paysandbox doctor` to find the cause."]


def _signs_of_saving(home: StateDir) -> list[tuple[str, int, int]]:
    signs: list[tuple[str, int, int]] = []
    folders = os.walk(home.saved)  # skips a folder that was renamed or removed meanwhile
    written = [Path(folder, name) for folder, _, names in folders for name in names]
    for file in written:
        with suppress(FileNotFoundError):
            stat = file.stat()
            signs.append((str(file), stat.st_size, stat.st_mtime_ns))
    return sorted(signs)


def _end_group(group: int) -> None:
    """Wait for the workers, which exit when the engine has; kill those that do not. Nothing that they do counts now."""
    _collect(group)
    deadline = time.monotonic() + WORKERS_PATIENCE_S
    while processes.members(group):
        if time.monotonic() > deadline:
            # The group has had members since the engine led it, so its ID has not been reused.
            with suppress(ProcessLookupError):  # the last of them has just exited
                os.killpg(group, signal.SIGKILL)
            return
        time.sleep(POLL_S)


def _collect(pid: int) -> None:
    child = _children.pop(pid, None)
    if child is not None:
        child.wait(timeout=STOP_PATIENCE_S)
