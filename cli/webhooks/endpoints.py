"""`paysandbox webhooks`: endpoints, the deliveries to them, and sending again what they missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.connection.api_session import IdempotencyKey, api_of, given, key_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.terminal.options import Cursor, Limit, OnlyEndpoint
from cli.terminal.output import print_note
from cli.webhooks.events import time_or_span
from cli.webhooks.listen import event_names
from cli.webhooks.redrive import EXAMPLES as EXAMPLES_REDRIVE, redrive

if TYPE_CHECKING:
    from cli.connection.api import Answer
    from paysandbox.http.route import Route

app = typer.Typer(no_args_is_help=True, help="Endpoints, deliveries to them, and sending again what they missed.")
endpoints = typer.Typer(no_args_is_help=True, help="Where events are sent.")
deliveries = typer.Typer(no_args_is_help=True, help="Events on their way to endpoints: what was sent, what came back.")
app.add_typer(endpoints, name="endpoints")
app.add_typer(deliveries, name="deliveries")
app.command(epilog=EXAMPLES_REDRIVE)(redrive)

EndpointId = Annotated[str, typer.Argument(metavar="ENDPOINT_ID", help="An endpoint's id, we_….")]
DeliveryId = Annotated[str, typer.Argument(metavar="DELIVERY_ID", help="A delivery's id, wd_….")]
Events = Annotated[str | None, typer.Option("--events", metavar="A,B", help="Types of events, or *.")]
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Where to; https, locally http as well.")]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="Your own; kept and shown.")]


# --- endpoints --------------------------------------------------------------------------------------------------------


@endpoints.command("list", epilog="[bold]Example[/bold]\n  paysandbox webhooks endpoints list")
@over_the_api
def list_endpoints(caller: Caller) -> None:
    """List the merchant's endpoints, oldest first."""
    from cli.webhooks import view as webhook_view
    from paysandbox.webhooks.routes import LIST_ENDPOINTS

    with refusals(caller.as_json):
        answer = api_of(caller).get(LIST_ENDPOINTS)
    if not caller.as_json and not answer.body["data"]:
        print_note("No endpoints. Make one: paysandbox webhooks endpoints create --url https://…")
        return
    show_answer(answer, caller.as_json, lambda a: webhook_view.endpoints(a.body))


@endpoints.command("show", epilog="[bold]Example[/bold]\n  paysandbox webhooks endpoints show we_…")
@over_the_api
def show_endpoint(endpoint_id: EndpointId, *, caller: Caller) -> None:
    """Show an endpoint, without its secret."""
    from cli.webhooks import view as webhook_view
    from paysandbox.webhooks.routes import GET_ENDPOINT

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_ENDPOINT, path={"endpoint_id": endpoint_id})
    show_answer(answer, caller.as_json, webhook_view.endpoint)


EXAMPLES_CREATE = """[bold]Examples[/bold]
  paysandbox webhooks endpoints create --url https://example.com/hooks
  paysandbox webhooks endpoints create --url http://localhost:3000/hooks
  paysandbox webhooks endpoints create --url https://… --json | jq -r .secret
"""


