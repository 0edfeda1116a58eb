"""`paysandbox pay`: authorize, capture, void, refund, show and list payments over the public API."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import IdempotencyKey, api_of, given, key_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api, sendable
from cli.connection.credentials import repeated
from cli.connection.paging import print_next_page, read_list
from cli.connection.recent_ids import complete_payment
from cli.payments.amount_argument import AmountCommand, minor_units
from cli.payments.card_argument import complete_card, complete_outcome, complete_refund_outcome
from cli.payments.cards import for_help
from cli.terminal.amount import complete_currency
from cli.terminal.options import Currency, Cursor, Every, Limit
from cli.terminal.output import print_note
from cli.terminal.time_span import time_or_span
from paysandbox.clock.rules import CARD_YEARS
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.payments.bank.grammar import GRAMMAR, INCREMENT_GRAMMAR, REFUND_GRAMMAR

if TYPE_CHECKING:
    from cli.connection.api import Answer, Api

_CARD: Final = "4242424242424242"
_NATIVE = ("auth_", "cap_")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])/(20)?([0-9]{2})")

# Lines of at most 76 characters: typer keeps the line breaks of help, and a terminal may be 80 wide.
HELP = """Authorize, capture, void and refund payments over the public API.

[bold]Amounts[/bold] are decimal: 12.50 is twelve dollars and fifty cents, and 500
with --currency JPY is 500 yen. An amount with too many decimal places for
its currency is refused, never rounded. With --minor, the amount is a whole
number of minor units, as in the API: 1250.

[bold]Idempotency[/bold]: each request that moves money carries a new idempotency key,
which is printed. If there is no response, the CLI retries with the same
key, so the operation runs at most once. Use --idempotency-key to repeat an
earlier command, or for safe retries in a script.

[bold]Exit codes[/bold]: 0, the API answered. A decline is an answer with status
declined; with --fail-on-decline it exits with 1. 1, the API refused the
request (the problem is printed) or did not respond. 2, invalid usage.

[bold]--json[/bold] prints the API's response body and nothing else, for errors too.
The idempotency key goes to stderr.
"""

CARDS: Final = for_help()

EXAMPLES = """[bold]Examples[/bold]
  paysandbox pay authorize 12.50
  paysandbox pay authorize 1250 --minor --capture automatic --reference 7
  paysandbox pay authorize 500 --currency JPY --card 4000000000009995
  paysandbox pay authorize 12.50 --outcome decline:lost_card
  paysandbox pay authorize 12.50 --outcome partial:800 --allow-partial
  paysandbox pay authorize 12.50 --json | jq -r .auth_id

"""

app = typer.Typer(name="pay", no_args_is_help=True, help=HELP, epilog=CARDS)


class CaptureMethod(StrEnum):
    """Whether a payment is captured by a separate request or with its authorization."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"


def _id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not an ID. IDs look like auth_… or cap_….")
    return text


def _digits(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


def _expiry(text: str | None) -> str | None:
    if text is not None and _EXPIRY.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not an expiry date. Use 12/2030 or 12/30.")
    return text


AuthId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        callback=_id,
        autocompletion=complete_payment,
        help="The payment's ID (auth_…), or pi_… or ch_… of /v1.",
    ),
]
CaptureId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        callback=_id,
        autocompletion=complete_payment,
        help="The capture's ID (cap_…). For a payment with one capture, also the payment's ID, or pi_… or ch_… of /v1.",
    ),
]
OpenAmount = Annotated[
    str | None,
    typer.Argument(metavar="AMOUNT", help="Decimal, in the payment's currency. Default: the whole remaining amount."),
]
Minor = Annotated[bool, typer.Option("--minor", help="AMOUNT is in minor units (cents).")]
CurrencyGiven = Annotated[
    str | None,
    typer.Option(
        "--currency",
        metavar="CODE",
        autocompletion=complete_currency,
        help="Fail with 409 unless this is the payment's currency.",
    ),
]


