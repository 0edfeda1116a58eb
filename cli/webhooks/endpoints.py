"""`paysandbox endpoints`: webhook endpoints, their secrets, test events and replays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import IdempotencyKey, api_of, given, key_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.connection.recent_ids import complete_endpoint
from cli.terminal.output import print_note
from cli.terminal.time_span import time_or_span
from cli.webhooks.event_types import complete_event_list, parse_event_types

if TYPE_CHECKING:
    from cli.connection.api import Answer
    from cli.connection.api_paths import ApiPath

app = typer.Typer(name="endpoints", no_args_is_help=True, help="Create and manage webhook endpoints.")

EndpointId = Annotated[
    str, typer.Argument(metavar="ENDPOINT_ID", autocompletion=complete_endpoint, help="The endpoint's ID (we_…).")
]
Events = Annotated[
    str | None,
    typer.Option(
        "--events",
        metavar="A,B",
        autocompletion=complete_event_list,
        help="Event types to subscribe to, separated by commas, or * for all.",
    ),
]
_URL_HELP: Final = "Destination URL. HTTPS; the local sandbox also accepts HTTP."
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help=_URL_HELP)]
Description = Annotated[
    str | None, typer.Option("--description", metavar="TEXT", help="Free text, stored with the endpoint.")
]


@app.command("list", epilog="[bold]Example[/bold]\n  paysandbox endpoints list")
@over_the_api
def list_endpoints(caller: Caller) -> None:
    """List the merchant's endpoints, oldest first."""
    from cli.connection.api_paths import LIST_ENDPOINTS
    from cli.webhooks import view as webhook_view

    with refusals(caller.as_json):
        answer = api_of(caller).get(LIST_ENDPOINTS)
    if not caller.as_json and not answer.body["data"]:
        print_note("No endpoints. Create one: paysandbox endpoints create --url https://…")
        return
    show_answer(answer, caller.as_json, lambda a: webhook_view.endpoints(a.body))


@app.command("show", epilog="[bold]Example[/bold]\n  paysandbox endpoints show we_…")
@over_the_api
def show_endpoint(endpoint_id: EndpointId, *, caller: Caller) -> None:
    """Show an endpoint. Its secret is not included."""
    from cli.connection.api_paths import GET_ENDPOINT
    from cli.webhooks import view as webhook_view

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_ENDPOINT, path={"endpoint_id": endpoint_id})
    show_answer(answer, caller.as_json, webhook_view.endpoint)


EXAMPLES_CREATE = """[bold]Examples[/bold]
  paysandbox endpoints create --url https://example.com/hooks
  paysandbox endpoints create --url http://localhost:3000/hooks
  paysandbox endpoints create --inbox                 send to your inbox in the sandbox
  paysandbox endpoints create --url https://… --json | jq -r .secret
"""


