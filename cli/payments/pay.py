"""`paysandbox pay`: authorize, capture, void, refund, show and list from the terminal, over the API like everybody."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import IdempotencyKey, api_of, given, key_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api, sendable
from cli.connection.credentials import repeated
from cli.payments.cards import for_help
from cli.terminal.amount import Unreadable, to_minor, whole_minor
from cli.terminal.options import Currency, Cursor, Limit
from cli.terminal.output import print_note
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.payments.outcome import GRAMMAR

if TYPE_CHECKING:
    from cli.connection.api import Answer, Api

_CARD: Final = "4242424242424242"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])/(20)?([0-9]{2})")
_VALID_YEARS: Final = 3

# Lines of at most 76 characters: typer keeps the line breaks of help, and a terminal may be 80 wide.
HELP = """Authorize, capture, void and refund from the terminal, over the API like any integrator.

[bold]Amounts[/bold] are what a person writes: 12.50 is twelve dollars and a half, 12 is
twelve, and 500 of JPY is 500 yen. More decimals than the currency has are
refused; nothing is ever rounded. With --minor the amount is a whole number
of minor units, as in the API: 1250.

[bold]Idempotency[/bold]: whatever moves money is sent under a fresh key, which is shown.
If no answer comes it is sent again under the same key, so it happens once.
Give --idempotency-key to repeat an earlier command, or to be safe in a
script.

[bold]Exit codes[/bold]: 0, the API answered. A decline is such an answer, with status
declined; --fail-on-decline makes it 1. 1, the API refused (its problem is
shown) or nothing answered. 2, misuse.

[bold]--json[/bold] prints the API's own body and nothing else, of a refusal too. The
idempotency key goes to stderr.
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

app = typer.Typer(no_args_is_help=True, help=HELP, epilog=CARDS)


class CaptureMethod(StrEnum):
    """When the money is taken: by a capture, or at once."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"


def _id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not an id. Ids look like auth_… or cap_….")
    return text


def _digits(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


def _expiry(text: str | None) -> str | None:
    if text is not None and _EXPIRY.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not an expiry. Write it like 12/2030 or 12/30.")
    return text


AuthId = Annotated[str, typer.Argument(metavar="AUTH_ID", callback=_id, help="The authorization's id, auth_….")]
AnyId = Annotated[
    str, typer.Argument(metavar="ID", callback=_id, help="Any id of the payment: its own, or an operation's.")
]
CaptureId = Annotated[
    str,
    typer.Argument(metavar="ID", callback=_id, help="A capture's id, or an authorization's that has one capture."),
]
OpenAmount = Annotated[
    str | None,
    typer.Argument(metavar="AMOUNT", help="Decimal, in the payment's currency. Default: all that is left."),
]
Minor = Annotated[bool, typer.Option("--minor", help="The amount is in minor units (cents).")]
CurrencyGiven = Annotated[
    str | None, typer.Option("--currency", metavar="CODE", help="Refuse (409) unless it is the payment's.")
]


@app.command(epilog=EXAMPLES + CARDS)
@over_the_api
def authorize(
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Decimal: 12.50. With --minor whole: 1250.")],
    card: Annotated[str, typer.Option("--card", metavar="NUMBER", callback=_digits, help="A test card.")] = _CARD,
    expiry: Annotated[
        str | None, typer.Option("--exp", metavar="MM/YYYY", callback=_expiry, help="The card's. Default: years away.")
    ] = None,
    cvc: Annotated[str | None, typer.Option("--cvc", metavar="DIGITS", help="The card's security code.")] = None,
    currency: Currency = "USD",
    capture: Annotated[
        CaptureMethod, typer.Option("--capture", help="automatic: take the money in the same step.")
    ] = CaptureMethod.MANUAL,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="TEXT", help="Your own; kept and shown.")
    ] = None,
    description: Annotated[str | None, typer.Option("--description", metavar="TEXT", help="The same.")] = None,
    metadata: Annotated[
        list[str] | None, typer.Option("--metadata", metavar="NAME=VALUE", help="The same; may be repeated.")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option("--outcome", metavar="TEXT", callback=sendable, help=f"What the bank is to say: {GRAMMAR}."),
    ] = None,
    allow_partial: Annotated[
        bool, typer.Option("--allow-partial", help="Take a part, where that is all that the bank promises.")
    ] = False,
    minor: Minor = False,
    idempotency_key: IdempotencyKey = None,
    fail_on_decline: Annotated[bool, typer.Option("--fail-on-decline", help="Exit with 1 on a decline.")] = False,
    *,
    caller: Caller,
) -> None:
    """Authorize a payment. A decline is an answer: exit code 0, status declined."""
    body: dict[str, Any] = {
        "card": _card(card, expiry, cvc),
        "amount": _minor(amount, currency, minor=minor),
        "currency": currency,
        "capture_method": capture.value,
        "allow_partial": allow_partial or None,
        "reference": reference,
        "description": description,
        "metadata": _metadata(metadata),
    }
    from cli.payments import view as payment_view
    from paysandbox.payments.routes import AUTHORIZE_PAYMENT

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
    if fail_on_decline and answer.body["status"] == "declined":
        raise typer.Exit(1)


EXAMPLES_CAPTURE = """[bold]Examples[/bold]
  paysandbox pay capture auth_…                  all that remains
  paysandbox pay capture auth_… 4.00             a part; more may follow
  paysandbox pay capture auth_… 4.00 --final     a part; the rest is given back
