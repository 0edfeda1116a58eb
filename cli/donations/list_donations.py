"""`paysandbox donations list`: the donations with a status, as their merchant sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import api_of, refusals, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import api_key_is_given
from cli.connection.paging import print_next_page, read_list
from cli.terminal.options import Cursor, Every, Limit, Since, Until
from cli.terminal.output import print_note

if TYPE_CHECKING:
    from cli.terminal.console import Text

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox donations list
  paysandbox donations list --status failed --since 7d
  paysandbox donations list --all --json | jq -r '.data\\[].payment_intent'
"""


def _complete_status(incomplete: str) -> list[str]:
    from paysandbox.donations.donation import DonationStatus

    return [status.lower() for status in DonationStatus if status.startswith(incomplete.upper())]


@over_the_api
def list_command(
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            autocompletion=_complete_status,
            help="Donations with this status: pending, succeeded, failed or refunded. Default: succeeded.",
        ),
    ] = None,
    since_: Since = None,
    until: Until = None,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List donations with a status, newest first, without e-mail addresses.

    Without --merchant and an API key, the key of the merchant donate-now is
    used: other merchants have no donations.
    """
    from cli.connection.api_paths import LIST_DONATIONS
    from paysandbox.donations.donation import MERCHANT

    of_donations = caller if caller.merchant or api_key_is_given(caller) else replace(caller, merchant=MERCHANT)
    query = {"status": status.upper() if status else None, "created_from": since_, "created_to": until}
    with refusals(caller.as_json):
        answer = read_list(api_of(of_donations), LIST_DONATIONS, query, limit=limit, every=every, cursor=cursor)
    if not caller.as_json and not answer.body["data"]:
        print_note("No matching donations.")
    else:
        show_answer(answer, caller.as_json, lambda a: _table(a.body))
    print_next_page(
        "donations list", {"status": status, "since": since_, "until": until, "limit": limit}, answer, caller
    )


def _table(body: Mapping[str, Any]) -> Text:
    from cli.terminal.amount import show
    from cli.terminal.columns import columns

    rows = [
        (
            f"{each['created_at'][:10]} {each['created_at'][11:16]}",
            each["status"],
            show(each["amount"], each["currency"].upper()),
            each["donor_name"],
            each["donation_id"],
            each.get("payment_intent", ""),
        )
        for each in body["data"]
    ]
    header = ("CREATED (UTC)", "STATUS", "AMOUNT", "DONOR", "DONATION", "INTENT")
    return columns(header, rows, drop=("CREATED (UTC)", "INTENT", "DONOR"))
