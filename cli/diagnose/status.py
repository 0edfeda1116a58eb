"""`paysandbox status`: the sandbox's addresses, API keys and health."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer
from rich.table import Table

from cli.connection.sandbox_info import Health, aws_exports, docs_url, donation_facts, exports, facts, health_of
from cli.connection.target import LOCAL, Target, local_target, resolve
from cli.sandbox import engine
from cli.state import saved_state
from cli.state.named_sandboxes import running_others
from cli.state.state_dir import StateDir
from cli.terminal.console import Text, answers, stderr_console
from cli.terminal.failure import Failure
from cli.terminal.output import print_block, print_json, print_note, program_words, runnable, stdout_is_terminal
from paysandbox.core.merchant import DEFAULT_MERCHANT


def status_command(home: StateDir, environment: str, *, output: str, merchant: str | None = None) -> None:
    """Print the addresses, keys and health. Exit with 1 and the reason on stderr if the sandbox is not healthy.

    `env` exports the API key of `merchant`.
    """
    if environment == LOCAL and engine.running(home) is None:
        _not_running(home, output)
        raise typer.Exit(1)
    target = resolve(environment, home)
    health, found = _look(home, target)
    if output == "json":
        print_json(found)
    elif output == "env":
        chosen = merchant or DEFAULT_MERCHANT
        lines = exports(target, found, chosen)
        _print_exports(lines, output)
        if "PAYSANDBOX_API_KEY=" in lines:
            print_note(f"PAYSANDBOX_API_KEY is the key of merchant {chosen}. Use --merchant for another one.")
    elif output == "aws":
        _print_exports(aws_exports(target), output)
    else:
        _print_table(home, target, found, health)
    if not health.healthy:
        console = stderr_console()
        console.print(Text(health.detail, style="bold red"), soft_wrap=True)
        doctor = " and `paysandbox doctor`" if target.is_local else ""
        console.print(runnable(f"To find the cause, run `paysandbox logs --failed`{doctor}."), soft_wrap=True)
        raise typer.Exit(1)


def _print_exports(lines: str, output: str) -> None:
    if stdout_is_terminal():
        command = f'eval "$({program_words()} status -o {output})"'
        print_note(f"The lines below contain secrets. To set them without printing them: {command}")
    print_block(lines)


def _look(home: StateDir, target: Target) -> tuple[Health, dict[str, Any]]:
    """Return health and facts. A sandbox with missing stacks is not healthy and has no keys."""
    from cli.connection.keys import list_keys

    health = health_of(target)
    running = engine.running(home) if target.is_local else None
    unsaved = None if running is None else saved_state.unsaved(running.port)
    if unsaved is not None:
        # Without space on the disk, /health fails too, since its function may not start.
        words = f"{saved_state.unsaved_words(unsaved)} {saved_state.unsaved_advice(home)}"
        health = Health(False, words if health.healthy else f"{words} {health.detail}")
    reported = None if unsaved is None else asdict(unsaved)
    try:
        keys, donations = list_keys(target), donation_facts(target)
    except Failure as failure:
        return Health(False, f"{failure.message} {failure.advice}"), facts(target, [], healthy=False, unsaved=reported)
    return health, facts(target, keys, healthy=health.healthy, donations=donations, unsaved=reported)


def _not_running(home: StateDir, output: str) -> None:
    record = home.read()
    if output == "json":
        print_json(facts(local_target(home, record.port or engine.DEFAULT_PORT, record.region), [], healthy=False))
        return
    console = stderr_console()
    console.print(Text("The sandbox is not running.", style="bold red"))
    note = " Its payments are kept." if record.last_graceful_stop else ""
    console.print(runnable(f"Start it with `paysandbox up`.{note}"))
    if others := _others(home):
        console.print(Text(f"Other sandboxes that run: {others}"), soft_wrap=True)


def _others(home: StateDir) -> str:
    return ", ".join(f"{name} at {url}" for name, url in running_others(home).items())


def _print_table(home: StateDir, target: Target, found: dict[str, Any], health: Health) -> None:
    console = answers()
    record = home.read()
    rows = {
        "Environment": target.environment,
        "Healthy": Text("yes", style="green") if health.healthy else Text("no", style="bold red"),
        "Base URL": target.base_url,
        "AWS": f"{target.aws_endpoint_url or 'your AWS account'} ({target.region})",
        "API docs": docs_url(target),
    }
    if found["donations"] is not None:
        rows["Donations"] = f"Stripe webhook at {found['donations']['stripe_webhook_url']}"
        rows["Donors"] = (
            f"user pool {found['donations']['user_pool_id']}, client {found['donations']['web_app_client_id']}"
        )
    if target.is_local:
        if home.name is not None:
            rows["Name"] = home.name
        rows["Running"] = f"since {record.started_at}, process {record.pid}"
        rows["State"] = str(home.path)
        running = engine.running(home)
        if running is not None and running.bind != engine.LOOPBACK:
            rows["Listening"] = f"on {running.bind}: other machines can reach the API, over unencrypted HTTP"
        if others := _others(home):
            rows["Others"] = others
    for name, value in rows.items():
        console.print(Text.assemble((f"{name:12} ", "dim"), value))
    console.print()
    table = Table("Merchant", "Plan", "API key", box=None, pad_edge=False, header_style="dim")
    for entry in found["merchants"]:
        table.add_row(entry["merchant"], entry["plan"], Text(entry["api_key"], no_wrap=True, overflow="fold"))
    console.print(table)
