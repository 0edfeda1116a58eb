"""`paysandbox deliveries`: delivery attempts of events to webhook endpoints."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.connection.api_session import api_of, refusals, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.connection.paging import print_next_page, read_list
from cli.connection.recent_ids import complete_event
from cli.terminal.options import Cursor, Every, Limit, OnlyEndpoint
from cli.terminal.output import print_note

app = typer.Typer(
    name="deliveries", no_args_is_help=True, help="List and inspect webhook deliveries and their attempts."
)

DeliveryId = Annotated[str, typer.Argument(metavar="DELIVERY_ID", help="The delivery's ID (wd_…).")]


class Status(StrEnum):
    """The delivery statuses of the API, and `failing`: pending deliveries whose last attempt failed."""

    FAILING = "failing"
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELED = "canceled"


EXAMPLES_DELIVERIES = """[bold]Examples[/bold]
  paysandbox deliveries list --status failing     an attempt failed, and another one follows
  paysandbox deliveries list --status failed      the last retry failed
  paysandbox deliveries list --event evt_…
  paysandbox deliveries list --endpoint we_…
"""


@app.command("list", epilog=EXAMPLES_DELIVERIES)
@over_the_api
def list_deliveries(
    endpoint: OnlyEndpoint = None,
    event: Annotated[
        str | None,
        typer.Option("--event", metavar="ID", autocompletion=complete_event, help="Only deliveries of this event."),
    ] = None,
    status: Annotated[
        Status | None,
        typer.Option(
            "--status",
            help="Only deliveries with this status. failing: the last attempt failed, and another one follows. failed: "
            "none follows.",
        ),
    ] = None,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List deliveries, newest event first."""
    from cli.connection.api_paths import LIST_DELIVERIES
    from cli.webhooks import view as webhook_view

    filters = {"endpoint": endpoint, "event": event, "status": status}
    with refusals(caller.as_json):
        answer = read_list(api_of(caller), LIST_DELIVERIES, filters, limit=limit, every=every, cursor=cursor)
    if not caller.as_json and not answer.body["data"]:
        retried = " Those that are retried: paysandbox deliveries list --status failing" + repeated(caller)
        print_note(f"No matching deliveries.{retried if status is Status.FAILED else ''}")
    else:
        show_answer(answer, caller.as_json, lambda a: webhook_view.deliveries(a.body))
    print_next_page("deliveries list", {**filters, "limit": limit}, answer, caller)


@app.command("show", epilog="[bold]Example[/bold]\n  paysandbox deliveries show wd_…")
@over_the_api
def show_delivery(delivery_id: DeliveryId, *, caller: Caller) -> None:
    """Show a delivery with every attempt: request headers, response and latency."""
    from cli.connection.api_paths import GET_DELIVERY
    from cli.webhooks import view as webhook_view

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_DELIVERY, path={"delivery_id": delivery_id})
    show_answer(answer, caller.as_json, lambda a: webhook_view.delivery(a.body))