@endpoints.command(epilog=EXAMPLES_CREATE)
@over_the_api
def create(
    url: Annotated[str, typer.Option("--url", metavar="URL", help="Where to; https, locally http as well.")],
    events: Events = "*",
    description: Description = None,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Have events sent to a URL from now on. Its secret, by which deliveries are verified, is shown now only."""
    from paysandbox.webhooks.routes import CREATE_ENDPOINT

    body = given({"url": url, "events": event_names(events) or ["*"], "description": description})
    answer = _post(CREATE_ENDPOINT, body, {}, idempotency_key, caller)
    _show_endpoint(answer, caller.as_json)
    if not caller.as_json:
        say_next(f"paysandbox webhooks endpoints test {answer.body['endpoint_id']}{repeated(caller)}")


@endpoints.command(epilog="[bold]Example[/bold]\n  paysandbox webhooks endpoints update we_… --events '*' --disable")
@over_the_api
def update(
    endpoint_id: EndpointId,
    url: Url = None,
    events: Events = None,
    description: Description = None,
    disable: Annotated[bool, typer.Option("--disable", help="Send nothing; what is pending is cancelled.")] = False,
    enable_too: Annotated[bool, typer.Option("--enable", help="Send what happens from now on.")] = False,
    *,
    caller: Caller,
) -> None:
    """Change an endpoint, or disable it."""
    from paysandbox.webhooks.routes import UPDATE_ENDPOINT

    if disable and enable_too:
        raise typer.BadParameter("Either --enable or --disable.")
    status = "disabled" if disable else "enabled" if enable_too else None
    body = given({"url": url, "events": event_names(events) or None, "description": description, "status": status})
    if not body:
        raise typer.BadParameter("Say what to change: --url, --events, --description, --enable or --disable.")
    with refusals(caller.as_json):
        answer = api_of(caller).change(UPDATE_ENDPOINT, path={"endpoint_id": endpoint_id}, body=body)
    _show_endpoint(answer, caller.as_json)


@endpoints.command(epilog="[bold]Example[/bold]\n  paysandbox webhooks endpoints delete we_…")
@over_the_api
def delete(endpoint_id: EndpointId, *, caller: Caller) -> None:
    """Delete a webhook endpoint. What is pending for it is cancelled."""
    from cli.terminal.console import Text
    from paysandbox.webhooks.routes import DELETE_ENDPOINT

    with refusals(caller.as_json):
        answer = api_of(caller).change(DELETE_ENDPOINT, path={"endpoint_id": endpoint_id})
    show_answer(answer, caller.as_json, lambda a: Text(f"Deleted {a.body['endpoint_id']}."))


@endpoints.command(epilog="[bold]Example[/bold]\n  paysandbox webhooks endpoints rotate we_…")
@over_the_api
def rotate(endpoint_id: EndpointId, idempotency_key: IdempotencyKey = None, *, caller: Caller) -> None:
    """Give an endpoint a new secret, which is shown now only. For 24 hours the one before signs too."""
    from paysandbox.webhooks.routes import ROTATE_ENDPOINT

    answer = _post(ROTATE_ENDPOINT, None, {"endpoint_id": endpoint_id}, idempotency_key, caller)
    _show_endpoint(answer, caller.as_json)


@endpoints.command("test", epilog="[bold]Example[/bold]\n  paysandbox webhooks endpoints test we_…")
@over_the_api
def ping(endpoint_id: EndpointId, idempotency_key: IdempotencyKey = None, *, caller: Caller) -> None:
    """Send an endpoint an event that is about nothing but itself, whatever it listens to."""
    from cli.webhooks import view as webhook_view
    from paysandbox.webhooks.routes import PING_ENDPOINT

    answer = _post(PING_ENDPOINT, None, {"endpoint_id": endpoint_id}, idempotency_key, caller)
    show_answer(answer, caller.as_json, webhook_view.pinged)
    if not caller.as_json:
        where = repeated(caller)
        say_next(f"paysandbox webhooks deliveries show {answer.body['delivery_id']}{where}")


@endpoints.command(epilog="[bold]Example[/bold]\n  paysandbox webhooks endpoints enable we_…")
@over_the_api
def enable(endpoint_id: EndpointId, idempotency_key: IdempotencyKey = None, *, caller: Caller) -> None:
    """Re-enable an endpoint. `webhooks replay` sends what it missed."""
    from paysandbox.webhooks.routes import ENABLE_ENDPOINT

    answer = _post(ENABLE_ENDPOINT, None, {"endpoint_id": endpoint_id}, idempotency_key, caller)
    _show_endpoint(answer, caller.as_json)


# --- deliveries -------------------------------------------------------------------------------------------------------

EXAMPLES_DELIVERIES = """[bold]Examples[/bold]
  paysandbox webhooks deliveries list --status failed
  paysandbox webhooks deliveries list --event evt_…
  paysandbox webhooks deliveries list --endpoint we_…
"""


@deliveries.command("list", epilog=EXAMPLES_DELIVERIES)
@over_the_api
def list_deliveries(
    endpoint: OnlyEndpoint = None,
    event: Annotated[str | None, typer.Option("--event", metavar="ID", help="Only of this event.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help="pending, delivered, failed or cancelled.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List deliveries, the newest event's first."""
    from cli.webhooks import view as webhook_view
    from paysandbox.webhooks.routes import LIST_DELIVERIES

    query = {"endpoint": endpoint, "event": event, "status": status, "limit": limit, "cursor": cursor}
    with refusals(caller.as_json):
        answer = api_of(caller).get(LIST_DELIVERIES, query=query)
    if not caller.as_json and not answer.body["data"]:
        print_note("No such delivery." + (" There may be more." if answer.body["next_cursor"] else ""))
    else:
        show_answer(answer, caller.as_json, lambda a: webhook_view.deliveries(a.body))
    if not caller.as_json and answer.body["next_cursor"]:
        print_note(f"More, with the same options: --cursor {answer.body['next_cursor']}")


@deliveries.command("show", epilog="[bold]Example[/bold]\n  paysandbox webhooks deliveries show wd_…")
@over_the_api
def show_delivery(delivery_id: DeliveryId, *, caller: Caller) -> None:
    """Show a delivery attempt by attempt: what was sent, what came back, how long it took."""
    from cli.webhooks import view as webhook_view
    from paysandbox.webhooks.routes import GET_DELIVERY

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_DELIVERY, path={"delivery_id": delivery_id})
    show_answer(answer, caller.as_json, lambda a: webhook_view.delivery(a.body))


