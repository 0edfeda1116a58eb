"""The terminal side of `paysandbox up`: its steps, its result, and what follows in the foreground or while watching."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from cli.connection.sandbox_info import curl, docs_url, donation_facts, facts, stripe_client
from cli.sandbox import engine
from cli.sandbox.dashboard_link import sign_in_url
from cli.sandbox.down import stop_gracefully, stopped_words
from cli.state import saved_state
from cli.state.state_dir import StateDir
from cli.terminal.console import Console, Text, answers, stderr_console
from cli.terminal.failure import Failure
from cli.terminal.output import print_json, program_words, runnable
from cli.terminal.steps import steps_on
from cli.up.up import PLAN, Sandbox, demo_key, up
from cli.up.watch import Times, Watch, times

POLL_S = 0.2
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up_command(
    home: StateDir,
    *,
    port: int | None,
    bind: str | None,
    hosts: list[str] | None,
    otlp: str | None,
    fresh: bool,
    foreground: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Start the sandbox and print the result. In the foreground, stay until a signal, then stop it gracefully.

    With `watch`, stay until a signal too, apply changes of the functions' code, and leave the sandbox running.
    """
    began = time.monotonic()
    console = stderr_console()
    before = times() if watch else {}  # edits during the start are applied after it
    with ended_by_signals():
        try:
            with steps_on(console, PLAN) as steps:
                sandbox = up(home, port=port, bind=bind, hosts=hosts, otlp=otlp, fresh=fresh, steps=steps)
            took_s = time.monotonic() - began
            if as_json:
                print_json(_as_json(home, sandbox, took_s))
            else:
                print_sandbox(answers(), sandbox, took_s, sign_in_url(home, sandbox.target))
            if sandbox.bind != engine.LOOPBACK:
                console.print(Text(exposure(sandbox), style="bold yellow"), soft_wrap=True)
        except KeyboardInterrupt:
            if foreground:
                stop_gracefully(home)
            raise Failure("Interrupted.", "Run `paysandbox up` to continue where it stopped.") from None
        if watch:
            watch_sources(home, before, console)
        elif foreground:
            show_log(home, console)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Convert Ctrl-C, SIGTERM and a closed terminal to a single KeyboardInterrupt in the block.

    A graceful stop follows, which saves the payments and has its own time limit. Further signals, such as the second
    one that a closing terminal sends, must not interrupt it.
    """

    def interrupt(*_: object) -> NoReturn:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def show_log(home: StateDir, console: Console) -> None:
    """Show the engine's log until the engine stops or a signal arrives."""
    try:
        console.print(Text("Press Ctrl-C to stop the sandbox. Payments are kept.", style="dim"))
        with home.engine_log.open(encoding="utf-8", errors="replace") as log:
            log.seek(0, 2)
            while engine.running(home) is not None:
                for line in log:
                    console.print(Text(line.rstrip(), style="dim"), soft_wrap=True)
                time.sleep(POLL_S)
        loss = saved_state.expected_loss(home)
        if loss is not None:
            raise Failure(str(loss), "Restart it with `paysandbox up`.")
        console.print("Another command stopped the sandbox. Payments and keys are kept.")
    except KeyboardInterrupt:
        console.print("Stopping …")
        stopped = stop_gracefully(home)
        if stopped is not None:
            console.print(stopped_words(home, stopped), soft_wrap=True)


def watch_sources(home: StateDir, before: Times, console: Console) -> None:
    """Apply changes of the functions' code until the engine stops or a signal arrives."""
    try:
        line = "Watching lambdas and layers/shared for changes. Press Ctrl-C to stop watching."
        console.print(Text(line, style="dim"))
        Watch(home, before, lambda line: console.print(runnable(line), soft_wrap=True)).run()
        console.print("The sandbox was stopped, so watching ends.")
    except KeyboardInterrupt:
        line = "Stopped watching. The sandbox keeps running with the current code. To deploy it, run `paysandbox up`."
        console.print(runnable(line), soft_wrap=True)


def elsewhere_url(sandbox: Sandbox) -> str | None:
    """Return the API's URL for other machines that can resolve this host name, or None on the loopback."""
    if sandbox.bind == engine.LOOPBACK:
        return None
    return f"http://{socket.gethostname()}:{sandbox.target.base_url.rpartition(':')[2]}"


def exposure(sandbox: Sandbox) -> str:
    """Return a warning about listening on every address."""
    port = sandbox.target.base_url.rpartition(":")[2]
    return (
        f"Warning: other machines can reach the API on port {port}, over unencrypted HTTP. API keys can be read in "
        "transit. The sandbox's AWS (tables, functions, keys) stays on this machine. "
        f"To listen on this machine only: {program_words()} up --bind {engine.LOOPBACK}"
    )


def _as_json(home: StateDir, sandbox: Sandbox, took_s: float) -> dict[str, Any]:
    return {
        **facts(sandbox.target, sandbox.keys, healthy=True, donations=donation_facts(sandbox.target)),
        "home": str(home.path),
        "bind": sandbox.bind,
        "otlp": sandbox.otlp or None,
        "elsewhere_url": elsewhere_url(sandbox),
        "docs_url": docs_url(sandbox.target),
        "dashboard_url": sign_in_url(home, sandbox.target),
        "curl": curl(sandbox.target, demo_key(sandbox.keys, "sandbox")),
        "stripe_client": stripe_client(sandbox.target, demo_key(sandbox.keys, "load")),
        "transaction_id": sandbox.transaction_id,
        "changed": dict(sandbox.changed),
        "notes": list(sandbox.notes),
        "seconds": {**sandbox.seconds, "all": round(took_s, 2)},
    }


def print_sandbox(console: Console, sandbox: Sandbox, took_s: float, dashboard_url: str) -> None:
    """Print the next steps, in at most eight lines, which README quotes; and one for other machines."""
    program = program_words()
    rows = {
        "Base URL": sandbox.target.base_url,
        **({"Network": elsewhere} if (elsewhere := elsewhere_url(sandbox)) else {}),
        "API key": demo_key(sandbox.keys, "sandbox"),
        "API docs": docs_url(sandbox.target),
        "Dashboard": dashboard_url,
        "Try it": f"{program} pay authorize 12.50",
        "Stop it": f"{program} down",
    }
    console.print()
    console.print(Text(f"The sandbox is running. Started in {took_s:.1f} s.", style="bold green"))
    for name, value in rows.items():
        console.print(Text.assemble((f"  {name:9} ", "dim"), value), soft_wrap=True)
