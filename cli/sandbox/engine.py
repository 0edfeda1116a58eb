"""The local engine: a ministack of this home's own, on the loopback unless asked otherwise, in a clean environment.

It runs detached, in a session and process group of its own, so that neither a closed terminal nor the end of the
command that started it ends it. Its state is saved while it runs, and all of it when it is asked to stop.
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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cli.engine_process import access_key
from cli.engine_process.generations import EVERY_S, EVERY_VARIABLE
from cli.sandbox import processes, saved_state
from cli.sandbox.state_dir import StateDir, is_locked
from cli.sandbox.toolchain import ENGINE_PYTHON, NODE_FOLDER
from cli.terminal.failure import Failure

LAUNCHER = Path(__file__).resolve().parent.parent / "engine_process"
DEFAULT_PORT = 4566

# The functions reach the engine, and this program the API, on the loopback. So it is always among the addresses.
LOOPBACK = "127.0.0.1"
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - only when asked for, and then other machines get the API and nothing else

READY_S = 60.0
# Without a sign that it is still writing its state. It first lets its connections drain, for up to 3 s.
STOP_PATIENCE_S = 10.0
# Once the state is whole there is nothing left to wait for; the engine sometimes never ends by itself.
SAVED_PATIENCE_S = 2.0
POLL_S = 0.02

# As in an AWS account. Requests wait for a worker (cli/engine_process/workers.py); whoever comes beyond is refused.
REQUESTS_MAX = 1000

# Set to 1 for an engine that holds everybody to their policies: functions to their roles', callers to a known key. For
# the tests; a sandbox is easier to look into without, and its keys are the same.
AUTH = "PAYSANDBOX_AUTH"

# Seconds between two snapshots of the state, for measuring; 0: none but the last, at the stop.
SNAPSHOT_EVERY = "PAYSANDBOX_SNAPSHOT_EVERY_S"

# What the engine says in its log when it could not load a service's state, and would save an empty one over it.
UNREADABLE = ("Failed to restore persisted state", "Persistence: failed to load", "refusing to load")

# Every engine that this process started, so that none stays a zombie after its end.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Engine:
    """A running engine. `walled`: it runs behind the wall (cli/engine_process/wall.py); older versions had none."""

    pid: int
    port: int
    started_at: str
    bind: str = LOOPBACK
    walled: bool = False


@dataclass(frozen=True)
class Stopped:
    """How a stop went."""

    took_s: float
    saved: bool


def running(home: StateDir) -> Engine | None:
    """The home's engine, if it lives. Goes by the lock that it holds: a number may be another process's by now."""
    deadline = time.monotonic() + 2.0
    while is_locked(home.engine_lock):
        try:
            facts = json.loads(home.engine_lock.read_text(encoding="utf-8"))
            return Engine(
                facts["pid"],
                facts["port"],
                facts["started_at"],
                facts.get("bind", LOOPBACK),
                facts.get("walled", False),
            )
        except (OSError, ValueError):  # it has the lock and has not yet written who it is
            if time.monotonic() > deadline:
                raise Failure(
                    f"Something holds {home.engine_lock} and does not say what it is.",
                    f"Find it (lsof '{home.engine_lock}') and end it, then run the command again.",
                ) from None
            time.sleep(POLL_S)
    return None


def start(home: StateDir, port: int, bind: str = LOOPBACK) -> Engine:
    """Start the engine and wait until it answers. The saved state must have been prepared (saved_state.py)."""
    refuse_taken(home, port)
    _discard_tmp(home)
    home.make()
    access_key.ensure(home.path)
    if home.engine_log.exists():
        home.engine_log.replace(home.engine_log.with_suffix(".log.before"))
    with home.engine_log.open("wb") as log:
        # -I: neither this folder nor anything that the caller's environment names is on its path.
        child = subprocess.Popen(
            [ENGINE_PYTHON, "-I", LAUNCHER, home.path],
            env=environment(home, port, bind),
            cwd=home.path,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[child.pid] = child
    try:
        _wait_until_ready(home, child, port)
        _refuse_unreadable_state(home)
    except BaseException:
        kill(home)
        _collect(child.pid)
        home.engine_lock.write_text("", encoding="utf-8")  # it has served nobody, so nothing was lost with it
        raise
    engine = running(home)
    if engine is None:
        raise Failure("The engine ended right after it had started.", _see_log(home))
    return engine


def stop(
    home: StateDir, *, patience_s: float = STOP_PATIENCE_S, saved_patience_s: float = SAVED_PATIENCE_S
) -> Stopped | None:
    """Stop gracefully, so that the state is saved; None when it does not run. Leaves no process of it behind.

    It is killed when it shows no sign of saving for `patience_s`, or lives on `saved_patience_s` after having saved.
    """
    engine = running(home)
    if engine is None:
        return None
    began = time.monotonic()
    with suppress(ProcessLookupError):  # it was killed, and its snapshot's process is about to end
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
    # What its workers had unpacked: of no use to the next start, which unpacks what it needs.
    shutil.rmtree(home.tmp, ignore_errors=True)
    return Stopped(time.monotonic() - began, saved_state.saved_by_last_stop(home))


def kill(home: StateDir) -> None:
    """End the engine and its workers at once; nothing is saved. For a state to be dropped, and as a last resort."""
    engine = running(home)
    if engine is None:
        return
    # It holds the lock at this moment, so the number, which is also its group's, is its own.
    with suppress(ProcessLookupError):
        os.killpg(engine.pid, signal.SIGKILL)
    deadline = time.monotonic() + STOP_PATIENCE_S
    while running(home) is not None and time.monotonic() < deadline:
        time.sleep(POLL_S)
    _end_group(engine.pid)


def answers(port: int) -> bool:
    """Whether the engine at that port is ready for requests."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/_ministack/ready", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def answers_soon(port: int, patience_s: float = 5.0) -> bool:
    """Whether it is ready within a few seconds: one that was just started, or is busy, may be late."""
    deadline = time.monotonic() + patience_s
    while not answers(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def environment(home: StateDir, port: int, bind: str = LOOPBACK) -> dict[str, str]:
    """All that the engine is told. Its workers inherit it, so nothing of the caller's is in it."""
    return {
        "PATH": f"/usr/bin:/bin:{NODE_FOLDER}",
        "HOME": str(home.path),
        "LANG": "C.UTF-8",
        "TMPDIR": str(home.tmp),
        "BIND_HOST": bind,
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://localhost:{port}",
        "AUTH": "true" if os.environ.get(AUTH) == "1" else "false",
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_ACCOUNT_CONCURRENCY": str(REQUESTS_MAX),
        "LOG_LEVEL": "INFO",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home.state),
        EVERY_VARIABLE: os.environ.get(SNAPSHOT_EVERY, str(EVERY_S)),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home.state / "s3"),
        # Listeners of services that are not used; one of them would listen on every interface.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It would look for containers to remove at every start and stop.
        "DOCKER_HOST": "unix:///nonexistent",
    }


