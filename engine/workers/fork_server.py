"""A process that has imported the functions' packages, and forks a worker for each request.

Run by forked_workers.py as `python -P fork_server.py CONTROL PACKAGE FIRST FOLDER…`: the number of a socket, the
package whose modules to import, the one that every worker needs, and the folders to import from, first the one that is
searched first. It has nothing of the program but the worker's end of the lane, and its environment has no credentials:
each request brings the environment of its worker.

Requests wait for the first module only: between two further ones, it forks what was requested. Workers import what is
missing.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Iterator
from typing import Any, NoReturn

LENGTH = struct.Struct("!I")
"""A request is the length of its JSON, with the descriptors of the worker's stdin, stdout and stderr, and of its lane
if it has one, then the JSON. The response is a byte, with the worker's pidfd: `LATE` if everything is imported."""

EARLY, LATE = b"e", b"l"

STREAMS = 3

LANE = STREAMS
"""The descriptor of a worker's lane (engine/lane/transport.py)."""

TRANSPORT = os.path.join(os.path.dirname(__file__), os.pardir, "lane", "transport.py")  # noqa: PTH118, PTH120 - this script imports little

SERVICES = ("dynamodb", "secretsmanager", "sns", "sqs")
"""The services of which most workers have a client."""


def main() -> None:
    """Import and fork until the engine closes the socket."""
    number, package, first, *folders = sys.argv[1:]
    control = socket.socket(fileno=int(number))
    transport = runpy.run_path(TRANSPORT)
    own_path = [*sys.path]
    sys.path[:] = [*folders, *own_path]
    gc.disable()  # until everything is imported, since almost none of it is garbage
    signal.signal(signal.SIGCHLD, _reap)
    _import(first)
    for module in _modules(package):
        while select.select([control], [], [], 0)[0]:
            _serve(control, own_path, transport, EARLY)
        _import(module)
    _share_models()
    sys.path[:] = own_path
    # Garbage collections of workers would copy the pages that they share.
    gc.collect()
    gc.freeze()
    gc.enable()
    while True:
        _serve(control, own_path, transport, LATE)


def _modules(package: str) -> Iterator[str]:
    found = _import(package)
    if found is not None:
        yield from (module.name for module in pkgutil.walk_packages(found.__path__, f"{package}.", lambda _: None))


def _import(module: str) -> Any:
    """Import a module, or return None if that fails."""
    try:
        return importlib.import_module(module)
    except Exception:  # noqa: BLE001 - whatever it is, the worker that needs the module reports it
        return None


def _share_models() -> None:
    """Read botocore's models of the services that most workers call, so that they do not each read their own.

    They are shared by way of the loader, which every later session gets. The sessions that read them here are dropped:
    a session remembers settings, and those of a worker come from its own environment.
    """
    loaders, sessions = _import("botocore.loaders"), _import("botocore.session")
    if loaders is None or sessions is None:
        return
    loader = loaders.create_loader()
    sessions.create_loader = lambda *_: loader
    with contextlib.suppress(Exception):  # whatever it is, the worker that needs the client reports it
        for service in SERVICES:
            sessions.Session().create_client(
                service,
                region_name="us-east-1",
                aws_access_key_id="none",
                aws_secret_access_key="none",  # noqa: S106 - a client needs one, and this one sends no request
            )


def _reap(*_: object) -> None:
    """Collect the workers that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _serve(control: socket.socket, path: list[str], transport: dict[str, Any], when: bytes) -> None:
    """Read one request and fork its worker. Exits when the engine has closed the socket."""
    head, streams, _, _ = socket.recv_fds(control, LENGTH.size, STREAMS + 1)
    if len(head) < LENGTH.size:
        sys.exit()
    size = LENGTH.unpack(head)[0]
    request = bytearray()
    while len(request) < size:
        request += control.recv(size - len(request)) or sys.exit()
    # A worker that ends at once must not be collected before its pidfd is open.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    worker = os.fork()
    if not worker:
        _become(json.loads(request), streams, path, transport)
    descriptor = os.pidfd_open(worker)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    socket.send_fds(control, [when], [descriptor])
    for number in (descriptor, *streams):
        os.close(number)


def _become(request: dict[str, Any], streams: list[int], path: list[str], transport: dict[str, Any]) -> NoReturn:
    """Run a script as `python SCRIPT` would, in a new process. `streams` may end with its lane."""
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for place, number in enumerate(streams):
        # Programs that the worker runs get its streams, and not its lane.
        os.dup2(number, place, inheritable=place != LANE)
    os.closerange(len(streams), os.sysconf("SC_OPEN_MAX"))
    if request["nice"] is not None:
        os.setpriority(os.PRIO_PROCESS, 0, request["nice"])
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    if len(streams) > LANE:
        transport["install"](LANE)
    script = request["script"]
    sys.argv[:] = [script]
    sys.path[:] = [os.path.dirname(script), *path]  # noqa: PTH120 - this script imports little
    status = 0
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - the interpreter reports it so too
        traceback.print_exc()
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
