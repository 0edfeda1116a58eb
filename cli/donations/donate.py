"""`paysandbox donate`: a donation from the sign-in to the receipt, over the API and Stripe's like everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import IdempotencyKey, given, key_of, refusals
from cli.connection.caller import sendable
from cli.donations.donors import Email, Password, sign_in
from cli.terminal.amount import Unreadable, show, to_minor
from cli.terminal.options import AsJson, Currency, Environment
from cli.terminal.output import print_json, print_note
from cli.terminal.secret_input import secret_option

if TYPE_CHECKING:
    from cli.donations.walk import Walked

VARIABLE: Final = "PAYSANDBOX_DONOR_TOKEN"

_CARD: Final = "pm_card_visa"
_METHOD: Final = re.compile(r"pm_[A-Za-z0-9_]{1,100}|[0-9]{12,19}")

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox donate --amount 50.00
  paysandbox donate --amount 500 --currency JPY --message 'For the roof'
  paysandbox donate --amount 50.00 --card pm_card_chargeDeclined
  paysandbox donate --amount 50.00 --json | jq -r .donation_id
  paysandbox donate --amount 5.00 --email jo@example.com --env dev
"""


def _card(text: str) -> str:
    text = text.replace(" ", "")
    if _METHOD.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is neither a test payment method (pm_card_visa) nor a card number.")
    return text


def donate(
    amount: Annotated[str, typer.Option("--amount", metavar="AMOUNT", help="Decimal, in the currency: 50.00.")],
    currency: Currency = "USD",
    message: Annotated[str | None, typer.Option("--message", metavar="TEXT", help="The receipt repeats it.")] = None,
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Show no name in the list of donations.")] = False,
    card: Annotated[
        str,
        typer.Option("--card", metavar="CARD", callback=_card, help="A test payment method of Stripe's, or a number."),
    ] = _CARD,
    email: Email = None,
    password: Password = None,
    token: Annotated[
        str | None,
        secret_option(
            "token",
            "The donor's id token, of whoever signs in elsewhere, in place of --email",
            VARIABLE,
            variable=VARIABLE,
            check=sendable,
        ),
    ] = None,
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="SECONDS", min=1, max=900, help="How long to wait for the receipt.")
    ] = 60,
    idempotency_key: IdempotencyKey = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Donate: sign in, ask for an intent, pay it with a test card, wait for Stripe's webhook and for the receipt.

    Exit code 1 when the card is declined, or the receipt is not there in
    time; the steps reached so far are printed. A live key of Stripe's is not used: this
    never moves money.
    """
    from cli.connection.target import resolve
    from cli.donations.walk import Walk
    from cli.sandbox.state_dir import StateDir
    from cli.terminal.console import asides
    from cli.terminal.steps import steps_on

    try:
        minor = to_minor(amount, currency)
    except Unreadable as unreadable:
        raise typer.BadParameter(str(unreadable), param_hint="--amount") from None
    wish = {"amount": minor, "currency": currency.upper(), "message": message, "anonymous": anonymous or None}
    target = resolve(env, StateDir.find())
    with refusals(as_json), steps_on(asides(), ("sign in", "intent", "card", "webhook", "receipt")) as steps:
        walk = Walk.of(target)
        with steps.step("sign in") as step:
            bearer = token or sign_in(target, email, password)
            step.result("with a token" if token else email or "the demo donor")
        with steps.step("intent") as step:
            started = walk.start(bearer, given(wish), key_of(idempotency_key, as_json))
            step.result(started.payment_intent)
        with steps.step("card") as step:
            step.result(walk.pay(started, card))
        walked = walk.watch(started, timeout, steps)
    if as_json:
        print_json(walked.facts(), indent=2)
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
    for name, value in _told(walked.receipt):
        console.print(line(name, value))


def _told(receipt: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    if receipt is None:
        return [("receipt", "none")]
    told = [("receipt", receipt["state"])]
    return told + [(name, receipt[name]) for name in ("to", "subject") if name in receipt]