"""


@app.command(epilog=EXAMPLES_CAPTURE)
@over_the_api
def capture(
    auth_id: AuthId,
    amount: OpenAmount = None,
    final: Annotated[bool, typer.Option("--final", help="Give back what this capture leaves.")] = False,
    currency: CurrencyGiven = None,
    minor: Minor = False,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Capture all or part of an authorization."""
    from cli.payments import view as payment_view
    from paysandbox.payments.routes import CAPTURE_PAYMENT

    api = api_of(caller)
    with refusals(caller.as_json):
        minor_units = _open_amount(api, auth_id, amount, currency, minor=minor)
        body = {"auth_id": auth_id, "amount": minor_units, "currency": currency, "final": final or None}
        answer = api.post(CAPTURE_PAYMENT, given(body), idempotency_key=key_of(idempotency_key, caller.as_json))
    show_answer(answer, caller.as_json, lambda a: payment_view.operated(a, "capture"))
    if not caller.as_json:
        say_next(f"paysandbox pay refund {answer.body['transaction_id']}{repeated(caller)}")


@app.command(epilog="[bold]Example[/bold]\n  paysandbox pay void auth_…")
@over_the_api
def void(auth_id: AuthId, idempotency_key: IdempotencyKey = None, *, caller: Caller) -> None:
    """Void what has not been captured of an authorization."""
    from cli.payments import view as payment_view
    from paysandbox.payments.routes import VOID_PAYMENT

    api = api_of(caller)
    with refusals(caller.as_json):
        answer = api.post(VOID_PAYMENT, {"auth_id": auth_id}, idempotency_key=key_of(idempotency_key, caller.as_json))
    show_answer(answer, caller.as_json, lambda a: payment_view.operated(a, "void"))


EXAMPLES_REFUND = """[bold]Examples[/bold]
  paysandbox pay refund cap_…                          all of that capture
  paysandbox pay refund auth_… 1.50 --reason damaged   of the only capture
"""


