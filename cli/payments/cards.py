"""`paysandbox cards`: the published test cards, and the outcomes that replace them. Needs no running sandbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.terminal.options import AsJson
from cli.terminal.output import print_json
from paysandbox.core.cards.brand import Brand
from paysandbox.payments.bank.amount_triggers import LATER_FORMS
from paysandbox.payments.bank.decline_codes import REASONS
from paysandbox.payments.bank.grammar import GRAMMAR
from paysandbox.payments.bank.outcome import Challenge
from paysandbox.payments.bank.test_cards import AUTHENTICATED, CHALLENGED, TEST_CARDS, TRIGGERS, TestCard

if TYPE_CHECKING:
    from cli.terminal.console import Text
app = typer.Typer()

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox cards --declines
  paysandbox cards --brand amex --json
"""

_SHOWN_CHECKS: Final = ("cvc", "zip", "line1")


def for_help() -> str:
    """The cards that most tests need, for the help of `pay`: one of each brand, and those with special behavior."""
    first = {card.brand: card for card in reversed(TEST_CARDS.values()) if _plain(card)}
    shown = [
        card for card in TEST_CARDS.values() if card in first.values() or card.number == CHALLENGED or _is_special(card)
    ]
    return "\n".join(
        (
            "[bold]Test cards[/bold]",
            *(f"  {card.number:<19}  {card.brand}, {card.says}" for card in shown),
            f"`paysandbox cards` lists all {len(TEST_CARDS)} with their decline codes.",
            "Use any future expiry date and any security code.",
        )
    )


@app.command(epilog=EXAMPLES)
def cards(
    brand: Annotated[Brand | None, typer.Option("--brand", help="Only cards of this brand.")] = None,
    declining: Annotated[bool, typer.Option("--declines", help="Only cards that decline.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the published test cards with their behavior and decline codes."""
    found = [
        card
        for card in TEST_CARDS.values()
        if brand in {None, card.brand} and (card.reason is not None or not declining)
    ]
    if as_json:
        print_json({"data": [_facts(card) for card in found]})
        return
    from cli.terminal.console import Text, answers

    screen = answers()
    screen.print(_table(found), soft_wrap=True)
    screen.print()
    screen.print(
        Text(f"To choose the outcome with any card, use --outcome of `pay authorize`: {GRAMMAR}."), soft_wrap=True
    )
    codes = ", ".join(dict.fromkeys(reason.decline_code for reason in REASONS))
    screen.print(Text(f"Decline codes: {codes}."), soft_wrap=True)
    screen.print(Text(f"With card {TRIGGERS}, an amount of 2000.nn returns response code nn."), soft_wrap=True)
    later = ", ".join(f"{amount // 100}.{amount % 100:02} {form}" for amount, form in LATER_FORMS.items())
    screen.print(Text(f"Other amounts with this card choose an outcome: {later}."), soft_wrap=True)


def _is_special(card: TestCard) -> bool:
    """Whether it does not just approve. The many cards of 3-D Secure count only if they decline."""
    return not _plain(card) and (card.reason is not None or card not in AUTHENTICATED)


def _plain(card: TestCard) -> bool:
    """Whether it approves and has no other behavior."""
    ordinary = TestCard(card.number, card.brand, card.says, publishers=card.publishers)
    return card == ordinary and card.number != TRIGGERS


def _table(found: Iterable[TestCard]) -> Text:
    from cli.terminal.columns import columns
    from cli.terminal.console import Text

    rows = [
        (
            Text(card.number, style=_style(card)),
            str(card.brand),
            str(card.cvc_digits),
            (card.reason.response_code or "") if card.reason else "",
            card.reason.decline_code if card.reason else "",
            card.says,
            ", ".join(card.publishers),
        )
        for card in found
    ]
    header = ("NUMBER", "BRAND", "CVC", "CODE", "DECLINE", "DOES", "KNOWN FROM")
    return columns(header, rows, drop=("KNOWN FROM", "CVC", "BRAND", "CODE"))


def _style(card: TestCard) -> str:
    if isinstance(card.outcome, Challenge):
        return "bold yellow"
    return "bold red" if card.reason else "bold green"


def _status(card: TestCard) -> str:
    """Return the status of an authorization on the card."""
    if isinstance(card.outcome, Challenge):
        return "requires_action"
    return "declined" if card.reason else "approved"


def _facts(card: TestCard) -> dict[str, Any]:
    reason = card.reason
    return {
        "number": card.number,
        "brand": card.brand,
        "length": card.length,
        "cvc_digits": card.cvc_digits,
        "says": card.says,
        "status": _status(card),
        "response_code": reason.response_code if reason else None,
        "decline_code": reason.decline_code if reason else None,
        "advice_code": reason.advice_code if reason else None,
        "checks": {name: getattr(card.checks, name) for name in _SHOWN_CHECKS},
        "risk_level": card.risk_level,
        "plan": card.plan,
        "known_from": card.publishers,
    }
