"""Starts workers as forks of a process that has imported the functions' packages (fork_server.py).

A worker that starts as ministack's do imports boto3, Powertools, pydantic and the layer first: half a second of a core,
for each worker of each function. A fork has them, and shares their memory. It is the same as what Lambda does with
SnapStart, where environments start from a snapshot after the imports.

A fork also gets its lane, over which its function calls AWS (engine/lane).

There is a server for each combination of layers. Where processes cannot be forked safely (macOS, whose system libraries
do not support it), and when a server fails, a worker starts as before.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import IO, Any, Final

import paysandbox
from engine.workers.background import niceness
from engine.workers.fork_server import EARLY, LENGTH
from engine.workers.layers import DIRECTORIES_VARIABLE
from paysandbox.aws.index_shards import READ_VARIABLE, WRITTEN_VARIABLE
from paysandbox.aws.settings import TracingSettings

PACKAGE: Final = paysandbox.__name__
FIRST: Final = f"{PACKAGE}.http.native"
"""A module with which boto3, Powertools and pydantic are imported, which every handler needs."""

SERVER: Final = Path(__file__).with_name("fork_server.py")

# The deployed layers, and those before, or with edited code.
SERVERS_MAX: Final = 2
# A server responds between two imports. After that, the worker starts without it.
PATIENCE_S: Final = 10.0

FUNCTION_VARIABLE: Final = "AWS_LAMBDA_FUNCTION_NAME"

CAN_FORK: Final = sys.platform == "linux" and hasattr(os, "pidfd_open")

READ_AT_IMPORT: Final = TracingSettings.variables()
"""The environment variables that the functions' modules read when they are imported, so that a server has them too."""

Key = tuple[tuple[str, ...], tuple[str | None, ...]]
"""The folders of a server, and its values of READ_AT_IMPORT."""


class Fork:
    """A forked worker, with the part of `subprocess.Popen` that ministack uses. It is the server's child, not ours.

    `is_early` is whether it was forked before the server had imported everything, so that it has memory of its own for
    what it imports itself.
    """

    def __init__(self, descriptor: int, stdin: IO[str], stdout: IO[str], stderr: IO[str], *, is_early: bool) -> None:
        self._descriptor = descriptor
        self.is_early = is_early
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr

    def __del__(self) -> None:
        os.close(self._descriptor)

    def poll(self) -> int | None:
        """Return None while it runs. Its exit status is the server's to know."""
        return self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended. Raises subprocess.TimeoutExpired."""
        status = self._ended_within(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("a worker", timeout or 0)
        return status

    def terminate(self) -> None:
        """Send SIGTERM, unless it has ended."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        # Asked first whether it has ended, it could still end before the signal. A pidfd never names another process.
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, number)

    def _ended_within(self, timeout_s: float | None) -> int | None:
        # A pidfd becomes readable when its process ends. select() cannot wait for descriptors above 1023.
        waiting = select.poll()
        waiting.register(self._descriptor, select.POLLIN)
        return 0 if waiting.poll(None if timeout_s is None else timeout_s * 1000) else None


class Server:
    """A running fork server, which imports from these folders."""

    def __init__(self, folders: Sequence[str], env: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._control, its = socket.socketpair()
        self._control.settimeout(PATIENCE_S)
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-P", SERVER, str(its.fileno()), PACKAGE, FIRST, *folders],
                stdin=subprocess.DEVNULL,
                env=env,
                pass_fds=[its.fileno()],
            )

    def fork(
        self,
        script: str,
        cwd: str,
        env: Mapping[str, str],
        nice: int | None = None,
        lane: socket.socket | None = None,
    ) -> Fork:
        """Return a worker that runs the script. Raises OSError, and TimeoutError, if the server does not respond."""
        request = json.dumps({"script": script, "cwd": cwd, "env": {**env}, "nice": nice}).encode()
        ours, its = _pipes()
        passed = its if lane is None else [*its, lane.fileno()]
        try:
            with self._lock:
                socket.send_fds(self._control, [LENGTH.pack(len(request))], passed)
                self._control.sendall(request)
                answer, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        except OSError:
            _close(ours)
            raise
        finally:
            _close(its)
        if not answer:
            _close(ours)
            raise ConnectionResetError("The fork server has ended.")
        stdin, stdout, stderr = ours
        return Fork(
            descriptors[0],
            os.fdopen(stdin, "w", 1),
            os.fdopen(stdout, "r", 1),
            os.fdopen(stderr, "r", 1),
            is_early=answer == EARLY,
        )

    @property
    def has_ended(self) -> bool:
        """Return whether the server has ended."""
        return self._process.poll() is not None

    def end(self) -> None:
        """End the server. Its workers go on."""
        self._control.close()
        self._process.kill()
        self._process.wait()


