"""`paysandbox doctor`: what on this machine, or in the sandbox's state, is wrong, why it matters and what to do."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Final

import typer

from cli.sandbox import engine, saved_state, toolchain
from cli.sandbox.state_dir import ROOT, StateDir
from cli.sandbox.up import FREE_MB_MIN
from cli.terminal.console import Text, answers
from cli.terminal.failure import Failure, from_exception
from cli.terminal.output import print_json

CLOCK_YEAR_MIN: Final = 2026
SKEW_S_MAX: Final = 5.0


@dataclass(frozen=True)
class Finding:
    """One check: what was seen, and where that is wrong, why it matters and what to do."""

    check: str
    ok: bool
    what: str
    why: str = ""
    advice: str = ""


def doctor_command(home: StateDir, *, as_json: bool) -> None:
    """Print every check; exit code 1 when something is wrong."""
    findings = [finding for check in CHECKS for finding in _carefully(check, home)]
    healthy = all(finding.ok for finding in findings)
    if as_json:
        print_json({"ok": healthy, "findings": [asdict(finding) for finding in findings]}, indent=2)
    else:
        _print(findings)
    if not healthy:
        raise typer.Exit(1)


def _carefully(check: Callable[[StateDir], Iterator[Finding]], home: StateDir) -> Iterator[Finding]:
    """A check that cannot be made is a finding, not the end of the others."""
    try:
        yield from check(home)
    except Exception as error:  # noqa: BLE001 - a doctor that dies of the disease helps nobody
        failure = from_exception(error) or Failure(f"{type(error).__name__}: {error}")
        name = check.__name__.removeprefix("check_").replace("_", " ")
        yield Finding(name, ok=False, what=failure.message, why="This check could not be made.", advice=failure.advice)


def check_python(_: StateDir) -> Iterator[Finding]:
    """The Python that runs this program, and whether it is the checkout's own."""
    ours = (ROOT / ".venv").resolve()
    yield Finding("python", ok=True, what=f"{toolchain.python_version()} at {sys.executable}")
    if os.path.realpath(sys.prefix) != str(ours):
        yield Finding(
            "python",
            ok=False,
            what=f"This program runs from {sys.prefix}, not from {ours}.",
            why="Its packages may not be the locked ones, and the vendor layer is built for this Python.",
            advice=toolchain.RUN_MAKE,
        )


def check_tools(_: StateDir) -> Iterator[Finding]:
    """make, and everything that it installs."""
    if shutil.which("make") is None:
        yield Finding(
            "make", ok=False, what="There is no make.", why="It installs the rest.", advice="Install it (apt, brew)."
        )
    stale = toolchain.stale_parts()
    if not stale:
        yield Finding("tools", ok=True, what="everything is installed as locked")
    for part in stale:
        yield Finding(
            "tools",
            ok=False,
            what=f"{part} is missing, half made, or older than its lock file.",
            why="What runs is then not what was tested.",
            advice=toolchain.RUN_MAKE,
        )


def check_disk(home: StateDir) -> Iterator[Finding]:
    """Room for the state."""
    folder = next(folder for folder in (home.path, *home.path.parents) if folder.exists())
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    yield Finding(
        "disk",
        ok=free_mb >= FREE_MB_MIN,
        what=f"{free_mb:,} MB free in {folder}",
        why="" if free_mb >= FREE_MB_MIN else "The state is saved when the sandbox stops; without room it is lost.",
        advice="" if free_mb >= FREE_MB_MIN else f"Free {FREE_MB_MIN} MB, or set PAYSANDBOX_HOME to another disk.",
    )
    if folder == home.path and not os.access(folder, os.W_OK):
        yield Finding(
            "state folder",
            ok=False,
            what=f"{folder} cannot be written to.",
            why="The sandbox keeps everything in it.",
            advice="It belongs to another user: run as that one, or set PAYSANDBOX_HOME to a folder of your own.",
        )


def check_localhost(_: StateDir) -> Iterator[Finding]:
    """The functions reach the engine as localhost, so the name must lead here."""
    addresses = {str(info[4][0]) for info in socket.getaddrinfo("localhost", None)}
    ok = "127.0.0.1" in addresses
    yield Finding(
        "localhost",
        ok=ok,
        what=f"localhost is {', '.join(sorted(addresses))}",
        why="" if ok else "The engine listens on 127.0.0.1 only and is reached as localhost.",
        advice="" if ok else "Put the line `127.0.0.1 localhost` into /etc/hosts.",
    )