@app.command(epilog=EXAMPLES_REFUND)
@over_the_api
def refund(
    transaction_id: CaptureId,
    amount: OpenAmount = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Your own; kept and shown.")] = None,
    currency: CurrencyGiven = None,
    minor: Minor = False,
    idempotency_key: IdempotencyKey = None,
    *,
    caller: Caller,
) -> None:
    """Give back captured money, all or a part."""
    from cli.payments import view as payment_view
    from paysandbox.payments.routes import REFUND_PAYMENT

    api = api_of(caller)
    with refusals(caller.as_json):
        minor_units = _open_amount(api, transaction_id, amount, currency, minor=minor)
        body = {"transaction_id": transaction_id, "amount": minor_units, "currency": currency, "reason": reason}
        answer = api.post(REFUND_PAYMENT, given(body), idempotency_key=key_of(idempotency_key, caller.as_json))
    show_answer(answer, caller.as_json, lambda a: payment_view.operated(a, "refund"))


@app.command(epilog="[bold]Example[/bold]\n  paysandbox pay show auth_…      or the id of one of its operations")
@over_the_api
def show(transaction_id: AnyId, *, caller: Caller) -> None:
    """Show a payment with its operations and totals."""
    from cli.payments import view as payment_view

    api = api_of(caller)
    with refusals(caller.as_json):
        answer = _shown(api, transaction_id)
    show_answer(answer, caller.as_json, lambda a: payment_view.payment(a.body))


@app.command(
    "list", epilog="[bold]Example[/bold]\n  paysandbox pay list --limit 100 --json | jq -r '.data\\[].auth_id'"
)
@over_the_api
def list_command(limit: Limit = 20, cursor: Cursor = None, *, caller: Caller) -> None:
    """List the merchant's payments, newest first."""
    from cli.payments import view as payment_view
    from paysandbox.payments.routes import LIST_PAYMENTS

    api = api_of(caller)
    with refusals(caller.as_json):
        answer = api.get(LIST_PAYMENTS, query={"limit": limit, "cursor": cursor})
    if not caller.as_json and not answer.body["data"]:
        print_note("No payments yet. Make one: paysandbox pay authorize 12.50")
        return
    show_answer(answer, caller.as_json, lambda a: payment_view.page(a.body))
    if not caller.as_json and answer.body["next_cursor"]:
        more = f"paysandbox pay list --limit {limit} --cursor {answer.body['next_cursor']}"
        print_note(f"More: {more}{repeated(caller)}")


# --- what the commands share ------------------------------------------------------------------------------------------


def _shown(api: Api, transaction_id: str) -> Answer:
    from paysandbox.payments.routes import GET_PAYMENT

    return api.get(GET_PAYMENT, path={"transaction_id": transaction_id})


def _after(answer: Answer) -> str:
    captures = answer.body.get("captures")
    return f"refund {captures[0]['transaction_id']}" if captures else f"capture {answer.body['auth_id']}"


def _card(number: str, expiry: str | None, cvc: str | None) -> dict[str, Any]:
    match = _EXPIRY.fullmatch(expiry or f"12/{datetime.now(UTC).year + _VALID_YEARS}")
    if match is None:
        raise AssertionError(f"{expiry} passed its check")
    return given({"number": number, "exp_month": int(match[1]), "exp_year": 2000 + int(match[3]), "cvc": cvc})


def _metadata(entries: list[str] | None) -> dict[str, str] | None:
    pairs = [entry.partition("=") for entry in entries or []]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise typer.BadParameter(f"{name!r} is not NAME=VALUE.", param_hint="--metadata")
    return {name: value for name, _, value in pairs} or None


def _minor(amount: str, currency: str, *, minor: bool) -> int:
    try:
        return whole_minor(amount) if minor else to_minor(amount, currency)
    except Unreadable as unreadable:
        raise typer.BadParameter(str(unreadable), param_hint="AMOUNT") from None


def _open_amount(api: Api, transaction_id: str, amount: str | None, currency: str | None, *, minor: bool) -> int | None:
    """The amount in minor units. How many decimals it may have is the currency's, so the payment is asked for that."""
    if amount is None:
        return None
    if not minor and currency is None:
        currency = _shown(api, transaction_id).body["currency"]
    return _minor(amount, currency or "", minor=minor)
