"""A shop's order mix: most orders ship whole, some in two parcels, some are canceled, some are partly returned."""

import random
from typing import Final

from load_tests.shopper import APPROVING, ExpectedPayment, Shopper

PRICES: Final = range(5_00, 200_00)
# Per hundred orders.
MIX: Final = {"shipped": 70, "shipped in two": 10, "canceled": 10, "returned in part": 10}


class Checkout(Shopper):
    """Authorizes on a random approving card, then captures, voids or refunds according to the mix."""

    abstract = False
    scenario = "checkout"

    def visit(self, due: float | None) -> None:
        """Place one order and carry it through to its end."""
        # On 4111… an amount selects the outcome; those amounts (2000.nn) are above all prices.
        amount = random.choice(PRICES)
        payment = self.authorize(amount, card=random.choice(APPROVING), due=due)
        if payment is None:
            return
        expected = ExpectedPayment(payment["auth_id"])
        (what,) = random.choices(list(MIX), weights=list(MIX.values()))
        if self._fulfil(what, expected, amount):
            self.done.append(expected)

    def _fulfil(self, what: str, expected: ExpectedPayment, amount: int) -> bool:
        """Return whether every step got a response, so that the payment's expected state is known."""
        if what == "canceled":
            return self.void(expected.auth_id, amount) is not None
        parcels = (amount // 2, amount - amount // 2) if what == "shipped in two" else (amount,)
        capture = None
        for parcel in parcels:
            capture = self.capture(expected.auth_id, parcel)
            if capture is None:
                return False
            expected.captured += parcel
        if what == "returned in part" and capture is not None:
            expected.refunded = amount // 3
            return self.refund(capture["transaction_id"], expected.refunded) is not None
        return True
