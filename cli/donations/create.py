"""`paysandbox donations create`: a donation from sign-in to receipt, over the public API and Stripe's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import IdempotencyKey, given, key_of, refusals
from cli.connection.caller import sendable
from cli.donations.donors import Email, Password, sign_in
from cli.payments.amount_argument import minor_units
from cli.payments.card_argument import complete_card
from cli.terminal.amount import show
from cli.terminal.options import AsJson, Currency, Environment
from cli.terminal.output import print_json, print_note
from cli.terminal.secret_input import secret_option

if TYPE_CHECKING:
    from cli.donations.walk import Walked

VARIABLE: Final = "PAYSANDBOX_DONOR_TOKEN"

_CARD: Final = "pm_card_visa"
_METHOD: Final = re.compile(r"pm_[A-Za-z0-9_]{1,100}|[0-9]{12,19}")

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox donations create --amount 50.00
  paysandbox donations create --amount 500 --currency JPY --message 'For the roof'
  paysandbox donations create --amount 50.00 --card pm_card_chargeDeclined
  paysandbox donations create --amount 50.00 --json | jq -r .donation_id
  paysandbox donations create --amount 5.00 --email jo@example.com --env dev
"""


def _card(text: str) -> str:
    text = text.replace(" ", "")
    if _METHOD.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not a card number or a test payment method such as pm_card_visa.")
    return text


def create(
    amount: Annotated[str, typer.Option("--amount", metavar="AMOUNT", help="Decimal amount: 50.00.")],
    currency: Currency = "USD",
    message: Annotated[
        str | None, typer.Option("--message", metavar="TEXT", help="Message from the donor; printed on the receipt.")
    ] = None,
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Hide the donor's name in the public list.")] = False,
    card: Annotated[
        str,
        typer.Option(
            "--card",
            metavar="CARD",
            callback=_card,
            autocompletion=complete_card,
            help="A test card number, or one of Stripe's test payment methods.",
        ),
    ] = _CARD,
    email: Email = None,
    password: Password = None,
    token: Annotated[
        str | None,
        secret_option(
            "token",
            "The donor's ID token, instead of --email",
            VARIABLE,
            variable=VARIABLE,
            check=sendable,
        ),
    ] = None,
    timeout: Annotated[
        int,
        typer.Option(
            "--timeout", metavar="SECONDS", min=1, max=900, help="How long to wait for the webhook and the receipt."
        ),
    ] = 60,
    idempotency_key: IdempotencyKey = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Make a donation: sign in, create a payment intent, pay it with a test card, and wait for the receipt.

    Exits with 1 if the card is declined or the receipt does not arrive in
    time; the completed steps are printed either way. Never moves money: a
    live Stripe key is refused.
    """
    from cli.connection.target import resolve
    from cli.donations.walk import Walk
    from cli.state.state_dir import StateDir
    from cli.terminal.console import stderr_console
    from cli.terminal.steps import steps_on

    minor = minor_units(amount, currency, hint="--amount")
    body = {"amount": minor, "currency": currency.upper(), "message": message, "anonymous": anonymous or None}
    target = resolve(env, StateDir.find())
    with refusals(as_json), steps_on(stderr_console(), ("sign in", "intent", "card", "webhook", "receipt")) as steps:
        walk = Walk.of(target)
        with steps.step("sign in") as step:
            bearer = token or sign_in(target, email, password)
            step.result("ID token" if token else email or "demo donor")
        with steps.step("intent") as step:
            started = walk.start(bearer, given(body), key_of(idempotency_key, as_json))
            step.result(started.payment_intent)
        with steps.step("card") as step:
            step.result(walk.pay(started, card))
        walked = walk.watch(started, timeout, steps)
    if as_json:
        print_json(walked.facts())
    else:
        _print(walked, show(minor, currency.upper()))
    if walked.unfinished is not None:
        print_note(walked.unfinished)
        raise typer.Exit(1)


def _print(walked: Walked, amount: str) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.refusal import line

    console = answers()
    done = walked.unfinished is None
    console.print(Text(f"{amount}: {walked.status}", style="bold green" if done else "bold yellow"))
    console.print(line("donation", walked.donation_id))
    console.print(line("intent", walked.payment_intent))
    for name, value in _receipt_lines(walked.receipt):
        console.print(line(name, value))


def _receipt_lines(receipt: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    if receipt is None:
        return [("receipt", "none")]
    rows = [("receipt", receipt["state"])]
    return rows + [(name, receipt[name]) for name in ("to", "subject") if name in receipt]
