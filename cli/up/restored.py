"""Replaces the state of a sandbox by a saved one, and starts it.

Without the steps of `paysandbox up`: what is deployed, the keys and the proof of a payment are part of the saved state.
"""

from __future__ import annotations

from cli.deploy.installation import installation
from cli.sandbox import engine
from cli.sandbox.engine_record import record_engine
from cli.state import named_states, saved_state
from cli.state.state_dir import StateDir
from cli.terminal.failure import Failure


def restore(home: StateDir, name: str) -> engine.Engine:
    """Replace the state by the saved one of this name, and return the engine that runs with it.

    If this is interrupted, repeat it: the saved state is not changed. Raises Failure if there is no such state.
    """
    with home.lock():
        named_states.refuse_unknown(home, name)
        if not installation().engine_python.exists():
            raise Failure("The engine is not installed.", "Run `paysandbox up` once, then the command again.")
        before = engine.running(home)
        port = before.port if before is not None else home.read().port or engine.DEFAULT_PORT
        if before is None:
            engine.refuse_taken(home, port)

        def replace() -> None:
            engine.kill(home)  # nothing of its state is needed
            named_states.put_back(home, name)
            saved_state.prepare(home)

        bind, otlp = (before.bind, before.otlp) if before is not None else (engine.LOOPBACK, "")
        read = named_states.index_shards_read(home, name)
        started = engine.start(home, port, bind, before=replace, otlp=otlp, index_shards_read=read)
        record_engine(home, started)
        return started
