"""`paysandbox logs`: one line per request, from the functions' logs in CloudWatch Logs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.connection.completion import complete_merchant, complete_route
from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json_line, print_note
from paysandbox.core.suggestion import did_you_mean

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.request_log.log_groups import LogEvent, LogReader
    from cli.request_log.log_lines import Line

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_=-]{4,64}")
_SINCE: Final = "15m"
_SINCE_OF_REQUEST: Final = "1d"

# A line appears in CloudWatch some seconds after it was written, so each read goes back a little.
_LATE_S: Final = 30

EXAMPLES = """[bold]Examples[/bold]
  paysandbox logs                             requests of the last 15 minutes
  paysandbox logs --follow                    wait for new requests; stop with Ctrl-C
  paysandbox logs --failed --since 2h         errors, failed deliveries and crashes
  paysandbox logs --request req_…             one request, by its Request-Id
  paysandbox logs --route capture_payment --json | jq .duration_ms
"""

app = typer.Typer(name="logs", invoke_without_command=True, subcommand_metavar="")


def _duration(text: str | None) -> str | None:
    if text is not None and _DURATION.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not a duration. Use a form like 90s, 15m, 2h or 1d.")
    return text


def _request_id(text: str | None) -> str | None:
    if text is not None and _REQUEST_ID.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not a request id. Use the value of the Request-Id response header.")
    if text is None:
        return None
    from paysandbox.request_log.request_record import native_request_id

    return native_request_id(text)


@app.callback(epilog=EXAMPLES)
def logs(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for new requests, until Ctrl-C.")] = False,
    failed: Annotated[
        bool,
        typer.Option("--failed", help="Only errors (4xx and 5xx), failed delivery attempts and crashes; no declines."),
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="DURATION",
            callback=_duration,
            help=f"How far back to look: 90s, 15m, 2h, 1d. Default: {_SINCE}; with --request, {_SINCE_OF_REQUEST}.",
        ),
    ] = None,
    route: Annotated[
        str | None,
        typer.Option(
            "--route",
            metavar="NAME",
            autocompletion=complete_route,
            help="Only this route or worker, for example capture_payment.",
        ),
    ] = None,
    request: Annotated[
        str | None,
        typer.Option("--request", metavar="ID", callback=_request_id, help="Only the request with this Request-Id."),
    ] = None,
    merchant: Annotated[
        str | None,
        typer.Option(
            "--merchant",
            metavar="NAME",
            autocompletion=complete_merchant,
            help="Only lines of this merchant.",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also lines that do not belong to a request.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=1,
            help="Only the newest lines, at most this many; with --follow, of those before it. Default: all lines.",
        ),
    ] = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Show one line per request: time (UTC), status, route, duration, outcome, merchant, transaction and request id.

    An error is followed by its detail. Lines of level ERROR and crashes are shown too, with their traceback.
    --json prints each line as it was logged.
    """
    from cli.connection.target import resolve
    from cli.request_log.log_groups import log_groups, log_reader
    from cli.request_log.log_lines import Selection
    from cli.state.state_dir import StateDir

    target = resolve(env, StateDir.find())
    groups = _chosen(log_groups(target), route, target)
    span = since or (_SINCE_OF_REQUEST if request else _SINCE)
    reader = log_reader(target, groups, request or "")
    selection = Selection(
        failed=failed,
        everything=everything,
        request_id=request,
        route=None if route in groups else route,
        merchant=merchant,
    )
    show = _printer(max(map(len, names(groups))) if follow else 0, as_json)
    found = 0
    try:
        for place, events in enumerate(_batches(reader, span, follow=follow)):
            lines = list(selection.of(events))
            left_out = 0 if limit is None or place else max(0, len(lines) - limit)
            show(lines[left_out:])
            if left_out:
                print_note(f"These are the newest {limit} of {len(lines)} lines. Use --limit or --since for others.")
            found += len(lines)
    except KeyboardInterrupt:
        return
    if not found:
        print_note(f"No matching lines in the last {span}. Use --since to look further back.")


def _chosen(groups: Mapping[str, str], route: str | None, target: Target) -> Mapping[str, str]:
    if not groups:
        raise Failure(
            f"No function of {target.environment} is deployed in {target.region}.",
            target.missing_advice,
        )
    if route is None:
        return groups
    functions = names(groups)
    if route not in functions:
        raise typer.BadParameter(_unknown(route, functions), param_hint="--route")
    return {functions[route]: groups[functions[route]]}


def _unknown(route: str, known: Iterable[str]) -> str:
    hint = did_you_mean(route, known) or "The API reference lists the routes' names."
    return f"There is no route or worker `{route}`. {hint}".rstrip()


def names(deployed: Iterable[str]) -> dict[str, str]:
    """The names that `--route` accepts (deployed functions and their routes), each with the function that logs it."""
    from api_reference.routes import ROUTES
    from paysandbox.stripe_api.routes import ROUTES as V1_ROUTES

    itself = {function: function for function in deployed}
    routes = {route.name: route.function_name for route in (*ROUTES, *V1_ROUTES) if route.function_name in itself}
    return itself | routes


def _batches(reader: LogReader, span: str, *, follow: bool) -> Iterator[list[LogEvent]]:
    start_ms = int((time.time() - _seconds(span)) * 1000)
    yield reader.read(start_ms)
    while follow:
        time.sleep(reader.pause_s)
        start_ms = max(start_ms, int((time.time() - _LATE_S) * 1000))
        yield reader.read(start_ms)


def _seconds(span: str) -> int:
    match = _DURATION.fullmatch(span)
    if match is None:
        raise AssertionError(f"{span} passed its check")
    return int(match[1]) * _UNITS_S[match[2]]


def _printer(longest_route: int, as_json: bool) -> Callable[[Sequence[Line]], None]:
    if as_json:
        return _print_json
    from cli.request_log.log_lines import Page
    from cli.terminal.console import answers
    from cli.terminal.output import stdout_is_terminal

    console = answers()
    page = Page(console.width if stdout_is_terminal() else None, longest_route)

    def show(lines: Sequence[Line]) -> None:
        page.measure(lines)
        for line in lines:
            console.print(page.show(line))

    return show


def _print_json(lines: Sequence[Line]) -> None:
    for line in lines:
        print_json_line(line.as_json())
