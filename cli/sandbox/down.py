"""`paysandbox down`: stop the engine gracefully, which is what saves the payments."""

from __future__ import annotations

import shutil

from cli.connection.target import local_target
from cli.sandbox import engine, saved_state
from cli.sandbox.engine import Stopped
from cli.sandbox.state_dir import StateDir
from cli.terminal.console import answers
from cli.terminal.failure import Failure
from cli.terminal.output import print_json

# Less than this and the state might not fit: better to go on running than to lose it by stopping.
FREE_MB_MIN = 50


def down(home: StateDir) -> Stopped | None:
    """Stop the home's sandbox; None when it was not running. Afterwards no process of it is left."""
    if not home.path.is_dir():
        return None
    with home.lock():
        if engine.running(home) is None:
            home.change(pid=None)
            return None
        return stop_gracefully(home)


def stop_gracefully(home: StateDir) -> Stopped | None:
    """Stop the engine; a deployment that was cut off is first left to come to rest."""
    running = engine.running(home)
    if running is None:
        return None
    _refuse_full_disk(home)
    if home.deploying.exists() and engine.answers(running.port):
        from cli.sandbox.deploy import Deployment

        Deployment(home, local_target(home, running.port, home.read().region)).settle()
    stopped = engine.stop(home)
    home.change(pid=None, last_graceful_stop=saved_state.saved_at(home))
    return stopped


def stopped_words(home: StateDir, stopped: Stopped) -> str:
    """How it went, for a person. Raises Failure when not everything was saved."""
    if not stopped.saved:
        since = saved_state.saved_at(home)
        raise Failure(
            f"The engine ended without having saved everything: all since {since or 'the beginning'} is lost.",
            f"Its log tells why (a full disk?): {home.engine_log}. `paysandbox up` starts from what was saved before.",
        )
    return f"Stopped in {stopped.took_s:.1f} s. Payments and keys are kept; `paysandbox up` brings them back."


def down_command(home: StateDir, *, as_json: bool) -> None:
    """Stop it and say how that went. Not running is no failure."""
    stopped = down(home)
    words = f"Nothing runs in {home.path}." if stopped is None else stopped_words(home, stopped)
    if as_json:
        took_s = None if stopped is None else round(stopped.took_s, 2)
        print_json({"was_running": stopped is not None, "seconds": took_s, "home": str(home.path)})
    else:
        answers().print(words)


def _refuse_full_disk(home: StateDir) -> None:
    free_mb = shutil.disk_usage(home.path).free // 1_000_000
    if free_mb < FREE_MB_MIN:
        raise Failure(
            f"Only {free_mb} MB are free in {home.path}: payments might not be saved, so the sandbox was left running.",
            f"Free {FREE_MB_MIN} MB or more, then run the command again.",
        )
