"""Scenarios with hot index partitions: one card used for all payments, and one merchant paid by all."""

import random

from load_tests.checkout import PRICES
from load_tests.shopper import APPROVING, CARD, Meant, Shopper
from paysandbox.payments.routes import LIST_PAYMENTS


class HotKey(Shopper):
    """Sales, captured at once, which write to every index; now and then somebody reads the list."""

    abstract = True

    def sell(self, card: str, due: float | None) -> None:
        """One sale, and one time in twenty the list that it is the newest of."""
        amount = random.choice(PRICES)
        payment = self.authorize(amount, card=card, due=due, capture_method="automatic")
        if payment is None:
            return
        self.done.append(Meant(payment["auth_id"], captured=amount))
        if random.random() < 0.05:
            self.look(LIST_PAYMENTS, f"limit=10{self.narrowed(payment['card']['card_id'])}", "the list")

    def narrowed(self, card_id: str) -> str:
        """Return the additional filter of the list request."""
        raise NotImplementedError


class HotCard(HotKey):
    """One card of each merchant. A card's id is the merchant's own, so one card is hot once for each of them."""

    abstract = False
    scenario = "hot_card"

    def visit(self, due: float | None) -> None:
        """Make a sale on that card."""
        self.sell(CARD, due)

    def narrowed(self, card_id: str) -> str:
        """Return the filter for the card's payments."""
        return f"&card_id={card_id}"


class HotMerchant(HotKey):
    """One merchant, whatever the number of keys, and any card."""

    abstract = False
    scenario = "hot_merchant"
    hot_merchant = True

    def visit(self, due: float | None) -> None:
        """Make a sale on any approving card."""
        self.sell(random.choice(APPROVING), due)

    def narrowed(self, card_id: str) -> str:  # noqa: ARG002 - whichever card it was
        """All of the merchant's payments."""
        return ""