@app.command(cls=AmountCommand, epilog=EXAMPLES + CARDS)
@over_the_api
def authorize(
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Decimal: 12.50. With --minor: 1250.")],
    card: Annotated[
        str,
        typer.Option(
            "--card", metavar="NUMBER", callback=_digits, autocompletion=complete_card, help="A test card number."
        ),
    ] = _CARD,
    expiry: Annotated[
        str | None,
        typer.Option(
            "--exp", metavar="MM/YYYY", callback=_expiry, help="The card's expiry date. Default: three years from now."
        ),
    ] = None,
    cvc: Annotated[str | None, typer.Option("--cvc", metavar="DIGITS", help="The card's security code.")] = None,
    currency: Currency = "USD",
    capture: Annotated[
        CaptureMethod, typer.Option("--capture", help="automatic captures with the authorization.")
    ] = CaptureMethod.MANUAL,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="TEXT", help="Your own reference, such as an order number.")
    ] = None,
    description: Annotated[str | None, typer.Option("--description", metavar="TEXT", help="Free text.")] = None,
    metadata: Annotated[
        list[str] | None, typer.Option("--metadata", metavar="NAME=VALUE", help="Metadata entry. Can be repeated.")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome",
            metavar="OUTCOME",
            callback=sendable,
            autocompletion=complete_outcome,
            help=f"The bank's response: {GRAMMAR}.",
        ),
    ] = None,
    allow_partial: Annotated[bool, typer.Option("--allow-partial", help="Accept a partial approval.")] = False,
    minor: Minor = False,
    idempotency_key: IdempotencyKey = None,
    fail_on_decline: Annotated[
        bool, typer.Option("--fail-on-decline", help="Exit with 1 if the payment is declined.")
    ] = False,
    *,
    caller: Caller,
) -> None:
    """Authorize a payment. A decline is a successful response with status declined, and exits with 0."""
    body: dict[str, Any] = {
        "card": _card(card, expiry, cvc),
        "amount": minor_units(amount, currency, minor=minor),
        "currency": currency,
        "capture_method": capture.value,
        "allow_partial": allow_partial or None,
        "reference": reference,
        "description": description,
        "metadata": _metadata(metadata),
    }
    from cli.connection.api_paths import AUTHORIZE_PAYMENT
    from cli.payments import view as payment_view

    api = api_of(caller)
    with refusals(caller.as_json):
        answer = api.post(
            AUTHORIZE_PAYMENT,
            given(body),
            idempotency_key=key_of(idempotency_key, caller.as_json),
            headers={OUTCOME_HEADER: outcome} if outcome is not None else None,
        )
    show_answer(answer, caller.as_json, payment_view.authorized)
    if not caller.as_json and answer.body["status"] == "approved":
        say_next(f"paysandbox pay {_after(answer)}{repeated(caller)}")
    if not caller.as_json and "next_action" in answer.body:
        say_next(f"curl -d result=succeeded {answer.body['next_action']['redirect_to_url']['url']}")
    if fail_on_decline and answer.body["status"] == "declined":
        raise typer.Exit(1)


EXAMPLES_CAPTURE = """[bold]Examples[/bold]
  paysandbox pay capture auth_…                  the remaining amount
  paysandbox pay capture auth_… 4.00             part of it; more captures may follow
  paysandbox pay capture auth_… 4.00 --final     part of it; the rest is released
"""


