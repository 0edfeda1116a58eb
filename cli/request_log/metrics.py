"""`paysandbox metrics`: request metrics, computed from the requests' log lines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_note
from cli.terminal.time_span import span_s, span_words

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.request_log.figures import Figures, RouteFigures
    from cli.terminal.console import Text

_SINCE: Final = "1h"
# In every request's line, so that CloudWatch returns little else.
_CONTAINED: Final = "request"

EXAMPLES = """[bold]Examples[/bold]
  paysandbox metrics                          the last hour, on this machine
  paysandbox metrics --since 15m --env dev    the last 15 minutes of dev
  paysandbox metrics --json | jq .approval.rate
"""


def _span(text: str) -> str:
    if not span_s(text):
        raise typer.BadParameter(f"{text!r} is not a duration. Use a form like 90s, 15m, 2h or 1d12h.")
    return text


def metrics(
    since: Annotated[
        str,
        typer.Option("--since", metavar="DURATION", callback=_span, help="How far back to look: 90s, 15m, 2h, 1d12h."),
    ] = _SINCE,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Show request counts, durations, approval rate, replays, cold starts and errors, by route and code.

    Durations are those of the handlers (duration_ms in the log), without
    network time and cold-start initialization. Percentiles use the nearest
    rank. Requests that API Gateway rejects by itself (401, 413, 429) are not
    included, nor are calls that ended before they could log;
    `paysandbox logs --failed` shows those.
    """
    from cli.connection.target import resolve
    from cli.sandbox.state_dir import StateDir

    target = resolve(env, StateDir.find())
    found = _figures(target, span_s(since) or 0)
    if as_json:
        print_json(_facts(target, found))
    elif not found.every.requests:
        print_note(f"No requests in the last {span_words(found.span_s)}. Use --since to look further back.")
    else:
        _print(target, found)


def _figures(target: Target, asked_s: int) -> Figures:
    from cli.request_log.figures import figures
    from cli.request_log.log_groups import log_groups, log_reader
    from cli.request_log.log_lines import Line

    groups = log_groups(target)
    if not groups:
        raise Failure(
            f"No function of {target.environment} is deployed in {target.region}.",
            "Run `paysandbox up`."
            if target.is_local
            else f"Deploy it (npx cdk deploy --all -c env={target.environment}), or check your AWS account and region.",
        )
    events = log_reader(target, groups, _CONTAINED).read(int((time.time() - asked_s) * 1000))
    lines = map(Line, events)
    return figures(((line.event.at_ms, line.fields) for line in lines if line.is_request), span_s=asked_s)


def _facts(target: Target, found: Figures) -> dict[str, Any]:
    rate = found.approval_rate
    return {
        "environment": target.environment,
        "span_s": found.span_s,
        "requests": found.every.requests,
        "per_s": round(found.every.per_s, 4),
        "peak_per_s": found.peak_per_s,
        "approval": {
            "approved": found.approved,
            "declined": found.declined,
            "rate": None if rate is None else round(rate, 4),
        },
        "replays": found.replays,
        "cold_starts": found.every.cold_starts,
        "duration_ms": _durations(found.every),
        "routes": [_route_facts(route) for route in found.routes],
        "failures": [
            {"status": status, "code": code, "requests": count} for (status, code), count in found.failures.items()
        ],
    }


def _route_facts(route: RouteFigures) -> dict[str, Any]:
    return {
        "route": route.name,
        "requests": route.requests,
        "per_s": round(route.per_s, 4),
        "duration_ms": _durations(route),
        "4xx": route.failed_4xx,
        "5xx": route.failed_5xx,
        "cold_starts": route.cold_starts,
    }


def _durations(route: RouteFigures) -> dict[str, float | None]:
    return {f"p{percent}": ms for percent, ms in route.duration_ms.items()}


def _print(target: Target, found: Figures) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.text import counted

    console = answers()
    headline = f"{counted(found.every.requests, 'request')} to {target.environment} in {span_words(found.span_s)}"
    console.print(Text.assemble((headline, "bold"), f", {found.peak_per_s} in the busiest second"))
    console.print()
    console.print(_routes(found))
    console.print()
    rate = found.approval_rate
    facts = {
        "approved": "-" if rate is None else f"{rate:.1%} ({found.approved} of {found.approved + found.declined})",
        "replayed": str(found.replays),
        "cold starts": str(found.every.cold_starts),
    }
    for name, value in facts.items():
        console.print(Text.assemble((f"{name:12}", "dim"), value))
    if found.failures:
        console.print()
        console.print(_failures(found))


def _routes(found: Figures) -> Text:
    from cli.request_log.figures import PERCENTILES
    from cli.terminal.columns import columns

    header = ("REQUESTS", "PER S", *(f"P{percent} MS" for percent in PERCENTILES), "4XX", "5XX", "COLD")
    rows = [
        (
            str(route.requests),
            f"{route.per_s:.3f}",
            *("-" if ms is None else f"{ms:.1f}" for ms in route.duration_ms.values()),
            *(str(count or "") for count in (route.failed_4xx, route.failed_5xx, route.cold_starts)),
        )
        for route in (*found.routes, found.every)
    ]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    names = [route.name for route in (*found.routes, found.every)]
    rows_with_names = [(name, *_right(row, widths)) for name, row in zip(names, rows, strict=True)]
    header = _right(header, widths)
    return columns(("ROUTE", *header), rows_with_names, drop=(header[-1], header[1], header[4]))


def _right(cells: tuple[str, ...], widths: list[int]) -> list[str]:
    return [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]


def _failures(found: Figures) -> Text:
    from cli.terminal.columns import columns
    from cli.terminal.console import Text

    rows = [
        (Text(str(status), style="yellow" if status < 500 else "bold red"), code, str(count))
        for (status, code), count in found.failures.items()
    ]
    return columns(("STATUS", "CODE", "REQUESTS"), rows)
