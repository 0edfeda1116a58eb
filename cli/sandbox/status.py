"""`paysandbox status`: where the sandbox answers, its keys, and whether it is healthy."""

from __future__ import annotations

from typing import Any

import typer
from rich.table import Table

from cli.connection.sandbox_info import Health, aws_exports, docs_url, donation_facts, exports, facts, health_of
from cli.connection.target import LOCAL, Target, local_target, resolve
from cli.sandbox import engine
from cli.sandbox.state_dir import StateDir
from cli.terminal.console import Text, answers, asides
from cli.terminal.failure import Failure
from cli.terminal.output import print_block, print_json, print_note, stdout_is_terminal


def status_command(home: StateDir, environment: str, *, output: str) -> None:
    """Print it. Exit code 1 when the sandbox is not healthy; the reason is on stderr."""
    if environment == LOCAL and engine.running(home) is None:
        _not_running(home, output)
        raise typer.Exit(1)
    target = resolve(environment, home)
    health, found = _look(target)
    if output == "json":
        print_json(found, indent=2)
    elif output == "env":
        _print_exports(exports(target, found), output)
    elif output == "aws":
        _print_exports(aws_exports(target), output)
    else:
        _print_table(home, target, found, health)
    if not health.healthy:
        aside = asides()
        aside.print(Text(health.detail, style="bold red"), soft_wrap=True)
        doctor = ", and `paysandbox doctor`" if target.is_local else ""
        aside.print(f"`paysandbox logs --failed` may tell why{doctor}.", soft_wrap=True)
        raise typer.Exit(1)


def _print_exports(lines: str, output: str) -> None:
    if stdout_is_terminal():
        print_note(f'A secret is shown below. To set it without showing it: eval "$(paysandbox status -o {output})"')
    print_block(lines)


def _look(target: Target) -> tuple[Health, dict[str, Any]]:
    """Health and facts. A sandbox whose stacks are not all there has no keys, and says why it is not healthy."""
    from cli.connection.keys import list_keys

    health = health_of(target)
    try:
        keys, donations = list_keys(target), donation_facts(target)
    except Failure as failure:
        return Health(False, f"{failure.message} {failure.advice}"), facts(target, [], healthy=False)
    return health, facts(target, keys, healthy=health.healthy, donations=donations)


def _not_running(home: StateDir, output: str) -> None:
    record = home.read()
    if output == "json":
        print_json(facts(local_target(home, record.port or engine.DEFAULT_PORT, record.region), [], healthy=False))
        return
    aside = asides()
    aside.print(Text("The sandbox is not running.", style="bold red"))
    aside.print("Start it: paysandbox up" + (" (its payments are kept)" if record.last_graceful_stop else ""))


def _print_table(home: StateDir, target: Target, found: dict[str, Any], health: Health) -> None:
    console = answers()
    record = home.read()
    rows = {
        "Environment": target.environment,
        "Healthy": Text("yes", style="green") if health.healthy else Text("no", style="bold red"),
        "Base URL": target.base_url,
        "AWS": f"{target.aws_endpoint_url or 'your account'} ({target.region})",
        "Docs": docs_url(target),
    }
    if found["donations"] is not None:
        rows["Donations"] = f"Stripe's events go to {found['donations']['stripe_webhook_url']}"
        rows["Donors"] = f"pool {found['donations']['user_pool_id']}, client {found['donations']['web_app_client_id']}"
    if target.is_local:
        rows["Running"] = f"since {record.started_at}, process {record.pid}"
        rows["Home"] = str(home.path)
        running = engine.running(home)
        if running is not None and running.bind != engine.LOOPBACK:
            rows["Listens"] = f"on {running.bind}: other machines get the API, over plain HTTP"
    for name, value in rows.items():
        console.print(Text.assemble((f"{name:12} ", "dim"), value))
    console.print()
    table = Table("Merchant", "Plan", "API key", box=None, pad_edge=False, header_style="dim")
    for entry in found["merchants"]:
        table.add_row(entry["merchant"], entry["plan"], Text(entry["api_key"], no_wrap=True, overflow="fold"))
    console.print(table)