@app.command(cls=AmountCommand, epilog=EXAMPLES_CAPTURE)
@over_the_api
def capture(
    auth_id: AuthId,
    amount: OpenAmount = None,
    final: Annotated[bool, typer.Option("--final", help="Release the remaining amount after this capture.")] = False,
    currency: CurrencyGiven = None,
    minor: Minor = False,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Capture all or part of an authorization."""
    from cli.connection.api_paths import CAPTURE_PAYMENT
    from cli.payments import view as payment_view

    api = api_of(caller)
    with refusals(caller.as_json):
        auth_id = _native(api, auth_id)
        captured = _open_amount(api, auth_id, amount, currency, minor=minor)
        body = {"auth_id": auth_id, "amount": captured, "currency": currency, "final": final or None}
        answer = api.post(CAPTURE_PAYMENT, given(body), idempotency_key=key_of(idempotency_key, caller.as_json))
    show_answer(answer, caller.as_json, lambda a: payment_view.operated(a, "capture"))
    if not caller.as_json:
        say_next(f"paysandbox pay refund {answer.body['transaction_id']}{repeated(caller)}")


EXAMPLES_INCREMENT = """[bold]Examples[/bold]
  paysandbox pay increment auth_… 5.00
  paysandbox pay increment auth_… 5.00 --outcome decline:insufficient_funds
"""


@app.command(cls=AmountCommand, epilog=EXAMPLES_INCREMENT)
@over_the_api
def increment(
    auth_id: AuthId,
    amount: Annotated[
        str, typer.Argument(metavar="AMOUNT", help="Amount to hold in addition. Decimal, in the payment's currency.")
    ],
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome",
            metavar="OUTCOME",
            callback=sendable,
            autocompletion=complete_outcome,
            help=f"The bank's response: {INCREMENT_GRAMMAR}.",
        ),
    ] = None,
    currency: CurrencyGiven = None,
    minor: Minor = False,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Increment an authorization. A decline is a successful response with status declined, and exits with 0."""
    from cli.connection.api_paths import INCREMENT_PAYMENT
    from cli.payments import view as payment_view

    api = api_of(caller)
    with refusals(caller.as_json):
        auth_id = _native(api, auth_id)
        more = _open_amount(api, auth_id, amount, currency, minor=minor)
        answer = api.post(
            INCREMENT_PAYMENT,
            given({"auth_id": auth_id, "amount": more, "currency": currency}),
            idempotency_key=key_of(idempotency_key, caller.as_json),
            headers={OUTCOME_HEADER: outcome} if outcome is not None else None,
        )
    show_answer(answer, caller.as_json, lambda a: payment_view.operated(a, "increment"))


@app.command(epilog="[bold]Example[/bold]\n  paysandbox pay void auth_…")
@over_the_api
def void(auth_id: AuthId, idempotency_key: IdempotencyKey = None, *, caller: Caller) -> None:
    """Void the uncaptured part of an authorization."""
    from cli.connection.api_paths import VOID_PAYMENT
    from cli.payments import view as payment_view

    api = api_of(caller)
    with refusals(caller.as_json):
        auth_id = _native(api, auth_id)
        answer = api.post(VOID_PAYMENT, {"auth_id": auth_id}, idempotency_key=key_of(idempotency_key, caller.as_json))
    show_answer(answer, caller.as_json, lambda a: payment_view.operated(a, "void"))


EXAMPLES_REFUND = """[bold]Examples[/bold]
  paysandbox pay refund cap_…                          the whole capture
  paysandbox pay refund auth_… 1.50 --reason damaged   part of it
  paysandbox pay refund pi_…                           a payment intent, or its charge
  paysandbox pay refund cap_… --outcome refund=pending:5
"""


@app.command(cls=AmountCommand, epilog=EXAMPLES_REFUND)
@over_the_api
def refund(
    transaction_id: CaptureId,
    amount: OpenAmount = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Your own reason; stored with the refund.")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome",
            metavar="OUTCOME",
            callback=sendable,
            autocompletion=complete_refund_outcome,
            help=f"Outcome of the refund: {REFUND_GRAMMAR}.",
        ),
    ] = None,
    currency: CurrencyGiven = None,
    minor: Minor = False,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Refund all or part of a capture."""
    from cli.connection.api_paths import REFUND_PAYMENT
    from cli.payments import view as payment_view

    api = api_of(caller)
    with refusals(caller.as_json):
        transaction_id = _native(api, transaction_id)
        refunded = _open_amount(api, transaction_id, amount, currency, minor=minor)
        body = {"transaction_id": transaction_id, "amount": refunded, "currency": currency, "reason": reason}
        answer = api.post(
            REFUND_PAYMENT,
            given(body),
            idempotency_key=key_of(idempotency_key, caller.as_json),
            headers={OUTCOME_HEADER: outcome} if outcome is not None else None,
        )
    show_answer(answer, caller.as_json, lambda a: payment_view.operated(a, "refund"))
    if not caller.as_json and answer.body["status"] == "pending":
        say_next(f"paysandbox pay show {answer.body['transaction_id']}{repeated(caller)}")


EXAMPLES_SHOW = """[bold]Examples[/bold]
  paysandbox pay show auth_…
  paysandbox pay show cap_…      the payment of an operation
  paysandbox pay show pi_…       or of an object of Stripe's
"""


@app.command(epilog=EXAMPLES_SHOW)
@over_the_api
def show(
    transaction_id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            callback=_id,
            autocompletion=complete_payment,
            help="Any ID of the payment: its own, that of an operation or dispute, or pi_…, ch_…, re_… of /v1.",
        ),
    ],
    *,
    caller: Caller,
) -> None:
    """Show a payment with its totals and operations."""
    from cli.payments import view as payment_view

    api = api_of(caller)
    with refusals(caller.as_json):
        answer = _shown(api, _payment_named(api, transaction_id) or transaction_id)
    show_answer(answer, caller.as_json, lambda a: payment_view.payment(a.body))


EXAMPLES_LIST = """[bold]Examples[/bold]
  paysandbox pay list --status captured --created-from 2h
  paysandbox pay list --reference order-1043
  paysandbox pay list --limit 100 --json | jq -r '.data\\[].auth_id'
"""


class Status(StrEnum):
    """The statuses of payments, as the API has them."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    APPROVED = "approved"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"
    REVERSED = "reversed"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class Order(StrEnum):
    """The order of a list by time."""

    ASC = "asc"
    DESC = "desc"


