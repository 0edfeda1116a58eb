"""`paysandbox doctor`: problems on this machine, in the sandbox's state or in an AWS account, and how to fix them."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

import typer

from cli.connection.target import LOCAL, account_of
from cli.deploy.installation import ROOT, installation, python_version
from cli.diagnose.account import account_findings
from cli.diagnose.finding import Finding, run_checks
from cli.diagnose.footprint import disk_bytes, memory_bytes
from cli.sandbox import engine, processes
from cli.state import saved_state
from cli.state.state_dir import StateDir
from cli.terminal.console import Text, answers
from cli.terminal.failure import Failure
from cli.terminal.output import print_json, runnable
from cli.terminal.text import counted
from cli.up.up import FREE_MB_MIN
from engine.limits import PAYMENTS_MAX

CLOCK_YEAR_MIN: Final = 2026
SKEW_S_MAX: Final = 5.0
MEMORY_MB_MAX: Final = 2_000
"""Of all processes, with the default limits (engine/limits.py): 300 MB, and 5 kB for each payment; while a
snapshot is written, 100 MB; and 400 MB for functions, if all routes are in use."""


def doctor_command(home: StateDir, environment: str, *, as_json: bool) -> None:
    """Print every check of this machine, or of the account of another environment. Exit with 1 for a problem."""
    findings = run_checks(CHECKS, home) if environment == LOCAL else account_findings(account_of(environment))
    healthy = all(finding.ok for finding in findings)
    if as_json:
        print_json({"ok": healthy, "findings": [asdict(finding) for finding in findings]})
    else:
        _print(findings)
    if not healthy:
        raise typer.Exit(1)


def check_python(_: StateDir) -> Iterator[Finding]:
    """Check the Python that runs this program, and whether it is the installation's."""
    ours = installation().environment.resolve()
    yield Finding("python", ok=True, what=f"{python_version()} at {sys.executable}")
    if os.path.realpath(sys.prefix) != str(ours):
        yield Finding(
            "python",
            ok=False,
            what=f"This program runs from {sys.prefix} instead of {ours}.",
            why="Its packages can differ from the locked versions, and the vendor layer is built for this Python.",
            advice=installation().remedy,
        )


def check_tools(_: StateDir) -> Iterator[Finding]:
    """Check the tools, and what installs them."""
    if installation().needs_make and shutil.which("make") is None:
        yield Finding(
            "make",
            ok=False,
            what="make is not installed.",
            why="It installs the other tools.",
            advice="Install it (apt, brew).",
        )
    stale = installation().stale_parts()
    if not stale:
        yield Finding("tools", ok=True, what="installed at the locked versions")
    for part in stale:
        yield Finding(
            "tools",
            ok=False,
            what=f"{part} is missing, incomplete or older than its lock file.",
            why="The sandbox would run with versions that were not tested.",
            advice=installation().remedy,
        )


def check_disk(home: StateDir) -> Iterator[Finding]:
    """Check the free disk space for the state."""
    folder = next(folder for folder in (home.path, *home.path.parents) if folder.exists())
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    yield Finding(
        "disk",
        ok=free_mb >= FREE_MB_MIN,
        what=f"{free_mb:,} MB free in {folder}",
        why=""
        if free_mb >= FREE_MB_MIN
        else "The state is saved when the sandbox stops. Without free space it is lost.",
        advice=""
        if free_mb >= FREE_MB_MIN
        else f"Free {FREE_MB_MIN} MB, or set PAYSANDBOX_HOME to a folder on another disk.",
    )
    # Root may write everywhere but to a file system that is mounted read-only, which `access` knows too.
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        yield Finding(
            "state folder",
            ok=False,
            what=f"{folder} is not writable." if folder.is_dir() else f"{folder} is not a folder.",
            why=f"The sandbox stores its state in {home.path}.",
            advice="Set PAYSANDBOX_HOME to a folder that you can write to.",
        )


def check_footprint(home: StateDir) -> Iterator[Finding]:
    """Tell how much memory and disk the sandbox uses, and whether the memory is more than its limits explain."""
    if not home.path.is_dir():
        return
    disk = f"{disk_bytes(home.path) / 1_000_000:,.0f} MB of disk"
    running = engine.running(home)
    if running is None:
        yield Finding("footprint", ok=True, what=disk)
        return
    pids = processes.members(running.pid)
    in_processes = "in 1 process" if len(pids) == 1 else f"in {len(pids)} processes"
    memory_mb = memory_bytes(pids) / 1_000_000
    engine_mb = memory_bytes([running.pid]) / 1_000_000
    memory = f"{memory_mb:,.0f} MB of memory {in_processes}, {engine_mb:,.0f} MB of it the engine"
    ok = memory_mb <= MEMORY_MB_MAX
    yield Finding(
        "footprint",
        ok=ok,
        what=f"{memory}, {disk}",
        why=""
        if ok
        else f"A sandbox needs up to {MEMORY_MB_MAX:,} MB with {PAYMENTS_MAX:,} payments, the default maximum. It has "
        "more payments, or memory leaks.",
        advice=""
        if ok
        else "Run `paysandbox down` and `paysandbox up`, which keeps the payments, or start over with `paysandbox up "
        "--fresh`.",
    )


