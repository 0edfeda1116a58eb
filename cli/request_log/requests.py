"""`paysandbox requests`: the merchant's request log, over the API."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import api_of, refusals, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.completion import complete_route, known_route
from cli.connection.paging import print_next_page, read_list
from cli.request_log import explain
from cli.terminal.options import Cursor, Every, Limit

if TYPE_CHECKING:
    from cli.connection.api import Answer
    from cli.terminal.console import Text

app = typer.Typer(
    name="requests", no_args_is_help=True, help="List, show and explain the requests of the last seven days."
)
app.command("explain", epilog=explain.EXAMPLES)(explain.explain)


class StatusClass(StrEnum):
    """A class of HTTP statuses."""

    SUCCESS = "2xx"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"


EXAMPLES_LIST: Final = """[bold]Examples[/bold]
  paysandbox requests list
  paysandbox requests list --failed
  paysandbox requests list --status 4xx --route capture_payment
  paysandbox requests list --payment auth_… --reference order-2001
  paysandbox requests list --json | jq -r '.data[].request_id'
"""


@app.command("list", epilog=EXAMPLES_LIST)
@over_the_api
def list_requests(
    status: Annotated[StatusClass | None, typer.Option("--status", help="Only responses of this class.")] = None,
    failed: Annotated[
        bool | None,
        typer.Option("--failed/--succeeded", help="Only errors, or only successes. A decline is a success."),
    ] = None,
    route: Annotated[
        str | None,
        typer.Option(
            "--route",
            metavar="NAME",
            callback=known_route,
            autocompletion=complete_route,
            help="Only this operation, for example capture_payment.",
        ),
    ] = None,
    payment: Annotated[
        str | None,
        typer.Option("--payment", metavar="AUTH_ID", help="Only those that name this payment by any of its IDs."),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", help="Only those with this reference. With --payment, those that name either."),
    ] = None,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List the merchant's requests, newest first.

    A request appears a few seconds after its response. Requests that API
    Gateway rejects by itself (401, 413, 429) are not in the log.
    """
    from cli.connection.api_paths import LIST_REQUESTS

    query = {
        "status": status.value if status else None,
        "failed": failed,
        "route": route,
        "payment_id": payment,
        "reference": reference,
    }
    with refusals(caller.as_json):
        answer = read_list(api_of(caller), LIST_REQUESTS, query, limit=limit, every=every, cursor=cursor)
    show_answer(answer, caller.as_json, _table)
    outcome = "succeeded" if failed is False else "failed"
    options = {
        "status": query["status"],
        outcome: failed is not None or None,
        "route": route,
        "payment": payment,
        "reference": reference,
        "limit": limit,
    }
    print_next_page("requests list", options, answer, caller)


@app.command(epilog="[bold]Example[/bold]\n  paysandbox requests show req_…      the Request-Id header of a response")
@over_the_api
def show(
    request_id: Annotated[
        str, typer.Argument(metavar="REQUEST_ID", help="The Request-Id header of a response: a UUID, or req_… of /v1.")
    ],
    *,
    caller: Caller,
) -> None:
    """Show one request: its masked body, response status and error."""
    from cli.connection.api_paths import GET_REQUEST

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_REQUEST, path={"request_id": request_id})
    show_answer(answer, caller.as_json, _details)


def _table(answer: Answer) -> Text:
    from cli.terminal.columns import columns
    from cli.terminal.console import Text

    rows = [
        (
            request["created_at"][:19].replace("T", " "),
            Text(str(request["status"]), style=_style(request["status"])),
            request["route"],
            _outcome(request),
            request["request_id"],
            f"{request['duration_ms']} ms",
        )
        for request in answer.body["data"]
    ]
    if not rows:
        return Text("No matching requests.")
    return columns(("WHEN (UTC)", "STATUS", "ROUTE", "OUTCOME", "REQUEST", "TOOK"), rows, drop=("TOOK", "ROUTE"))


def _details(answer: Answer) -> Text:
    from cli.terminal.console import Text
    from cli.terminal.refusal import line
    from cli.terminal.visible_text import visible_json

    request = answer.body
    status = request["status"]
    headline = Text.assemble((str(status), _style(status)), f"  {request['method']} {request['route']}")
    names = ("request_id", "created_at", "duration_ms", "outcome", "replayed", "code", "param", "detail")
    names += ("payment_id", "transaction_id", "idempotency_key")
    lines = [
        headline,
        *(Text(line(name.replace("_", " "), _shown(request[name]))) for name in names if name in request),
    ]
    if "body" in request:
        lines += [Text("  body"), Text.block(visible_json(_indented(request["body"])))]
    return Text.lines(lines)


def _outcome(request: Mapping[str, Any]) -> str:
    return request.get("code") or request["outcome"]


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _indented(body: str) -> str:
    import json

    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:  # the log keeps the first 2,048 bytes
        return body


def _style(status: int) -> str:
    return "green" if status < 400 else "yellow" if status < 500 else "bold red"