def check_clock(_: StateDir) -> Iterator[Finding]:
    """Expiry and idempotency are judged by wall time."""
    year = time.gmtime().tm_year
    newest = max(file.stat().st_mtime for file in (ROOT / "cli").rglob("*.py"))
    ok = year >= CLOCK_YEAR_MIN and newest - time.time() < SKEW_S_MAX
    yield Finding(
        "clock",
        ok=ok,
        what=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        why="" if ok else "It is behind the files of this checkout; expiries and keys are judged by it.",
        advice="" if ok else "Set the clock (timedatectl set-ntp true), then `paysandbox down` and `up`.",
    )


def check_engine(home: StateDir) -> Iterator[Finding]:
    """Whether the engine runs and answers; if not, whether its port is free for it."""
    running = engine.running(home)
    if running is None:
        yield from _port(home)
        return
    answers_ = engine.answers_soon(running.port)
    yield Finding(
        "engine",
        ok=answers_,
        what=f"process {running.pid} on port {running.port}, since {running.started_at}"
        + ("" if answers_ else ", and does not answer"),
        why="" if answers_ else "It may hang; then nothing of the sandbox answers.",
        advice="" if answers_ else f"paysandbox up starts it anew. Its log: {home.engine_log}",
    )
    if not running.walled:
        yield Finding(
            "wall",
            ok=False,
            what="The engine was started by an older version, without the wall.",
            why="Any web page that you open can run code as you through it, and read every API key.",
            advice="Run `paysandbox up` now: it starts the engine anew, behind the wall. Payments are kept.",
        )


def check_state(home: StateDir) -> Iterator[Finding]:
    """Whether the last run ended gracefully, and whether a deployment was cut off."""
    if not home.path.is_dir():
        yield Finding("state", ok=True, what=f"{home.path} does not exist yet")
        return
    if engine.running(home) is None:
        loss = saved_state.expected_loss(home)
        yield Finding(
            "state",
            ok=loss is None,
            what=f"saved at {saved_state.saved_at(home) or 'no time yet'}" if loss is None else str(loss),
            why=""
            if loss is None
            else "It saves its state about every 15 s, and all of it when it is stopped by `down`, Ctrl-C or SIGTERM.",
            advice="" if loss is None else "paysandbox up goes on from what was saved.",
        )
    if home.deploying.exists() and not home.is_locked():
        yield Finding(
            "deployment",
            ok=False,
            what="A deployment was cut off.",
            why="Some stacks may be of the old code and some of the new.",
            advice="paysandbox up finishes it.",
        )


def check_health(home: StateDir) -> Iterator[Finding]:
    """Whether the sandbox itself answers."""
    running = engine.running(home)
    if running is None or not engine.answers(running.port):
        return
    from cli.connection.sandbox_info import health_of
    from cli.connection.target import local_target

    health = health_of(local_target(home, running.port, home.read().region))
    yield Finding(
        "health",
        ok=health.healthy,
        what=health.detail,
        why="" if health.healthy else "The engine runs; what is deployed to it is missing or broken.",
        advice="" if health.healthy else "paysandbox up deploys what is missing; paysandbox logs --failed tells more.",
    )


def _port(home: StateDir) -> Iterator[Finding]:
    port = home.read().port or engine.DEFAULT_PORT
    try:
        engine.refuse_taken(home, port)
    except Failure as failure:
        yield Finding(
            "port",
            ok=False,
            what=failure.message,
            why="The sandbox cannot start there.",
            advice=failure.advice,
        )
    else:
        yield Finding("port", ok=True, what=f"{port} is free")
        yield Finding("engine", ok=True, what="not running (paysandbox up starts it)")


CHECKS: Final = (
    check_python,
    check_tools,
    check_disk,
    check_localhost,
    check_clock,
    check_engine,
    check_state,
    check_health,
)


def _print(findings: list[Finding]) -> None:
    console = answers()
    for finding in findings:
        mark, style = ("✓", "green") if finding.ok else ("✗", "bold red")
        console.print(Text.assemble((f"{mark} ", style), (f"{finding.check:13} ", "bold"), finding.what))
        for line in (finding.why, finding.advice):
            if line:
                console.print(Text(f"{'':16}{line}", style="" if line == finding.advice else "dim"))
    wrong = sum(not finding.ok for finding in findings)
    console.print()
    console.print(
        Text("Nothing is wrong.", style="green")
        if wrong == 0
        else Text(f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong.", style="bold red")
    )