def check_localhost(_: StateDir) -> Iterator[Finding]:
    """Check that localhost resolves to this machine, since the functions reach the engine by that name."""
    addresses = {str(info[4][0]) for info in socket.getaddrinfo("localhost", None)}
    ok = not addresses.isdisjoint(processes.LOOPBACKS)
    yield Finding(
        "localhost",
        ok=ok,
        what=f"localhost resolves to {', '.join(sorted(addresses))}",
        why="" if ok else "The functions connect to localhost, and the engine listens on 127.0.0.1 and ::1.",
        advice="" if ok else "Add the line `127.0.0.1 localhost` to /etc/hosts.",
    )


def check_clock(_: StateDir) -> Iterator[Finding]:
    """Check the system clock, since authorizations and idempotency keys expire by wall time."""
    year = time.gmtime().tm_year
    newest = max(file.stat().st_mtime for file in (ROOT / "cli").rglob("*.py"))
    ok = year >= CLOCK_YEAR_MIN and newest - time.time() < SKEW_S_MAX
    yield Finding(
        "clock",
        ok=ok,
        what=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        why="" if ok else "It is behind this program's files. Authorizations and idempotency keys expire by it.",
        advice=""
        if ok
        else "Set the clock (timedatectl set-ntp true), then run `paysandbox down` and `paysandbox up`.",
    )


def check_engine(home: StateDir) -> Iterator[Finding]:
    """Check whether the engine is running and responds, or else whether its port is free."""
    running = engine.running(home)
    if running is None:
        yield from _port(home)
        return
    answers_ = engine.answers_soon(running.port)
    yield Finding(
        "engine",
        ok=answers_,
        what=f"process {running.pid} on port {running.port}, since {running.started_at}"
        + ("" if answers_ else "; it does not respond"),
        why="" if answers_ else "The engine may hang. Then no request gets a response.",
        advice="" if answers_ else f"Run `paysandbox up` to restart it. Engine log: {home.engine_log}",
    )


def check_state(home: StateDir) -> Iterator[Finding]:
    """Check whether the state is saved or the last run stopped gracefully, and whether a deployment was interrupted."""
    if not home.path.is_dir():
        yield Finding("state", ok=True, what=f"{home.path} does not exist yet")
        return
    running = engine.running(home)
    if running is not None:
        unsaved = saved_state.unsaved(running.port)
        yield Finding(
            "state",
            ok=unsaved is None,
            what=_saved(home) if unsaved is None else saved_state.unsaved_words(unsaved),
            why="" if unsaved is None else "The last attempt to save the state failed.",
            advice="" if unsaved is None else saved_state.unsaved_advice(home),
        )
    else:
        loss = saved_state.expected_loss(home)
        yield Finding(
            "state",
            ok=loss is None,
            what=_saved(home) if loss is None else str(loss),
            why="" if loss is None else "A kill loses the last changes. `down`, Ctrl-C and SIGTERM save all of them.",
            advice="" if loss is None else "Run `paysandbox up` to start from the saved state.",
        )
    if home.deploying.exists() and not home.is_locked():
        yield Finding(
            "deployment",
            ok=False,
            what="A deployment was interrupted.",
            why="Some stacks may run the old code and others the new.",
            advice="Run `paysandbox up` to finish it.",
        )


def check_health(home: StateDir) -> Iterator[Finding]:
    """Check whether the API is healthy."""
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
        why="" if health.healthy else "The engine is running, but the deployment is incomplete or broken.",
        advice=""
        if health.healthy
        else "Run `paysandbox up` to deploy it again. `paysandbox logs --failed` shows the errors.",
    )


def _saved(home: StateDir) -> str:
    saved_at = saved_state.saved_at(home)
    return "nothing saved yet" if saved_at is None else f"saved at {saved_at}"


def _port(home: StateDir) -> Iterator[Finding]:
    port = home.read().port or engine.DEFAULT_PORT
    try:
        engine.refuse_taken(home, port)
    except Failure as failure:
        yield Finding(
            "port",
            ok=False,
            what=failure.message,
            why="The sandbox cannot start on this port.",
            advice=failure.advice,
        )
    else:
        yield Finding("port", ok=True, what=f"{port} is free")
        yield Finding("engine", ok=True, what="not running. Start it with `paysandbox up`.")


CHECKS: Final = (
    check_python,
    check_tools,
    check_disk,
    check_footprint,
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
        console.print(Text.assemble((f"{mark} ", style), (f"{finding.check:13} ", "bold"), runnable(finding.what)))
        for line in (finding.why, finding.advice):
            if line:
                console.print(Text(f"{'':16}{runnable(line)}", style="" if line == finding.advice else "dim"))
    wrong = sum(not finding.ok for finding in findings)
    console.print()
    console.print(
        Text("No problems found.", style="green")
        if wrong == 0
        else Text(f"{counted(wrong, 'problem')} found.", style="bold red")
    )
