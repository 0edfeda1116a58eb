"""Test cards and outcomes on the command line, completed by the shell."""

from __future__ import annotations

from paysandbox.payments.bank.decline_codes import BY_DECLINE_CODE, BY_RESPONSE_CODE
from paysandbox.payments.bank.test_cards import TEST_CARDS


def complete_card(incomplete: str) -> list[tuple[str, str]]:
    """The test cards whose numbers begin like this, with their behavior."""
    return [
        (card.number, f"{card.brand}, {card.says}")
        for card in TEST_CARDS.values()
        if card.number.startswith(incomplete)
    ]


def complete_outcome(incomplete: str) -> list[str]:
    """The outcomes that begin like this."""
    from paysandbox.core.break_type import BREAK_OF_ITEM
    from paysandbox.payments.disputes.dispute import (  # only a shell's completion lists them
        DISPUTE_KINDS,
        DisputeReason,
    )

    disputes = [f"dispute={value}" for value in (*DisputeReason, *DISPUTE_KINDS)]
    breaks = [f"settle={name}" for name in BREAK_OF_ITEM]
    declines = [f"decline:{code}" for code in sorted(BY_DECLINE_CODE)]
    responses = [f"iso:{code}" for code in sorted(filter(None, BY_RESPONSE_CODE))]
    outcomes = ["approve", *declines, *responses, "partial:", *disputes, *breaks]
    return [outcome for outcome in outcomes if outcome.startswith(incomplete)]


def complete_refund_outcome(incomplete: str) -> list[str]:
    """The outcomes of a refund that begin like this."""
    from paysandbox.payments.bank.plan import REFUND_FAILURES  # only a shell's completion lists them

    failures = [f"refund=fail:{reason}" for reason in REFUND_FAILURES]
    return [outcome for outcome in ("refund=pending", "refund=pending:", *failures) if outcome.startswith(incomplete)]
