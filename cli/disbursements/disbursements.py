"""`paysandbox disbursements`: pay customers over the API, and list, show and cancel disbursements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.connection.api_session import IdempotencyKey, api_of, key_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.connection.paging import print_next_page, read_list
from cli.connection.recent_ids import complete_disbursement
from cli.customers import customers
from cli.disbursements import paypal_secrets, reconcile, resolve, statement
from cli.disbursements.method_option import NAMES, PaidBy, complete_method
from cli.funds import fund
from cli.payments.amount_argument import AmountCommand, minor_units
from cli.terminal.amount import complete_currency
from cli.terminal.options import Cursor, Every, Limit, Since, Until
from cli.terminal.output import print_note

if TYPE_CHECKING:
    from cli.connection.api import Answer, Api

HELP = """Pay customers through PayPal or by ACH, from the merchant's funds.

A disbursement is accepted at once and sent to the provider afterwards. Its
status is pending, then processing, then paid, failed, unclaimed, held or
blocked.
"""

app = typer.Typer(name="disbursements", no_args_is_help=True, help=HELP)

PaymentId = Annotated[
    str,
    typer.Argument(
        metavar="PAYMENT_ID",
        autocompletion=complete_disbursement,
        help="The disbursement's ID, which starts with its time: 20261122T….",
    ),
]


def _complete_status(incomplete: str) -> list[str]:
    from paysandbox.disbursements.disbursement import Status

    return [status for status in Status if status.startswith(incomplete)]


def complete_outcome(incomplete: str) -> list[str]:
    """The outcomes of a disbursement that begin like this."""
    from paysandbox.disbursements.steps import OUTCOMES  # only a shell's completion lists them

    plain = [outcome.removesuffix("[:<code>]") for outcome in OUTCOMES]
    return [outcome for outcome in plain if outcome.startswith(incomplete)]


EXAMPLES_CREATE = """[bold]Examples[/bold]
  paysandbox disbursements create unixuser1 12.50
  paysandbox disbursements create unixuser1 12.50 --method ach
  paysandbox disbursements create unixuser1 500 JPY --wait 20
  paysandbox disbursements create unixuser1 12.50 --outcome payout=unclaim
  paysandbox disbursements create unixuser1 12.50 --email unclaimed@example.com --json | jq -r .payment_id
"""


@app.command(cls=AmountCommand, epilog=EXAMPLES_CREATE)
@over_the_api
def create(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's ID.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Decimal: 12.50.")],
    currency: Annotated[
        str, typer.Argument(metavar="CURRENCY", autocompletion=complete_currency, help="ISO 4217 currency code.")
    ] = "USD",
    email: Annotated[
        str | None,
        typer.Option("--email", metavar="EMAIL", help="The e-mail address that is paid. Default: the customer's."),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            *NAMES,
            metavar="METHOD",
            autocompletion=complete_method,
            help="How it is paid: paypal, ach to the customer's bank account, or stripe to the connected account. "
            "Default: the environment's.",
        ),
    ] = None,
    wait: Annotated[
        int | None,
        typer.Option("--wait", metavar="N", min=1, max=20, help="Wait up to N seconds for the provider's answer."),
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome",
            metavar="OUTCOME",
            autocompletion=complete_outcome,
            help="An outcome instead of sending it to the provider, such as payout=fail:RECEIVER_ACCOUNT_LOCKED.",
        ),
    ] = None,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Pay a customer.

    The amount and the fee are taken from the merchant's funds. If the funds do
    not cover them, nothing happens and the command exits with 1.
    """
    from cli.connection.api_paths import CREATE_DISBURSEMENT, GET_CUSTOMER
    from cli.disbursements import view
    from paysandbox.core.headers import OUTCOME_HEADER

    minor = minor_units(amount, currency)
    api = api_of(caller)
    with refusals(caller.as_json):
        if email is None:
            email = api.get(GET_CUSTOMER, path={"customer_id": customer_id}).body["email"]
        answer = api.post(
            CREATE_DISBURSEMENT,
            {"customer_id": customer_id, "email": email, "amount": minor, "currency": currency}
            | ({"payment_method": method} if method is not None else {}),
            idempotency_key=key_of(idempotency_key, caller.as_json),
            headers={
                **({"Prefer": f"wait={wait}"} if wait is not None else {}),
                **({OUTCOME_HEADER: outcome} if outcome is not None else {}),
            },
        )
    show_answer(answer, caller.as_json, view.created)
    if not caller.as_json:
        say_next(f"paysandbox disbursements show {answer.body['payment_id']}{repeated(caller)}")


