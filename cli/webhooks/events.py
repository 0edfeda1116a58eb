"""`paysandbox events`: what happened to the merchant's payments, over the API, and sending it again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.connection.api_session import IdempotencyKey, api_of, given, key_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.terminal.options import Cursor, Limit, OnlyEndpoint
from cli.terminal.output import print_note
from cli.terminal.time_span import since
from cli.webhooks import events_rebuild

app = typer.Typer(no_args_is_help=True, help="List, show and send again what happened to the merchant's payments.")
app.command("rebuild", epilog=events_rebuild.EXAMPLES)(events_rebuild.rebuild)

EventId = Annotated[str, typer.Argument(metavar="EVENT_ID", help="An event's id, evt_….")]
EXAMPLES_LIST = """[bold]Examples[/bold]
  paysandbox events list --since 2h
  paysandbox events list --type payment_captured
  paysandbox events list --transaction auth_…      all of one payment
"""


def time_or_span(text: str | None) -> str | None:
    """A time as the API takes it, of what a person wrote."""
    if text is None:
        return None
    at = since(text, datetime.now(UTC))
    if at is None:
        raise typer.BadParameter(f"{text!r} is no time. Write it like 2h, 1d12h or 2026-12-01T00:00:00Z.")
    return at


@app.command("list", epilog=EXAMPLES_LIST)
@over_the_api
def list_command(
    kind: Annotated[str | None, typer.Option("--type", metavar="EVENT", help="Only these: payment_captured.")] = None,
    since_: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", callback=time_or_span, help="From then on: 2h, or ISO 8601."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", callback=time_or_span, help="Before then.")
    ] = None,
    transaction: Annotated[
        str | None, typer.Option("--transaction", metavar="ID", help="Only of this payment, by any id of it.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List events, newest first. They appear within seconds of what they tell of."""
    from cli.webhooks import view as webhook_view
    from paysandbox.webhooks.routes import LIST_EVENTS

    query = {"type": kind, "from": since_, "to": until, "transaction_id": transaction, "limit": limit, "cursor": cursor}
    with refusals(caller.as_json):
        answer = api_of(caller).get(LIST_EVENTS, query=query)
    if not caller.as_json and not answer.body["data"]:
        print_note("No such event." + (" There may be more." if answer.body["next_cursor"] else ""))
    else:
        show_answer(answer, caller.as_json, lambda a: webhook_view.events(a.body))
    if not caller.as_json and answer.body["next_cursor"]:
        print_note(f"More, with the same options: --cursor {answer.body['next_cursor']}")


@app.command(epilog="[bold]Example[/bold]\n  paysandbox events show evt_…")
@over_the_api
def show(event_id: EventId, *, caller: Caller) -> None:
    """Show an event as it was published, and how far it came to each endpoint."""
    from cli.webhooks import view as webhook_view
    from paysandbox.webhooks.routes import GET_EVENT

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_EVENT, path={"event_id": event_id})
    show_answer(answer, caller.as_json, lambda a: webhook_view.event(a.body))


EXAMPLES_RESEND = """[bold]Examples[/bold]
  paysandbox events resend evt_…                   to all that want its type
  paysandbox events resend evt_… --endpoint we_…   to this one in any case
"""


@app.command(epilog=EXAMPLES_RESEND)
@over_the_api
def resend(
    event_id: EventId, endpoint: OnlyEndpoint = None, idempotency_key: IdempotencyKey = None, *, caller: Caller
) -> None:
    """Send an event again: the same bytes under the same id."""
    from cli.webhooks import view as webhook_view
    from paysandbox.webhooks.routes import RESEND_EVENT

    api = api_of(caller)
    with refusals(caller.as_json):
        answer = api.post(
            RESEND_EVENT,
            given({"endpoint_id": endpoint}),
            idempotency_key=key_of(idempotency_key, caller.as_json),
            path={"event_id": event_id},
        )
    show_answer(answer, caller.as_json, lambda a: webhook_view.resent(a.body))
    if not caller.as_json and answer.body["deliveries"]:
        again = answer.body["deliveries"][0]["delivery_id"]
        say_next(f"paysandbox webhooks deliveries show {again}{repeated(caller)}")
