"""The HTTP server in front of the wall: uvicorn with uvloop and httptools instead of ministack's hypercorn.

hypercorn reads and writes HTTP in Python. Without lanes (engine/lane), each payment is five requests to the engine:
the client's, and the functions' calls to AWS. hypercorn's parsing took longer than the engine's own work.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import uvicorn
import uvloop  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only

from engine import second_port
from engine.wall.protocol import BoundedProtocol
from engine.wall.request_limits import LIMITS, Limits
from engine.wall.stopping import Background, Gate

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
# For connections that are still open after the stop of the gate, whose requests have a response or never will.
GRACE_S: Final = 0.5
# ministack's value.
KEEP_ALIVE_S: Final = 75


class _Server(uvicorn.Server):
    """A server that leaves signals to `serve`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def stand_in_for(
    hypercorn_asyncio: Any,
    background: Background,
    problem: Callable[[], dict[str, Any]],
    limits: Limits = LIMITS,
) -> None:
    """Make ministack serve with uvicorn, and stop on a signal as in stopping.py. `problem` is of clients then."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

    async def serve(app: Any, config: Any, **_: Any) -> None:
        (address,) = config.bind
        host, _, port = address.rpartition(":")
        gate = Gate(app, background, problem)
        server = _Server(
            uvicorn.Config(
                gate,
                http=partial(BoundedProtocol, limits=limits),  # pyright: ignore[reportArgumentType] - it is called as a class is
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                # The wall trusts the peer's address, so no header may override it.
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=GRACE_S,  # pyright: ignore[reportArgumentType] - asyncio.wait_for, which takes a fraction
            )
        )
        loop, stop_requested = asyncio.get_running_loop(), asyncio.Event()
        for number in SIGNALS:
            loop.add_signal_handler(number, stop_requested.set)

        async def stop() -> None:
            await stop_requested.wait()
            await gate.stop()
            server.should_exit = True

        stopping = asyncio.create_task(stop())
        try:
            second = os.environ.get(second_port.VARIABLE)
            await server.serve([*_bound(host, int(port)), *(_bound(host, int(second)) if second else ())])
        finally:
            stopping.cancel()
        if gate.has_cut_off:
            # The state is saved. The end of the event loop would wait for each thread whose function still runs.
            os._exit(0)

    hypercorn_asyncio.serve = serve


def _bound(host: str, port: int) -> list[socket.socket]:
    """Return a socket of this address, and one of the IPv6 loopback, the first address that some programs try."""
    sockets = [_bound_socket(socket.AF_INET, host, port)]
    with contextlib.suppress(OSError):  # a machine without IPv6
        sockets.append(_bound_socket(socket.AF_INET6, "::1", port))
    return sockets


def _bound_socket(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    bound = socket.socket(family)
    try:
        # Connections of an engine that has just ended do not keep the next one from starting.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
