"""`paysandbox disbursements customers`: create, list, show and update the customers that a merchant pays."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.connection.api_session import api_of, given, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.connection.paging import print_next_page, read_list
from cli.customers.bank_account import (
    BankHolder,
    BankNumber,
    BankRouting,
    BankType,
    StripeAccount,
    bank_account_of,
)
from cli.terminal.options import Cursor, Every, Limit, Since, Until
from cli.terminal.output import print_note

app = typer.Typer(no_args_is_help=True, help="Create, list, show and update the customers that you pay.")

CustomerId = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's ID, which you choose.")]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The customer's e-mail address.")]


EXAMPLES_CREATE = """[bold]Examples[/bold]
  paysandbox disbursements customers create unixuser1 jane@example.com
  paysandbox disbursements customers create unixuser1 jane@example.com --name "Jane Doe"
  paysandbox disbursements customers create unixuser1 jane@example.com --name "Jane Doe" \\
    --bank-routing 110000000 --bank-account-file -
  paysandbox disbursements customers create unixuser1 jane@example.com --stripe-account acct_…
"""


@app.command(epilog=EXAMPLES_CREATE)
@over_the_api
def create(
    customer_id: CustomerId,
    email: Email,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="The customer's name.")] = None,
    bank_number: BankNumber = None,
    bank_routing: BankRouting = None,
    bank_type: BankType = None,
    bank_holder: BankHolder = None,
    stripe_account: StripeAccount = None,
    *,
    caller: Caller,
) -> None:
    """Create a customer.

    Creating the same customer again changes nothing. If the ID exists
    with another e-mail address, name or account, the command exits
    with 1. Only published test bank accounts are accepted.
    """
    from cli.connection.api_paths import CREATE_CUSTOMER
    from cli.customers import view

    account = bank_account_of(bank_number, bank_routing, bank_type, bank_holder, name=name)
    body = given(
        {
            "customer_id": customer_id,
            "email": email,
            "name": name,
            "bank_account": account,
            "stripe_account": stripe_account,
        }
    )
    with refusals(caller.as_json):
        answer = api_of(caller).change(CREATE_CUSTOMER, path={}, body=body)
    show_answer(answer, caller.as_json, lambda a: view.customer(a.body))
    if not caller.as_json:
        say_next(f"paysandbox disbursements create {customer_id} 12.50{repeated(caller)}")


EXAMPLES_LIST = """[bold]Examples[/bold]
  paysandbox disbursements customers list
  paysandbox disbursements customers list --email jane@example.com
"""


@app.command("list", epilog=EXAMPLES_LIST)
@over_the_api
def list_command(
    email: Annotated[
        str | None, typer.Option("--email", metavar="EMAIL", help="Only customers with this e-mail address.")
    ] = None,
    since_: Since = None,
    until: Until = None,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List customers, newest first. A new customer appears within seconds."""
    from cli.connection.api_paths import LIST_CUSTOMERS
    from cli.customers import view

    query = {"email": email, "created_from": since_, "created_to": until}
    with refusals(caller.as_json):
        answer = read_list(api_of(caller), LIST_CUSTOMERS, query, limit=limit, every=every, cursor=cursor)
    if not caller.as_json and not answer.body["data"]:
        print_note("No matching customers.")
    else:
        show_answer(answer, caller.as_json, lambda a: view.page(a.body))
    options = {"email": email, "since": since_, "until": until, "limit": limit}
    print_next_page("disbursements customers list", options, answer, caller)


@app.command(epilog="[bold]Example[/bold]\n  paysandbox disbursements customers show unixuser1")
@over_the_api
def show(customer_id: CustomerId, *, caller: Caller) -> None:
    """Show a customer."""
    from cli.connection.api_paths import GET_CUSTOMER
    from cli.customers import view

    with refusals(caller.as_json):
        answer = api_of(caller).get(GET_CUSTOMER, path={"customer_id": customer_id})
    show_answer(answer, caller.as_json, lambda a: view.customer(a.body))


@app.command(epilog="[bold]Example[/bold]\n  paysandbox disbursements customers update unixuser1 doe@example.com")
@over_the_api
def update(
    customer_id: CustomerId,
    email: Email,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="The customer's name. Without it, the name is removed.")
    ] = None,
    bank_number: BankNumber = None,
    bank_routing: BankRouting = None,
    bank_type: BankType = None,
    bank_holder: BankHolder = None,
    stripe_account: StripeAccount = None,
    *,
    caller: Caller,
) -> None:
    """Update a customer's e-mail address, name and accounts.

    Disbursements that are already accepted keep the old address. Without
    the --bank options, the bank account is removed, and without
    --stripe-account the connected account.
    """
    from cli.connection.api_paths import UPDATE_CUSTOMER
    from cli.customers import view

    account = bank_account_of(bank_number, bank_routing, bank_type, bank_holder, name=name)
    body = given({"email": email, "name": name, "bank_account": account, "stripe_account": stripe_account})
    with refusals(caller.as_json):
        answer = api_of(caller).change(UPDATE_CUSTOMER, path={"customer_id": customer_id}, body=body)
    show_answer(answer, caller.as_json, lambda a: view.customer(a.body))
