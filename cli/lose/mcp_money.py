"""The verdict on money after calls of tools: the ledger's amounts against those of the run without faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cli.lose.money import Believed, Finding, Held, Kind, Ledger, judge

_ABOVE: Final = {Kind.CHARGED_TOO_MUCH, Kind.REFUNDED_TOO_MUCH}


def judge_calls(ledger: Ledger, expected: Ledger, *, succeeded: bool) -> list[Finding]:
    """Return what is wrong, by reference and currency. Empty is green.

    A caller whose last answer was a success believes what the run without faults leaves, so both a charge and a refund
    that are missing, or are above it, are wrong. One that was told of a failure believes nothing, and only what is
    charged or refunded above the run without faults is wrong.
    """
    books = {subject: Believed(held.captured - held.lost, held.refunded) for subject, held in expected.items()}
    found = judge(ledger, expected, books)
    if succeeded:
        return found
    limited: list[Finding] = []
    for finding in found:
        held, wanted = ledger.get(finding.subject, Held()), expected.get(finding.subject, Held())
        charged, refunded = held.captured - wanted.captured, held.refunded - wanted.refunded
        amount = min(finding.amount, charged if finding.kind is Kind.CHARGED_TOO_MUCH else refunded)
        if finding.kind in _ABOVE and amount > 0:
            limited.append(replace(finding, amount=amount))
    return limited