def _pipes() -> tuple[list[int], list[int]]:
    """Return our ends of the pipes to a worker's stdin, stdout and stderr, and the worker's."""
    (its_in, our_in), (our_out, its_out), (our_err, its_err) = os.pipe(), os.pipe(), os.pipe()
    return [our_in, our_out, our_err], [its_in, its_out, its_err]


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class Servers:
    """The fork servers, the one that was used last at the end.

    `is_in_background` returns whether a function has a lower priority than others (background.py), and `lane` opens the
    lane of a worker with this environment, if it has one.
    """

    def __init__(
        self,
        start: Callable[[Sequence[str], Mapping[str, str]], Server] = Server,
        is_in_background: Callable[[str], bool] = lambda _: False,
        lane: Callable[[Mapping[str, str]], socket.socket | None] = lambda _: None,
    ) -> None:
        self._start = start
        self._is_in_background = is_in_background
        self._lane = lane
        self._lock = threading.Lock()
        self._running: dict[Key, Server] = {}

    def popen(self, args: Sequence[str], *, cwd: str, env: Mapping[str, str], **options: Any) -> Any:
        """Start a worker, like `subprocess.Popen`: forked if it is a Python script that uses layers."""
        program, script, *more = args
        nice = niceness() if self._is_in_background(env.get(FUNCTION_VARIABLE, "")) else None
        key = _key(env)
        if program == sys.executable and not more and key is not None:
            server = self._server(key, env)
            lane = self._lane(env)
            with lane or nullcontext():
                try:
                    return server.fork(script, cwd, env, nice, lane)
                except OSError:
                    self._give_up(key, server)
        process = subprocess.Popen(args, cwd=cwd, env=env, **options)
        if nice is not None:
            os.setpriority(os.PRIO_PROCESS, process.pid, nice)
        return process

    def prepare(self, env: Mapping[str, str]) -> None:
        """Start the server for workers with this environment, before the first of them."""
        key = _key(env)
        if key is not None:
            self._server(key, env)

    def _server(self, key: Key, env: Mapping[str, str]) -> Server:
        with self._lock:
            server = self._running.pop(key, None) or self._start(key[0], _without_credentials(env))
            self._running[key] = server
            oldest = [*self._running][:-SERVERS_MAX]
            ended = [self._running.pop(each) for each in oldest]
        for each in ended:
            each.end()
        return server

    def _give_up(self, key: Key, server: Server) -> None:
        with self._lock:
            if self._running.get(key) is server:
                del self._running[key]
        server.end()


def _key(env: Mapping[str, str]) -> Key | None:
    """Return which server has the packages of a worker, or None if it has none or processes cannot be forked."""
    folders = python_folders(env)
    return (folders, tuple(env.get(name) for name in READ_AT_IMPORT)) if folders and CAN_FORK else None


def python_folders(env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the folders from which a worker imports the packages of its layers, first the one that is searched first.

    Later layers come before earlier ones, and edited code (edited_code.py) comes before both.
    """
    layers = filter(None, env.get(DIRECTORIES_VARIABLE, "").split(os.pathsep))
    return tuple(str(folder) for layer in reversed([*layers]) if (folder := Path(layer, "python")).is_dir())


def _without_credentials(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a server: this process's, with what the modules read.

    Without the engine's address, and so without the settings that no function has without it: it runs none itself.
    """
    left_out = (WRITTEN_VARIABLE, READ_VARIABLE)
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") and name not in left_out}
    return own | {name: env[name] for name in READ_AT_IMPORT if name in env}


def fork_workers(runtime: Any, servers: Servers) -> None:
    """Make ministack start its workers so. `runtime` is its module of workers."""

    class Subprocess:
        """The module `subprocess`, as ministack's module of workers sees it."""

        Popen = staticmethod(servers.popen)

        def __getattr__(self, name: str) -> Any:
            return getattr(subprocess, name)

    runtime.subprocess = Subprocess()