EXAMPLES_REPLAY = """[bold]Examples[/bold]
  paysandbox webhooks replay we_… --since 2h --only-failed     what never arrived
  paysandbox webhooks replay we_… --since 2026-12-01T00:00:00Z
"""


@app.command(epilog=EXAMPLES_REPLAY)
@over_the_api
def replay(
    endpoint_id: EndpointId,
    since: Annotated[
        str,
        typer.Option("--since", metavar="TIME", callback=time_or_span, help="From then on: 2h, or ISO 8601."),
    ],
    only_failed: Annotated[
        bool, typer.Option("--only-failed", help="Only what never arrived and is not tried any more.")
    ] = False,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Send an endpoint again what happened since then. A call looks at 200 events and says where to go on."""
    from cli.webhooks import view as webhook_view
    from paysandbox.webhooks.routes import REPLAY_ENDPOINT

    body: dict[str, Any] = given({"since": since, "only_failed": only_failed or None})
    answer = _post(REPLAY_ENDPOINT, body, {"endpoint_id": endpoint_id}, idempotency_key, caller)
    show_answer(answer, caller.as_json, webhook_view.replayed)
    if not caller.as_json and answer.body["next_since"] is not None:
        failed = " --only-failed" if only_failed else ""
        more = f"paysandbox webhooks replay {endpoint_id} --since {answer.body['next_since']}{failed}"
        print_note(f"More: {more}{repeated(caller)}")


# --- what the commands share ------------------------------------------------------------------------------------------


def _post(
    route: Route, body: Mapping[str, Any] | None, path: Mapping[str, str], idempotency_key: str | None, caller: Caller
) -> Answer:
    api = api_of(caller)
    with refusals(caller.as_json):
        return api.post(route, body, idempotency_key=key_of(idempotency_key, caller.as_json), path=path)


def _show_endpoint(answer: Answer, as_json: bool) -> None:
    from cli.webhooks import view as webhook_view

    show_answer(answer, as_json, webhook_view.endpoint)
