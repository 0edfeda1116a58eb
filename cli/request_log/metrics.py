"""`paysandbox metrics`: request metrics, computed from the requests' log lines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.completion import complete_merchant
from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_note
from cli.terminal.time_span import span_s, span_words

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.request_log.figures import LineFigures
    from cli.terminal.console import Text
    from paysandbox.metrics.figures import RequestFigures

_SINCE: Final = "1h"
# In every request's line, so that CloudWatch returns little else.
_CONTAINED: Final = "request"

app = typer.Typer()

EXAMPLES = """[bold]Examples[/bold]
  paysandbox metrics                          the last hour, on this machine
  paysandbox metrics --since 15m --env dev    the last 15 minutes of dev
  paysandbox metrics --merchant shop          the requests of one merchant
  paysandbox metrics --json | jq .approval.rate
"""


def _span(text: str) -> str:
    if not span_s(text):
        raise typer.BadParameter(f"{text!r} is not a duration. Use a form like 90s, 15m, 2h or 1d12h.")
    return text


@app.command(epilog=EXAMPLES)
def metrics(
    since: Annotated[
        str,
        typer.Option("--since", metavar="DURATION", callback=_span, help="How far back to look: 90s, 15m, 2h, 1d12h."),
    ] = _SINCE,
    merchant: Annotated[
        str | None,
        typer.Option(
            "--merchant", metavar="NAME", autocompletion=complete_merchant, help="Only requests of this merchant."
        ),
    ] = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Show request counts, durations, approval rate, replays, cold starts and errors, by route and code.

    Durations are those of the handlers (duration_ms in the log), without
    network time and cold-start initialization. Percentiles use the nearest
    rank. Requests that API Gateway rejects by itself (401, 413, 429) are not
    included, nor are invocations that crashed before logging; `paysandbox logs
    --failed` shows those. Approvals are those of the native API. The line
    `dashboard` has the modeled cost of a dashboard tab.
    """
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir

    target = resolve(env, StateDir.find())
    found = _figures(target, span_s(since) or 0, merchant)
    if as_json:
        print_json(_facts(target, found))
    elif not found.every.requests.requests:
        of = f" of {merchant}" if merchant else ""
        print_note(f"No requests{of} in the last {span_words(found.span_s)}. Use --since to look further back.")
    else:
        _print(target, found)


def _figures(target: Target, period_s: int, merchant: str | None) -> LineFigures:
    from cli.request_log.figures import line_figures
    from cli.request_log.log_groups import log_groups, log_reader
    from cli.request_log.log_lines import Line

    groups = log_groups(target)
    if not groups:
        raise Failure(
            f"No function of {target.environment} is deployed in {target.region}.",
            target.missing_advice,
        )
    events = log_reader(target, groups, _CONTAINED).read(int((time.time() - period_s) * 1000))
    lines = (line for line in map(Line, events) if line.is_request)
    counted = (line for line in lines if merchant in (None, line.fields.get("merchant")))
    return line_figures(((line.event.at_ms, line.fields) for line in counted), span_s=period_s)


def _facts(target: Target, found: LineFigures) -> dict[str, Any]:
    rate, requests = found.every.approval_rate, found.every.requests
    return {
        "environment": target.environment,
        "span_s": found.span_s,
        "requests": requests.requests,
        "per_s": round(requests.per_s, 4),
        "peak_per_s": requests.peak_per_s,
        "approval": {
            "approved": found.every.approved,
            "declined": found.every.declined,
            "rate": None if rate is None else round(rate, 4),
        },
        "replays": requests.replays,
        "cold_starts": requests.cold_starts,
        "duration_ms": _durations(requests),
        "routes": [_route_facts(route) for route in found.routes],
        "failures": [
            {"status": status, "code": code, "requests": count} for (status, code), count in found.failures.items()
        ],
        "dashboard_tab_usd_per_month": round(_tab_usd(), 2),
    }


def _route_facts(route: RequestFigures) -> dict[str, Any]:
    return {
        "route": route.name,
        "requests": route.requests,
        "per_s": round(route.per_s, 4),
        "duration_ms": _durations(route),
        "4xx": route.failed_4xx,
        "5xx": route.failed_5xx,
        "cold_starts": route.cold_starts,
    }


def _durations(route: RequestFigures) -> dict[str, float | None]:
    return {f"p{percent}": ms for percent, ms in route.duration_ms.items()}


def _tab_usd() -> float:
    """Return the modeled cost of a month of a dashboard tab on AWS."""
    from paysandbox.metrics.price_list import PICODOLLARS
    from paysandbox.metrics.usage_cost import DashboardTab, tab_cost

    return tab_cost(DashboardTab()) / PICODOLLARS


def _tab_text() -> str:
    from paysandbox.metrics.usage_cost import DashboardTab

    tab = DashboardTab()
    used = f"open {tab.hours_per_day} h on {tab.days} days, active {tab.active_percent}% of the time"
    return f"{_tab_usd():.2f} USD a month on AWS, {used} (modeled)"


def _print(target: Target, found: LineFigures) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.text import counted

    console = answers()
    every = found.every
    headline = f"{counted(every.requests.requests, 'request')} to {target.environment} in {span_words(found.span_s)}"
    console.print(Text.assemble((headline, "bold"), f", {every.requests.peak_per_s} in the busiest second"))
    console.print()
    console.print(_routes(found))
    console.print()
    rate, responses = every.approval_rate, every.approved + every.declined
    facts = {
        "approved": "-" if rate is None else f"{rate:.1%} ({every.approved} of {responses})",
        "replayed": str(every.requests.replays),
        "cold starts": str(every.requests.cold_starts),
        "dashboard": _tab_text(),
    }
    for name, value in facts.items():
        console.print(Text.assemble((f"{name:12}", "dim"), value))
    if found.failures:
        console.print()
        console.print(_failures(found))


def _routes(found: LineFigures) -> Text:
    from cli.terminal.columns import columns
    from paysandbox.metrics.figures import PERCENTILES

    header = ("REQUESTS", "PER S", *(f"P{percent} MS" for percent in PERCENTILES), "4XX", "5XX", "COLD")
    rows = [
        (
            str(route.requests),
            f"{route.per_s:.3f}",
            *("-" if ms is None else f"{ms:.1f}" for ms in route.duration_ms.values()),
            *(str(count or "") for count in (route.failed_4xx, route.failed_5xx, route.cold_starts)),
        )
        for route in (*found.routes, found.every.requests)
    ]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    names = [route.name for route in (*found.routes, found.every.requests)]
    rows_with_names = [(name, *_right(row, widths)) for name, row in zip(names, rows, strict=True)]
    header = _right(header, widths)
    return columns(("ROUTE", *header), rows_with_names, drop=(header[-1], header[1], header[4]))


def _right(cells: tuple[str, ...], widths: list[int]) -> list[str]:
    return [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]


def _failures(found: LineFigures) -> Text:
    from cli.terminal.columns import columns
    from cli.terminal.console import Text

    rows = [
        (Text(str(status), style="yellow" if status < 500 else "bold red"), code, str(count))
        for (status, code), count in found.failures.items()
    ]
    return columns(("STATUS", "CODE", "REQUESTS"), rows)
