"""`paysandbox logs`: one line per request, from the functions' logs in CloudWatch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json_text, print_note

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.request_log.log_groups import LogEvent, LogReader
    from cli.request_log.log_lines import Line

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_=-]{4,64}")
_SINCE: Final = "15m"
_SINCE_OF_REQUEST: Final = "1d"

# CloudWatch shows a line some seconds after it was written, so each look goes back a little.
_LATE_S: Final = 30
_PAUSE_S: Final = 1.0
# An account may ask CloudWatch about ten times a second, over all who ask.
_CALLS_PER_S: Final = 4

EXAMPLES = """[bold]Examples[/bold]
  paysandbox logs                             requests of the last 15 minutes
  paysandbox logs --follow                    and what comes, until Ctrl-C
  paysandbox logs --failed --since 2h         refusals, faults and crashes
  paysandbox logs --request 5f2c…             the id that each problem names; its body is in GET /requests/5f2c…
  paysandbox logs --route capture_payment --json | jq .duration_ms
"""

app = typer.Typer(invoke_without_command=True, subcommand_metavar="")


def _duration(text: str | None) -> str | None:
    if text is not None and _DURATION.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not a time span. Write it like 90s, 15m, 2h or 1d.")
    return text


def _request_id(text: str | None) -> str | None:
    if text is not None and _REQUEST_ID.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not a request id. Problems, and the header Request-Id, name it.")
    return text


@app.callback(epilog=EXAMPLES)
def logs(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only refusals (4xx), faults (5xx) and crashes; a decline is none of them.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="SPAN",
            callback=_duration,
            help=f"How far back: 90s, 15m, 2h, 1d. Default: {_SINCE}; with --request {_SINCE_OF_REQUEST}.",
        ),
    ] = None,
    route: Annotated[
        str | None, typer.Option("--route", metavar="NAME", help="Only this route or worker: capture_payment.")
    ] = None,
    request: Annotated[
        str | None, typer.Option("--request", metavar="ID", callback=_request_id, help="Only this request.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is not about a request.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Show one line per request: time (UTC), status, route, duration, outcome, merchant, transaction and request id.

    Under a refusal stands why. Lines of level ERROR and crashes are shown as well, with their trace.
    --json prints each line as it was logged.
    """
    from cli.connection.target import resolve
    from cli.request_log.log_groups import LogReader, log_groups
    from cli.request_log.log_lines import Selection
    from cli.sandbox.state_dir import StateDir

    target = resolve(env, StateDir.find())
    groups = _chosen(log_groups(target), route, target)
    span = since or (_SINCE_OF_REQUEST if request else _SINCE)
    reader = LogReader(target.client("logs"), groups, pattern=f'"{request}"' if request else "")
    selection = Selection(
        failed=failed, everything=everything, request_id=request, route=None if route in groups else route
    )
    show = _printer(max(len(name) for name in groups), as_json)
    shown = 0
    try:
        for events in _batches(reader, span, follow=follow):
            for line in selection.of(events):
                show(line)
                shown += 1
    except KeyboardInterrupt:
        return
    if not shown:
        print_note(f"Nothing of that in the last {span}. Look further back with --since.")


def _chosen(groups: Mapping[str, str], route: str | None, target: Target) -> Mapping[str, str]:
    if not groups:
        raise Failure(
            f"No function of {target.environment} is deployed in {target.region}.",
            "Start the sandbox: paysandbox up"
            if target.is_local
            else f"Deploy it (npx cdk deploy --all -c env={target.environment}), or look in another account or region.",
        )
    if route is None:
        return groups
    functions = names(groups)
    if route not in functions:
        raise typer.BadParameter(
            f"There is no {route!r}. There are: {', '.join(sorted(functions))}.", param_hint="--route"
        )
    return {functions[route]: groups[functions[route]]}


def names(deployed: Iterable[str]) -> dict[str, str]:
    """What `--route` takes, and the function whose log that is in: deployed functions, and the routes they answer."""
    from api_reference.routes import ROUTES
    from paysandbox.stripe_api.routes import ROUTES as V1_ROUTES

    itself = {function: function for function in deployed}
    routes = {route.name: route.function_name for route in (*ROUTES, *V1_ROUTES) if route.function_name in itself}
    return itself | routes


def _batches(reader: LogReader, span: str, *, follow: bool) -> Iterator[list[LogEvent]]:
    start_ms = int((time.time() - _seconds(span)) * 1000)
    yield reader.read(start_ms)
    while follow:
        time.sleep(max(_PAUSE_S, len(reader.groups) / _CALLS_PER_S))
        start_ms = max(start_ms, int((time.time() - _LATE_S) * 1000))
        yield reader.read(start_ms)


def _seconds(span: str) -> int:
    match = _DURATION.fullmatch(span)
    if match is None:
        raise AssertionError(f"{span} passed its check")
    return int(match[1]) * _UNITS_S[match[2]]


def _printer(width: int, as_json: bool) -> Callable[[Line], None]:
    if as_json:
        return lambda line: print_json_text(line.as_json())
    from cli.request_log.log_lines import Page
    from cli.terminal.console import answers

    console, page = answers(), Page(width)
    return lambda line: console.print(page.show(line))