EXAMPLES_LIST = """[bold]Examples[/bold]
  paysandbox disbursements list
  paysandbox disbursements list unixuser1
  paysandbox disbursements list --status requires_attention
  paysandbox disbursements list --method ach --status returned
"""


@app.command("list", epilog=EXAMPLES_LIST)
@over_the_api
def list_command(
    customer_id: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help="Only disbursements to this customer.")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(
            "--status", metavar="STATUS", autocompletion=_complete_status, help="Only disbursements with this status."
        ),
    ] = None,
    method: PaidBy = None,
    since_: Since = None,
    until: Until = None,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List disbursements, newest first. A new disbursement appears within seconds."""
    from cli.connection.api_paths import LIST_DISBURSEMENTS, LIST_MERCHANT_DISBURSEMENTS
    from cli.disbursements import view

    api = api_of(caller)
    filters = {"status": status, "payment_method": method, "created_from": since_, "created_to": until}
    with refusals(caller.as_json):
        if customer_id is not None and not any(filters.values()):
            path = {"customer_id": customer_id}
            answer = read_list(api, LIST_DISBURSEMENTS, {}, limit=limit, every=every, cursor=cursor, path=path)
        else:
            query = {"customer_id": customer_id, **filters}
            answer = read_list(api, LIST_MERCHANT_DISBURSEMENTS, query, limit=limit, every=every, cursor=cursor)
    if not caller.as_json and not answer.body["data"]:
        print_note("No matching disbursements.")
    else:
        show_answer(answer, caller.as_json, lambda a: view.page(a.body))
    options = {"status": status, "method": method, "since": since_, "until": until, "limit": limit}
    command = "disbursements list" if customer_id is None else f"disbursements list {customer_id}"
    print_next_page(command, options, answer, caller)


@app.command(epilog="[bold]Example[/bold]\n  paysandbox disbursements show 20261122T114703.123456Z-abcdefghij")
@over_the_api
def show(payment_id: PaymentId, *, caller: Caller) -> None:
    """Show a disbursement with its status history."""
    from cli.connection.api_paths import GET_DISBURSEMENT
    from cli.disbursements import view

    api = api_of(caller)
    with refusals(caller.as_json):
        answer = api.get(GET_DISBURSEMENT, path=_path(api, payment_id))
    show_answer(answer, caller.as_json, lambda a: view.disbursement(a.body))


@app.command(epilog="[bold]Example[/bold]\n  paysandbox disbursements cancel 20261122T114703.123456Z-abcdefghij")
@over_the_api
def cancel(payment_id: PaymentId, *, caller: Caller) -> None:
    """Cancel a disbursement that is pending or unclaimed.

    A pending disbursement was not sent yet and is canceled at once. For an
    unclaimed one, the cancellation is sent to the provider. The money returns to
    the merchant's funds.
    """
    from cli.connection.api_paths import CANCEL_DISBURSEMENT
    from cli.disbursements import view

    api = api_of(caller)
    with refusals(caller.as_json):
        answer = api.change(CANCEL_DISBURSEMENT, path=_path(api, payment_id))
    show_answer(answer, caller.as_json, lambda a: view.disbursement(a.body))


def _path(api: Api, payment_id: str) -> dict[str, str]:
    """Return the path parameters of a disbursement. The list finds its customer. Raises Failure if there is none."""
    from cli.connection.api_paths import LIST_MERCHANT_DISBURSEMENTS
    from cli.terminal.failure import Failure

    found: Answer = api.get(LIST_MERCHANT_DISBURSEMENTS, query={"payment_id": payment_id})
    if not found.body["data"]:
        raise Failure(
            f"There is no disbursement {payment_id}.",
            "A new one is found within seconds. List all: paysandbox disbursements list",
        )
    disbursement: dict[str, Any] = found.body["data"][0]
    return {"customer_id": disbursement["customer_id"], "payment_id": disbursement["payment_id"]}


app.add_typer(customers.app, name="customers")
app.command("fund", cls=AmountCommand, epilog=fund.EXAMPLES)(fund.fund)
app.add_typer(paypal_secrets.app, name="secrets")
app.command("resolve", epilog=resolve.EXAMPLES)(resolve.resolve)
app.command("statement", epilog=statement.EXAMPLES)(statement.statement)
app.command("reconcile", epilog=reconcile.EXAMPLES)(reconcile.reconcile)
