"""Scenarios with hot index partitions: one card used for all payments, and one merchant paid by all."""

import random

from load_tests.checkout import PRICES
from load_tests.shopper import APPROVING, CARD, ExpectedPayment, Shopper
from paysandbox.payments.routes import LIST_PAYMENTS


class HotKey(Shopper):
    """Makes automatically captured sales, which write to every index, and occasionally lists payments."""

    abstract = True

    def sell(self, card: str, due: float | None) -> None:
        """Make one sale; one time in twenty, also list the payments that it is the newest of."""
        amount = random.choice(PRICES)
        payment = self.authorize(amount, card=card, due=due, capture_method="automatic")
        if payment is None:
            return
        self.done.append(ExpectedPayment(payment["auth_id"], captured=amount))
        if random.random() < 0.05:
            self.read_list(LIST_PAYMENTS, f"limit=10{self.list_filter(payment['card']['card_id'])}", "the list")

    def list_filter(self, card_id: str) -> str:
        """Return the additional filter of the list request."""
        raise NotImplementedError


class HotCard(HotKey):
    """Uses one card for all payments. Card ids are per merchant, so each merchant has one hot partition."""

    abstract = False
    scenario = "hot_card"

    def visit(self, due: float | None) -> None:
        """Make a sale on that card."""
        self.sell(CARD, due)

    def list_filter(self, card_id: str) -> str:
        """Return the filter for the card's payments."""
        return f"&card_id={card_id}"


class HotMerchant(HotKey):
    """Pays one merchant, however many keys there are, with any card."""

    abstract = False
    scenario = "hot_merchant"
    hot_merchant = True

    def visit(self, due: float | None) -> None:
        """Make a sale on any approving card."""
        self.sell(random.choice(APPROVING), due)

    def list_filter(self, card_id: str) -> str:  # noqa: ARG002 - not filtered by card
        """Return no filter: all of the merchant's payments."""
        return ""
