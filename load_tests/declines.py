"""Declining test cards, each with its documented reason. A decline is a successful response, not a failed request."""

import random
from typing import Final

from load_tests.checkout import PRICES
from load_tests.shopper import ExpectedPayment, Shopper, authorization
from paysandbox.payments.bank.test_cards import TEST_CARDS
from paysandbox.payments.routes import AUTHORIZE_PAYMENT

DECLINING: Final = {card.number: card.reason.decline_code for card in TEST_CARDS.values() if card.reason is not None}


class Declines(Shopper):
    """Authorizes on random declining cards."""

    abstract = False
    scenario = "declines"

    def visit(self, due: float | None) -> None:
        """Make one authorization, which must be declined with the card's reason and leave nothing captured."""
        number, decline_code = random.choice(list(DECLINING.items()))
        expect = {"status": "declined", "decline_code": decline_code}
        body = authorization(random.choice(PRICES), number)
        again = random.random() < 0.1
        if payment := self.send_idempotent(AUTHORIZE_PAYMENT, body, expect=expect, due=due, again=again):
            self.done.append(ExpectedPayment(payment["auth_id"]))