def refuse_taken(home: StateDir, port: int) -> None:
    """Raise Failure, naming who has it, when the port is not free."""
    if not processes.is_taken(port):
        return
    other = f"paysandbox up --port {processes.free_port(port + 1)}"
    sandbox = processes.argument_after(port, LAUNCHER.name)
    if sandbox is None:
        who = processes.listener(port) or "another program"
        raise Failure(f"Port {port} is taken by {who}.", f"Stop it, or use another port: {other}")
    if Path(sandbox) == home.path:
        who = processes.listener(port)
        raise Failure(
            f"Port {port} is taken by an engine whose state folder was removed while it ran: {who}.",
            "End that process, then run the command again.",
        )
    raise Failure(
        f"Port {port} is taken by another sandbox, the one of {sandbox}.",
        f"Use another port: {other}. Or stop that one: PAYSANDBOX_HOME='{sandbox}' paysandbox down",
    )


def errors(home: StateDir, last: int = 3) -> list[str]:
    """The last errors in the engine's log: those of functions are there, where CloudFormation only says "timed out"."""
    return [line for line in _log(home) if " ERROR [" in line][-last:]


def _discard_tmp(home: StateDir) -> None:
    # The unpacked code of functions piles up in it, thousands of files: put aside here, removed by the launcher later.
    if home.tmp.exists():
        home.discarded.mkdir(exist_ok=True)
        home.tmp.rename(home.discarded / uuid.uuid4().hex)


def _wait_until_ready(home: StateDir, child: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_S
    while not answers(port):
        if child.poll() is not None:
            raise Failure(f"The engine did not start (exit code {child.returncode}).", _see_log(home))
        if time.monotonic() > deadline:
            raise Failure(f"The engine did not answer within {READY_S:.0f} s.", _see_log(home))
        time.sleep(POLL_S)


def _refuse_unreadable_state(home: StateDir) -> None:
    found = next((line for line in _log(home) if any(words in line for words in UNREADABLE)), None)
    if found is not None:
        raise Failure(
            f"The engine cannot read its saved state: {found.strip()}",
            f"Nothing was changed; the state is in {home.saved}. To begin anew without it: paysandbox up --fresh",
        )


def _log(home: StateDir) -> list[str]:
    return home.engine_log.read_text(encoding="utf-8", errors="replace").splitlines()


def _see_log(home: StateDir) -> list[str]:
    return [*_log(home)[-15:], "", f"All of it: {home.engine_log}. `paysandbox doctor` looks for causes."]


def _signs_of_saving(home: StateDir) -> list[tuple[str, int, int]]:
    signs: list[tuple[str, int, int]] = []
    for folder, _, names in os.walk(home.saved):  # passes over a folder that was renamed or removed meanwhile
        for name in names:
            with suppress(FileNotFoundError):
                stat = Path(folder, name).stat()
                signs.append((f"{folder}/{name}", stat.st_size, stat.st_mtime_ns))
    return sorted(signs)


def _end_group(group: int) -> None:
    """Wait for the workers, which end by themselves when the engine has; end those that do not."""
    _collect(group)
    deadline = time.monotonic() + 3.0
    while processes.members(group):
        if time.monotonic() > deadline:
            # Its members have been seen since the engine led them, so the number still means this group.
            os.killpg(group, signal.SIGKILL)
            return
        time.sleep(POLL_S)


def _collect(pid: int) -> None:
    child = _children.pop(pid, None)
    if child is not None:
        child.wait(timeout=STOP_PATIENCE_S)
