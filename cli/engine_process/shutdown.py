"""What is still done at a stop while the engine answers: its functions reach AWS over the port that it closes next."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def finish_before(server: Any, finish: Callable[[], object]) -> None:
    """Have hypercorn run `finish` at a signal, before it stops to listen. `server` is hypercorn's asyncio module."""
    serve = server.serve

    async def serving(app: Any, config: Any, **more: Any) -> None:
        loop, asked = asyncio.get_running_loop(), asyncio.Event()
        for number in SIGNALS:
            loop.add_signal_handler(number, asked.set)

        async def stop() -> None:
            await asked.wait()
            await asyncio.to_thread(finish)

        await serve(app, config, **{**more, "shutdown_trigger": stop})

    server.serve = serving
