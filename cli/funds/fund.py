"""`paysandbox disbursements fund`: add money to the merchant's funds, or show them."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.connection.api_session import IdempotencyKey, api_of, key_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.payments.amount_argument import minor_units
from cli.terminal.amount import complete_currency

EXAMPLES = """[bold]Examples[/bold]
  paysandbox disbursements fund             show the funds in every currency
  paysandbox disbursements fund 100         add 100 US dollars
  paysandbox disbursements fund 5000 JPY    add 5,000 yen
"""


@over_the_api
def fund(
    amount: Annotated[
        str | None, typer.Argument(metavar="AMOUNT", help="Decimal: 100.00. Without it, the funds are shown.")
    ] = None,
    currency: Annotated[
        str, typer.Argument(metavar="CURRENCY", autocompletion=complete_currency, help="ISO 4217 currency code.")
    ] = "USD",
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Add money to the merchant's funds, or show them.

    Disbursements are paid from the funds. One that they do not cover is rejected with `insufficient_balance`.
    """
    if amount is None:
        _show(caller)
        return
    from cli.connection.api_paths import FUND_MERCHANT
    from cli.funds import view

    body = {"amount": minor_units(amount, currency), "currency": currency}
    with refusals(caller.as_json):
        answer = api_of(caller).post(FUND_MERCHANT, body, idempotency_key=key_of(idempotency_key, caller.as_json))
    show_answer(answer, caller.as_json, view.funding)
    if not caller.as_json:
        say_next(f"paysandbox disbursements customers create ID EMAIL{repeated(caller)}")


def _show(caller: Caller) -> None:
    from cli.connection.api_paths import GET_FUNDS
    from cli.funds import view
    from cli.terminal.output import print_note

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_FUNDS)
    if caller.as_json or answer.body["data"]:
        show_answer(answer, caller.as_json, lambda a: view.funds(a.body))
    else:
        print_note("No funds yet. Add some: paysandbox disbursements fund 100")
