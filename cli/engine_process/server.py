"""The HTTP server before the wall: uvicorn on uvloop and httptools, in the place of ministack's hypercorn.

hypercorn reads and writes HTTP in Python. Each payment is five requests to the engine (the client's, and what the
functions ask of AWS), and that took more of its time than answering them.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only
import uvloop  # pyright: ignore[reportMissingImports] - as above

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
# What is being answered at a stop is waited for as long as hypercorn would.
GRACE_S: Final = 3
# As ministack has it.
KEEP_ALIVE_S: Final = 75


class _Server(uvicorn.Server):
    """Leaves signals to `serve`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def stand_in_for(hypercorn_asyncio: Any, finish: Callable[[], object]) -> None:
    """Have ministack serve with uvicorn. `finish` is run at a signal, while the server still answers: the functions
    reach AWS over the port that it closes next."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

    async def serve(app: Any, config: Any, **_: Any) -> None:
        (address,) = config.bind
        host, _, port = address.rpartition(":")
        server = _Server(
            uvicorn.Config(
                app,
                host=host,
                port=int(port),
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                # Who connects is who connects: the wall goes by it, so nobody may say that he is another.
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        loop, asked = asyncio.get_running_loop(), asyncio.Event()
        for number in SIGNALS:
            loop.add_signal_handler(number, asked.set)

        async def stop() -> None:
            await asked.wait()
            await asyncio.to_thread(finish)
            server.should_exit = True

        stopping = asyncio.create_task(stop())
        try:
            await server.serve()
        finally:
            stopping.cancel()

    hypercorn_asyncio.serve = serve
