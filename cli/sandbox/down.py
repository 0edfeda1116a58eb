"""`paysandbox down`: stop the engine gracefully, which saves the payments."""

from __future__ import annotations

import shutil

from cli.connection.target import local_target
from cli.sandbox import engine
from cli.sandbox.engine import Stopped
from cli.state import saved_state
from cli.state.state_dir import StateDir
from cli.terminal.console import answers
from cli.terminal.failure import Failure
from cli.terminal.output import print_json

# With less, the state might not fit: the sandbox keeps running instead of losing it.
FREE_MB_MIN = 50


def down(home: StateDir) -> Stopped | None:
    """Stop the home's sandbox and all its processes. Return None if it was not running."""
    if not home.path.is_dir():
        return None
    with home.lock():
        if engine.running(home) is None:
            home.change(pid=None)
            return None
        return stop_gracefully(home)


def stop_gracefully(home: StateDir) -> Stopped | None:
    """Stop the engine after an interrupted deployment has settled. Return None if it was not running."""
    running = engine.running(home)
    if running is None:
        return None
    _refuse_full_disk(home)
    if home.deploying.exists() and engine.answers(running.port):
        from cli.deploy.deploy import Deployment

        Deployment(home, local_target(home, running.port, home.read().region)).settle()
    stopped = engine.stop(home)
    home.change(pid=None, last_graceful_stop=saved_state.saved_at(home))
    return stopped


def stopped_words(home: StateDir, stopped: Stopped) -> str:
    """Return the result as a sentence. Raises Failure if not everything was saved."""
    if not stopped.saved:
        since = saved_state.saved_at(home)
        raise Failure(
            f"The engine stopped without saving everything. All changes since {since or 'the first start'} are lost.",
            f"See the engine log for the cause: {home.engine_log}. `paysandbox up` starts from the last saved state.",
        )
    return f"Stopped in {stopped.took_s:.1f} s. Payments and keys are kept for the next `paysandbox up`."


def down_command(home: StateDir, *, as_json: bool) -> None:
    """Stop the sandbox and print the result. Succeeds if the sandbox was not running."""
    stopped = down(home)
    words = f"The sandbox in {home.path} is not running." if stopped is None else stopped_words(home, stopped)
    if as_json:
        took_s = None if stopped is None else round(stopped.took_s, 2)
        print_json({"was_running": stopped is not None, "seconds": took_s, "home": str(home.path)})
    else:
        answers().print(words)


def _refuse_full_disk(home: StateDir) -> None:
    free_mb = shutil.disk_usage(home.path).free // 1_000_000
    if free_mb < FREE_MB_MIN:
        raise Failure(
            f"Only {free_mb} MB are free in {home.path}. Payments might not be saved, so the sandbox keeps running.",
            f"Free at least {FREE_MB_MIN} MB, then run the command again.",
        )
