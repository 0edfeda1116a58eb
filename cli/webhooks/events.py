"""`paysandbox events`: lists the merchant's events over the API, and resends them."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.connection.api_session import IdempotencyKey, api_of, given, key_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.connection.paging import print_next_page, read_list
from cli.connection.recent_ids import complete_event, complete_payment
from cli.terminal.options import Cursor, Every, Limit, OnlyEndpoint, Since, Until
from cli.terminal.output import print_note
from cli.webhooks import events_rebuild
from cli.webhooks.event_types import complete_event_type

app = typer.Typer(name="events", no_args_is_help=True, help="List, show, resend and rebuild the merchant's events.")
app.command("rebuild", epilog=events_rebuild.EXAMPLES)(events_rebuild.rebuild)

EventId = Annotated[
    str, typer.Argument(metavar="EVENT_ID", autocompletion=complete_event, help="The event's ID (evt_…).")
]
EXAMPLES_LIST = """[bold]Examples[/bold]
  paysandbox events list --since 2h
  paysandbox events list --type payment_captured
  paysandbox events list --transaction auth_…      every event of one payment
"""


@app.command("list", epilog=EXAMPLES_LIST)
@over_the_api
def list_command(
    kind: Annotated[
        str | None,
        typer.Option(
            "--type",
            metavar="EVENT",
            autocompletion=complete_event_type,
            help="Only events of this type, such as payment_captured.",
        ),
    ] = None,
    since_: Since = None,
    until: Until = None,
    transaction: Annotated[
        str | None,
        typer.Option(
            "--transaction",
            metavar="ID",
            autocompletion=complete_payment,
            help="Only events of this payment. Any ID of the payment works.",
        ),
    ] = None,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List events, newest first. An event appears within seconds of its operation."""
    from cli.connection.api_paths import LIST_EVENTS
    from cli.webhooks import view as webhook_view

    query = {"type": kind, "from": since_, "to": until, "transaction_id": transaction}
    with refusals(caller.as_json):
        answer = read_list(api_of(caller), LIST_EVENTS, query, limit=limit, every=every, cursor=cursor)
    if not caller.as_json and not answer.body["data"]:
        print_note("No matching events.")
    else:
        show_answer(answer, caller.as_json, lambda a: webhook_view.events(a.body))
    options = {"type": kind, "since": since_, "until": until, "transaction": transaction, "limit": limit}
    print_next_page("events list", options, answer, caller)


@app.command(epilog="[bold]Example[/bold]\n  paysandbox events show evt_…")
@over_the_api
def show(event_id: EventId, *, caller: Caller) -> None:
    """Show an event as published, with its delivery to each endpoint."""
    from cli.connection.api_paths import GET_EVENT
    from cli.webhooks import view as webhook_view

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_EVENT, path={"event_id": event_id})
    show_answer(answer, caller.as_json, lambda a: webhook_view.event(a.body))


EXAMPLES_RESEND = """[bold]Examples[/bold]
  paysandbox events resend evt_…                   to every endpoint subscribed to its type
  paysandbox events resend evt_… --endpoint we_…   to this endpoint only
"""


@app.command(epilog=EXAMPLES_RESEND)
@over_the_api
def resend(
    event_id: EventId, endpoint: OnlyEndpoint = None, idempotency_key: IdempotencyKey = None, *, caller: Caller
) -> None:
    """Resend an event: the same bytes under the same ID."""
    from cli.connection.api_paths import RESEND_EVENT
    from cli.webhooks import view as webhook_view

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
        say_next(f"paysandbox deliveries show {again}{repeated(caller)}")
