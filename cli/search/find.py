"""`paysandbox find`: the merchant's objects that a text names, over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import api_of, refusals, show_answer
from cli.connection.caller import Caller, over_the_api

if TYPE_CHECKING:
    from cli.connection.api import Answer
    from cli.terminal.console import Text

app = typer.Typer()

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox find order-2001             a reference, metadata or an idempotency key
  paysandbox find "Ada Lov"              the beginning of each word of a name
  paysandbox find pi_…                   an ID of either API, or a request ID
  paysandbox find ada@example.com
  paysandbox find 4242                   the last four digits of a card
  paysandbox find /v1/charges/ch_…       a path with an ID, or one of a request
"""


@app.command("find", epilog=EXAMPLES)
@over_the_api
def find(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="An ID, order, name, address, key or path.")],
    *,
    caller: Caller,
) -> None:
    """Find objects by an ID, reference, metadata, name, e-mail, card, key or path.

    Metadata, a client reference ID, the number of an invoice, and a
    description or the number in it are found as a whole, a second after they
    were written. If no index has the text, the newest 2,000 payments,
    disbursements, customers or requests are compared.
    """
    from cli.connection.api_paths import SEARCH_OBJECTS

    with refusals(caller.as_json):
        answer = api_of(caller).get(SEARCH_OBJECTS, query={"q": text})
    show_answer(answer, caller.as_json, _table)


def _table(answer: Answer) -> Text:
    from cli.terminal.columns import columns
    from cli.terminal.console import Text

    rows = [
        (
            found["created_at"][:19].replace("T", " ") if found["created_at"] else "",
            found["type"] or found["object"],
            found.get("stripe_id") or found["id"],
            found["status"] or "",
            _amount(found),
            found["text"] or "",
        )
        for found in answer.body["data"]
    ]
    searched = answer.body["searched"]
    if not rows:
        return Text("Nothing found." if not searched else f"Nothing found among the newest {searched:,}.")
    return columns(
        ("WHEN (UTC)", "WHAT", "ID", "STATUS", "AMOUNT", "TEXT"), rows, drop=("TEXT", "AMOUNT", "WHEN (UTC)")
    )


def _amount(found: dict[str, Any]) -> str:
    from cli.terminal.amount import show

    return "" if found["amount"] is None else show(found["amount"], found["currency"])
