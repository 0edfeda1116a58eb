"""The options with the accounts that a customer is paid to.

The number of a bank account is read from a file, as secrets are.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.terminal.secret_input import secret_option
from paysandbox.customers.bank_account import AccountType

BankNumber = Annotated[str | None, secret_option("bank-account", "The number of the bank account")]
BankRouting = Annotated[
    str | None, typer.Option("--bank-routing", metavar="DIGITS", help="The routing number of its bank.")
]
BankType = Annotated[AccountType | None, typer.Option("--bank-type", help="Its type. Default: checking")]
BankHolder = Annotated[
    str | None, typer.Option("--bank-holder", metavar="TEXT", help="The name of its holder. Default: --name")
]

StripeAccount = Annotated[
    str | None,
    typer.Option("--stripe-account", metavar="ACCOUNT", help="The connected account (acct_…) that stripe pays to."),
]


def bank_account_of(
    number: str | None, routing: str | None, kind: AccountType | None, holder: str | None, *, name: str | None
) -> dict[str, Any] | None:
    """Return the account of a request's body, or None without any of the options. Some without the others are misuse.

    `name` is that of the customer, who holds the account unless another `holder` is given.
    """
    if number is None and routing is None and kind is None and holder is None:
        return None
    holder = holder or name
    for given, option in ((number, "--bank-account-file"), (routing, "--bank-routing"), (holder, "--bank-holder")):
        if given is None:
            raise typer.BadParameter("A bank account needs this option too.", param_hint=option)
    return {
        "routing_number": routing,
        "account_number": number,
        "account_type": str(kind or AccountType.CHECKING),
        "account_holder_name": holder,
    }