@app.command(epilog=EXAMPLES_CREATE)
@over_the_api
def create(
    url: Url = None,
    inbox: Annotated[
        bool, typer.Option("--inbox", help="Send to your inbox in the sandbox, instead of a URL of yours.")
    ] = False,
    events: Events = "*",
    description: Description = None,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Create an endpoint. The response shows its signing secret once."""
    from cli.connection.api_paths import CREATE_ENDPOINT, GET_INBOX

    if inbox is (url is not None):
        raise typer.BadParameter("Give either --url or --inbox.")
    if inbox:
        with refusals(caller.as_json):
            url = api_of(caller).get(GET_INBOX).body["url"]
    body = given({"url": url, "events": parse_event_types(events) or ["*"], "description": description})
    answer = _post(CREATE_ENDPOINT, body, {}, idempotency_key, caller)
    _show_endpoint(answer, caller.as_json)
    if not caller.as_json:
        say_next(f"paysandbox endpoints test {answer.body['endpoint_id']}{repeated(caller)}")


EXAMPLES_UPDATE = """[bold]Examples[/bold]
  paysandbox endpoints update we_… --events payment_captured,payment_refunded
  paysandbox endpoints update we_… --disable
  paysandbox endpoints update we_… --enable       re-enable a disabled endpoint
"""


@app.command(epilog=EXAMPLES_UPDATE)
@over_the_api
def update(
    endpoint_id: EndpointId,
    url: Url = None,
    events: Events = None,
    description: Description = None,
    disable: Annotated[bool, typer.Option("--disable", help="Stop deliveries and cancel the pending ones.")] = False,
    enable: Annotated[
        bool, typer.Option("--enable", help="Re-enable the endpoint. Deliveries start with new events.")
    ] = False,
    *,
    caller: Caller,
) -> None:
    """Update, disable or re-enable an endpoint. `endpoints replay` sends the events that it missed."""
    from cli.connection.api_paths import UPDATE_ENDPOINT

    if disable and enable:
        raise typer.BadParameter("--enable and --disable cannot be combined.")
    status = "disabled" if disable else "enabled" if enable else None
    body = given(
        {"url": url, "events": parse_event_types(events) or None, "description": description, "status": status}
    )
    if not body:
        raise typer.BadParameter("Nothing to update. Give --url, --events, --description, --enable or --disable.")
    with refusals(caller.as_json):
        answer = api_of(caller).change(UPDATE_ENDPOINT, path={"endpoint_id": endpoint_id}, body=body)
    _show_endpoint(answer, caller.as_json)


@app.command(epilog="[bold]Example[/bold]\n  paysandbox endpoints delete we_…")
@over_the_api
def delete(endpoint_id: EndpointId, *, caller: Caller) -> None:
    """Delete an endpoint and cancel its pending deliveries."""
    from cli.connection.api_paths import DELETE_ENDPOINT
    from cli.terminal.console import Text

    with refusals(caller.as_json):
        answer = api_of(caller).change(DELETE_ENDPOINT, path={"endpoint_id": endpoint_id})
    show_answer(answer, caller.as_json, lambda a: Text(f"Deleted {a.body['endpoint_id']}."))


@app.command(epilog="[bold]Example[/bold]\n  paysandbox endpoints rotate we_…")
@over_the_api
def rotate(endpoint_id: EndpointId, idempotency_key: IdempotencyKey = None, *, caller: Caller) -> None:
    """Rotate the signing secret. The new one is shown once; the previous one stays valid for 24 hours."""
    from cli.connection.api_paths import ROTATE_ENDPOINT

    answer = _post(ROTATE_ENDPOINT, None, {"endpoint_id": endpoint_id}, idempotency_key, caller)
    _show_endpoint(answer, caller.as_json)


@app.command("test", epilog="[bold]Example[/bold]\n  paysandbox endpoints test we_…")
@over_the_api
def ping(endpoint_id: EndpointId, idempotency_key: IdempotencyKey = None, *, caller: Caller) -> None:
    """Send a test event (`endpoint_ping`), regardless of the endpoint's event types."""
    from cli.connection.api_paths import PING_ENDPOINT
    from cli.webhooks import view as webhook_view

    answer = _post(PING_ENDPOINT, None, {"endpoint_id": endpoint_id}, idempotency_key, caller)
    show_answer(answer, caller.as_json, webhook_view.pinged)
    if not caller.as_json:
        where = repeated(caller)
        say_next(f"paysandbox deliveries show {answer.body['delivery_id']}{where}")


EXAMPLES_REPLAY = """[bold]Examples[/bold]
  paysandbox endpoints replay we_… --since 2h --only-failed
  paysandbox endpoints replay we_… --since 2026-12-01T00:00:00Z
"""


@app.command(epilog=EXAMPLES_REPLAY)
@over_the_api
def replay(
    endpoint_id: EndpointId,
    since: Annotated[
        str,
        typer.Option(
            "--since", metavar="TIME", callback=time_or_span, help="Start of the time range: 2h, or an ISO 8601 time."
        ),
    ],
    only_failed: Annotated[
        bool, typer.Option("--only-failed", help="Only deliveries that failed after the last retry.")
    ] = False,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Replay past events to an endpoint, up to 200 per call. Prints the command for the next 200."""
    from cli.connection.api_paths import REPLAY_ENDPOINT
    from cli.webhooks import view as webhook_view

    body: dict[str, Any] = given({"since": since, "only_failed": only_failed or None})
    answer = _post(REPLAY_ENDPOINT, body, {"endpoint_id": endpoint_id}, idempotency_key, caller)
    show_answer(answer, caller.as_json, webhook_view.replayed)
    if not caller.as_json and answer.body["next_since"] is not None:
        failed = " --only-failed" if only_failed else ""
        more = f"paysandbox endpoints replay {endpoint_id} --since {answer.body['next_since']}{failed}"
        print_note(f"More: {more}{repeated(caller)}")


# --- shared by the commands ------------------------------------------------------------------------------------------


def _post(
    route: ApiPath, body: Mapping[str, Any] | None, path: Mapping[str, str], idempotency_key: str | None, caller: Caller
) -> Answer:
    api = api_of(caller)
    with refusals(caller.as_json):
        return api.post(route, body, idempotency_key=key_of(idempotency_key, caller.as_json), path=path)


def _show_endpoint(answer: Answer, as_json: bool) -> None:
    from cli.webhooks import view as webhook_view

    show_answer(answer, as_json, webhook_view.endpoint)
