"""What the terminal sees of `paysandbox up`: the steps, then what to do with the sandbox; attached, its log."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from cli.connection.sandbox_info import curl, docs_url, donation_facts, facts, stripe_client
from cli.sandbox import engine, saved_state
from cli.sandbox.down import stop_gracefully, stopped_words
from cli.sandbox.state_dir import StateDir
from cli.sandbox.up import PLAN, Sandbox, demo_key, up
from cli.terminal.console import Console, Text, answers, asides
from cli.terminal.failure import Failure
from cli.terminal.output import print_json
from cli.terminal.steps import steps_on

POLL_S = 0.2
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up_command(
    home: StateDir,
    *,
    port: int | None,
    bind: str | None,
    hosts: list[str] | None,
    fresh: bool,
    foreground: bool,
    as_json: bool,
) -> None:
    """Run it, print what came of it, and with `foreground` stay until a signal, which is a graceful stop."""
    began = time.monotonic()
    aside = asides()
    with ended_by_signals():
        try:
            with steps_on(aside, PLAN) as steps:
                sandbox = up(home, port=port, bind=bind, hosts=hosts, fresh=fresh, steps=steps)
            took_s = time.monotonic() - began
            if as_json:
                print_json(_as_json(home, sandbox, took_s), indent=2)
            else:
                _print_sandbox(answers(), sandbox, took_s)
            if sandbox.bind != engine.LOOPBACK:
                aside.print(Text(exposure(sandbox), style="bold yellow"), soft_wrap=True)
        except KeyboardInterrupt:
            if foreground:
                stop_gracefully(home)
            raise Failure("Interrupted.", "What was finished is kept; `paysandbox up` goes on from there.") from None
        if foreground:
            _attend(home, aside)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal all end the block with a KeyboardInterrupt, once.

    What follows is a graceful stop, which saves the payments and is bounded by itself: further signals, such as the
    second one that a closing terminal sends, must not cut it short.
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


def _attend(home: StateDir, console: Console) -> None:
    """Show the engine's log until it ends or a signal comes."""
    console.print(Text("Attached. Ctrl-C stops the sandbox and keeps the payments.", style="dim"))
    try:
        with home.engine_log.open(encoding="utf-8", errors="replace") as log:
            log.seek(0, 2)
            while engine.running(home) is not None:
                for line in log:
                    console.print(Text(line.rstrip(), style="dim"), soft_wrap=True)
                time.sleep(POLL_S)
        loss = saved_state.expected_loss(home)
        if loss is not None:
            raise Failure(str(loss), "Start it again: paysandbox up")
        console.print("The sandbox was stopped by another command. Payments and keys are kept.")
    except KeyboardInterrupt:
        console.print("Stopping …")
        stopped = stop_gracefully(home)
        if stopped is not None:
            console.print(stopped_words(home, stopped), soft_wrap=True)


def elsewhere_url(sandbox: Sandbox) -> str | None:
    """Where other machines find the API, should they know this one by its own name. None where they do not."""
    if sandbox.bind == engine.LOOPBACK:
        return None
    return f"http://{socket.gethostname()}:{sandbox.target.base_url.rpartition(':')[2]}"


def exposure(sandbox: Sandbox) -> str:
    """What listening on every address means."""
    port = sandbox.target.base_url.rpartition(":")[2]
    return (
        f"Careful: whoever can reach port {port} of this machine reaches the API, over plain HTTP. With a key they "
        "make payments, and on the way keys can be read. AWS (tables, functions, keys) answers this machine only. "
        f"To end it: paysandbox up --bind {engine.LOOPBACK}"
    )


def _as_json(home: StateDir, sandbox: Sandbox, took_s: float) -> dict[str, Any]:
    return {
        **facts(sandbox.target, sandbox.keys, healthy=True, donations=donation_facts(sandbox.target)),
        "home": str(home.path),
        "bind": sandbox.bind,
        "elsewhere_url": elsewhere_url(sandbox),
        "docs_url": docs_url(sandbox.target),
        "curl": curl(sandbox.target, demo_key(sandbox.keys, "sandbox")),
        "stripe_client": stripe_client(sandbox.target, demo_key(sandbox.keys, "load")),
        "transaction_id": sandbox.transaction_id,
        "changed": dict(sandbox.changed),
        "notes": list(sandbox.notes),
        "seconds": {**sandbox.seconds, "all": round(took_s, 2)},
    }


def _print_sandbox(console: Console, sandbox: Sandbox, took_s: float) -> None:
    target = sandbox.target
    rows = {
        "Base URL": target.base_url,
        **({"Elsewhere": elsewhere} if (elsewhere := elsewhere_url(sandbox)) else {}),
        "API keys": f"{demo_key(sandbox.keys, 'sandbox')}   100 requests a minute",
        "": f"{demo_key(sandbox.keys, 'load')}   unmetered, for load tests",
        "Docs": docs_url(target),
        "AWS": f"{target.aws_endpoint_url} ({target.region}); its access key: paysandbox status -o aws",
    }
    console.print()
    console.print(Text(f"The sandbox is up, in {took_s:.1f} s.", style="bold green"))
    console.print()
    for name, value in rows.items():
        console.print(Text.assemble((f"  {name:9} ", "dim"), value))
    console.print()
    console.print(Text("Paste this; it authorizes 12.50 USD:", style="bold"))
    console.print()
    console.print(Text.block(curl(target, demo_key(sandbox.keys, "sandbox"))))
    console.print()
    console.print(Text("Code against Stripe's SDK stays as it is, but for the address:", style="bold"))
    console.print()
    console.print(Text(stripe_client(target, demo_key(sandbox.keys, "load"))), soft_wrap=True)
    console.print()
    console.print(Text("Next:", style="bold"))
    for command, what in (
        ("paysandbox pay --help", "capture, void and refund from here; the test cards"),
        ("paysandbox donations create --help", "a donor, Stripe's webhook, a receipt by mail"),
        ("paysandbox logs --follow", "every request, as it comes in"),
        ("paysandbox status", "these addresses and keys again"),
        ("paysandbox down", "stop; payments are kept"),
    ):
        console.print(Text.assemble(f"  {command:26}", (what, "dim")))
