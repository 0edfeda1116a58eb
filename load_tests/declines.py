"""Cards that a bank declines, each with the reason that is published for it. A decline is an answer, not a failure."""

import random
from typing import Final

from load_tests.checkout import PRICES
from load_tests.shopper import Meant, Shopper, authorization
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from paysandbox.payments.test_cards import TEST_CARDS

DECLINING: Final = {
    card.number: card.reason.decline_code for card in TEST_CARDS.values() if card.simulated and card.reason is not None
}


class Declines(Shopper):
    """Shopper that uses one declining card after the other."""

    abstract = False
    scenario = "declines"

    def visit(self, due: float | None) -> None:
        """One attempt, which must be declined for the card's reason, and of which nothing may be captured."""
        number, decline_code = random.choice(list(DECLINING.items()))
        expect = {"status": "declined", "decline_code": decline_code}
        body = authorization(random.choice(PRICES), number)
        again = random.random() < 0.1
        if payment := self.once(AUTHORIZE_PAYMENT, body, expect=expect, due=due, again=again):
            self.done.append(Meant(payment["auth_id"]))
