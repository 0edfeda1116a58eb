"""`paysandbox balance`: show the balance of the merchant or of a connected account, and list what moved it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.connection.api_session import api_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.connection.paging import print_next_page, read_list
from cli.terminal.amount import complete_currency
from cli.terminal.options import Cursor, Every, Limit, Since, Until
from cli.terminal.output import print_note

EXAMPLES = """[bold]Examples[/bold]
  paysandbox balance
  paysandbox balance --merchant demo --json
  paysandbox balance --account acct_…
  paysandbox balance transactions --type refund
"""
EXAMPLES_TRANSACTIONS = """[bold]Examples[/bold]
  paysandbox balance transactions --since 2h
  paysandbox balance transactions --payment auth_…
  paysandbox balance transactions --account acct_… --type transfer
  paysandbox balance transactions --all --json | jq '\\[.data\\[].net] | add'
"""

Account = Annotated[
    str | None,
    typer.Option(
        "--account", metavar="ACCOUNT", help="A connected account of the merchant (acct_…), instead of the merchant."
    ),
]
"""Whose balance."""

app = typer.Typer(name="balance", invoke_without_command=True)


class Type(StrEnum):
    """The types of balance transactions, as the API has them."""

    CAPTURE = "capture"
    CAPTURE_FAILED = "capture_failed"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSAL = "chargeback_reversal"
    TRANSFER = "transfer"
    TRANSFER_REVERSAL = "transfer_reversal"
    APPLICATION_FEE = "application_fee"
    APPLICATION_FEE_REFUND = "application_fee_refund"
    FUNDING = "funding"
    DISBURSEMENT = "disbursement"
    DISBURSEMENT_RETURN = "disbursement_return"
    PAYOUT = "payout"
    PAYOUT_RETURN = "payout_return"
    PAYOUT_CANCELED = "payout_canceled"
    OPENING = "opening"


class Order(StrEnum):
    """The order of a list by time."""

    ASC = "asc"
    DESC = "desc"


@app.callback(epilog=EXAMPLES)
@over_the_api
def balance(context: typer.Context, account: Account = None, *, caller: Caller) -> None:
    """Show the merchant's balance by currency, and list its transactions.

    A settlement makes the pending amount available, and pays it out, unless the payout destination of the merchant or
    the payout schedule of the account says otherwise.
    """
    if context.invoked_subcommand is not None:
        if caller != Caller() or account is not None:
            raise typer.BadParameter(f"Give the options behind `balance {context.invoked_subcommand}`.")
        return
    from cli.balance import view
    from cli.connection.api_paths import GET_MERCHANT_BALANCE

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_MERCHANT_BALANCE, query={"account": account})
    if not caller.as_json and not answer.body["data"]:
        print_note(_nothing("balance", account))
        return
    show_answer(answer, caller.as_json, lambda a: view.balance(a.body))
    if not caller.as_json:
        of_account = f" --account {account}" if account else ""
        say_next(f"paysandbox balance transactions{of_account}{repeated(caller)}")


@app.command(epilog=EXAMPLES_TRANSACTIONS)
@over_the_api
def transactions(
    account: Account = None,
    kind: Annotated[Type | None, typer.Option("--type", help="Only transactions of this type.")] = None,
    currency: Annotated[
        str | None,
        typer.Option(
            "--currency",
            metavar="CODE",
            autocompletion=complete_currency,
            help="Only transactions in this currency (ISO 4217 code).",
        ),
    ] = None,
    payment: Annotated[
        str | None, typer.Option("--payment", metavar="ID", help="Only transactions of this payment (auth_…).")
    ] = None,
    since: Since = None,
    until: Until = None,
    order: Annotated[
        Order | None, typer.Option("--order", help="desc: newest first, the default. asc: oldest first.")
    ] = None,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List the merchant's balance transactions. Their net amounts add up to the balance.

    The report of a settlement has what it paid out: paysandbox settlements download.
    """
    from cli.balance import view
    from cli.connection.api_paths import LIST_MERCHANT_TRANSACTIONS

    query = {
        "account": account,
        "type": kind,
        "currency": currency,
        "payment_id": payment,
        "created_from": since,
        "created_to": until,
        "order": order,
    }
    with refusals(caller.as_json):
        answer = read_list(api_of(caller), LIST_MERCHANT_TRANSACTIONS, query, limit=limit, every=every, cursor=cursor)
    if caller.as_json or answer.body["data"]:
        show_answer(answer, caller.as_json, lambda a: view.page(a.body))
    elif any({**query, "account": None}.values()):
        print_note("No matching transactions.")
    else:
        print_note(_nothing("transactions", account))
    named = {"account": account, "type": kind, "currency": currency, "payment": payment}
    placed = {"since": since, "until": until, "order": order, "limit": limit}
    print_next_page("balance transactions", named | placed, answer, caller)


def _nothing(what: str, account: str | None) -> str:
    """Say that there is none yet, and for the merchant what makes one."""
    if account:
        return f"The account has no {what} yet."
    return f"No {what} yet. Make a payment: paysandbox pay authorize 12.50 --capture automatic"
