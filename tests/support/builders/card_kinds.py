"""Kinds of published test cards, of which a test of handlers takes one each."""

from collections.abc import Hashable

from paysandbox.payments.bank.test_cards import TestCard


def kind_of(card: TestCard) -> Hashable:
    """Return what the bank does with a card, and the format of its number and security code.

    tests/payments/bank/test_acquirer.py has every card.
    """
    answer = (card.outcome, card.checks, card.risk_level, card.plan, card.three_d_secure)
    return card.brand, card.length, answer