@app.command("list", epilog=EXAMPLES_LIST)
@over_the_api
def list_command(
    status: Annotated[Status | None, typer.Option("--status", help="Only payments with this status.")] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", metavar="TEXT", help="Only payments with this reference, order or number."),
    ] = None,
    card_id: Annotated[
        str | None, typer.Option("--card-id", metavar="ID", help="Only payments with this card (card_…).")
    ] = None,
    last4: Annotated[
        str | None, typer.Option("--last4", metavar="DIGITS", help="Only payments whose card ends in these digits.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="ID", help="Only payments of this customer (cus_…).")
    ] = None,
    disputed: Annotated[bool, typer.Option("--disputed", help="Only payments with a dispute, open or ended.")] = False,
    created_from: Annotated[
        str | None,
        typer.Option(
            "--created-from",
            metavar="TIME",
            callback=time_or_span,
            help="Created at or after this time: 2h, or ISO 8601.",
        ),
    ] = None,
    created_to: Annotated[
        str | None,
        typer.Option("--created-to", metavar="TIME", callback=time_or_span, help="Created before this time."),
    ] = None,
    order: Annotated[
        Order | None, typer.Option("--order", help="desc: newest first, the default. asc: oldest first.")
    ] = None,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List the merchant's payments, newest first or oldest first."""
    from cli.connection.api_paths import LIST_PAYMENTS
    from cli.payments import view as payment_view

    filters = {
        "status": status,
        "reference": reference,
        "card_id": card_id,
        "last4": last4,
        "customer": customer,
        "disputed": disputed or None,
        "created_from": created_from,
        "created_to": created_to,
        "order": order,
    }
    api = api_of(caller)
    with refusals(caller.as_json):
        answer = read_list(api, LIST_PAYMENTS, filters, limit=limit, every=every, cursor=cursor)
    if caller.as_json or answer.body["data"]:
        show_answer(answer, caller.as_json, lambda a: payment_view.page(a.body))
    elif not any(filters.values()):
        print_note("No payments yet. Make one: paysandbox pay authorize 12.50")
    else:
        print_note("No matching payments.")
    options = {name.replace("_", "-"): value for name, value in filters.items()}
    print_next_page("pay list", {**options, "limit": limit}, answer, caller)


# --- shared by the commands ------------------------------------------------------------------------------------------


def _shown(api: Api, transaction_id: str) -> Answer:
    from cli.connection.api_paths import GET_PAYMENT

    return api.get(GET_PAYMENT, path={"transaction_id": transaction_id})


def _payment_named(api: Api, name: str) -> str | None:
    """Return the payment that an ID is of, or None if there is none, or if the payment can be read by that ID."""
    from cli.connection.api_paths import SEARCH_OBJECTS
    from paysandbox.core import ids

    if ids.payment_of(name) is not None and ids.kind_of(name) != ids.DISPUTE:
        return None
    named = [found for found in api.get(SEARCH_OBJECTS, query={"q": name}).body["data"] if found["matched"] == "id"]
    own = (found["id"] for found in named if found["object"] == "payment")
    return next(own, None) or next((found["payment_id"] for found in named if found["payment_id"]), None)


def _native(api: Api, name: str) -> str:
    """Return the ID by which the native API changes a payment: of pi_… or ch_…, that of the payment."""
    return name if name.startswith(_NATIVE) else _payment_named(api, name) or name


def _after(answer: Answer) -> str:
    captures = answer.body.get("captures")
    return f"refund {captures[0]['transaction_id']}" if captures else f"capture {answer.body['auth_id']}"


def _card(number: str, expiry: str | None, cvc: str | None) -> dict[str, Any]:
    match = _EXPIRY.fullmatch(expiry or f"12/{datetime.now(UTC).year + CARD_YEARS}")
    if match is None:
        raise AssertionError(f"{expiry} passed its check")
    return given({"number": number, "exp_month": int(match[1]), "exp_year": 2000 + int(match[3]), "cvc": cvc})


def _metadata(entries: list[str] | None) -> dict[str, str] | None:
    pairs = [entry.partition("=") for entry in entries or []]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise typer.BadParameter(f"{name!r} is not NAME=VALUE.", param_hint="--metadata")
    return {name: value for name, _, value in pairs} or None


def _open_amount(api: Api, transaction_id: str, amount: str | None, currency: str | None, *, minor: bool) -> int | None:
    """The amount in minor units. Its decimal places depend on the currency, which is read from the payment."""
    if amount is None:
        return None
    if not minor and currency is None:
        currency = _shown(api, transaction_id).body["currency"]
    return minor_units(amount, currency or "", minor=minor)
