"""`paysandbox cards`: the published test cards, and the outcomes that replace them. Needs no running sandbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final

import typer

from cli.terminal.columns import columns
from cli.terminal.console import Text, answers
from cli.terminal.options import AsJson
from cli.terminal.output import print_json
from paysandbox.core.brand import Brand
from paysandbox.payments.decline_codes import REASONS
from paysandbox.payments.outcome import GRAMMAR
from paysandbox.payments.test_cards import TEST_CARDS, TRIGGERS, TestCard

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox cards --declines
  paysandbox cards --brand amex --json
"""

_SHOWN_CHECKS: Final = ("cvc", "zip", "line1")


def for_help() -> str:
    """The cards that most tests need, for the help of `pay`: one of each brand, and those with special behavior."""
    first = {card.brand: card for card in reversed(TEST_CARDS.values()) if _plain(card)}
    shown = [card for card in TEST_CARDS.values() if card.simulated and (not _plain(card) or card in first.values())]
    return "\n".join(
        (
            "[bold]Test cards[/bold]",
            *(f"  {card.number:<19}  {card.brand}, {card.says}" for card in shown),
            f"`paysandbox cards` lists all {len(TEST_CARDS)} with their decline codes.",
            "Use any future expiry date and any security code.",
        )
    )


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
        print_json([_facts(card) for card in found], indent=2)
        return
    screen = answers()
    screen.print(_table(found), soft_wrap=True)
    screen.print()
    screen.print(
        Text(f"To choose the outcome with any card, use --outcome of `pay authorize`: {GRAMMAR}."), soft_wrap=True
    )
    codes = ", ".join(dict.fromkeys(reason.decline_code for reason in REASONS))
    screen.print(Text(f"Decline codes: {codes}."), soft_wrap=True)
    screen.print(Text(f"With card {TRIGGERS}, an amount of 2000.nn returns response code nn."), soft_wrap=True)


def _plain(card: TestCard) -> bool:
    """Whether it approves and has no other behavior."""
    ordinary = TestCard(card.number, card.brand, card.says, publishers=card.publishers)
    return card == ordinary and card.number != TRIGGERS


def _table(found: Iterable[TestCard]) -> Text:
    rows = [
        (
            Text(card.number, style=_style(card)),
            str(card.brand),
            str(card.cvc_digits),
            (card.reason.response_code or "") if card.reason else "",
            card.reason.decline_code if card.reason else "",
            card.says if card.simulated else f"{card.says} (not simulated yet)",
            ", ".join(card.publishers),
        )
        for card in found
    ]
    return columns(("NUMBER", "BRAND", "CVC", "CODE", "DECLINE CODE", "BEHAVIOR", "PUBLISHED BY"), rows)


def _style(card: TestCard) -> str:
    if not card.simulated:
        return "dim"
    return "bold red" if card.reason else "bold green"


def _facts(card: TestCard) -> dict[str, Any]:
    reason = card.reason
    return {
        "number": card.number,
        "brand": card.brand,
        "length": card.length,
        "cvc_digits": card.cvc_digits,
        "says": card.says,
        "simulated": card.simulated,
        "status": ("declined" if reason else "approved") if card.simulated else None,
        "response_code": reason.response_code if reason else None,
        "decline_code": reason.decline_code if reason else None,
        "advice_code": reason.advice_code if reason else None,
        "checks": {name: getattr(card.checks, name) for name in _SHOWN_CHECKS},
        "risk_level": card.risk_level,
        "known_from": card.publishers,
    }
