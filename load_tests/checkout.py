"""The mix of a shop: most orders are shipped whole, some in two parcels, some cancelled, some returned in part."""

import random
from typing import Final

from load_tests.shopper import APPROVING, Meant, Shopper

PRICES: Final = range(5_00, 200_00)
# Of a hundred orders.
MIX: Final = {"shipped": 70, "shipped in two": 10, "cancelled": 10, "returned in part": 10}


class Checkout(Shopper):
    """Authorizes on any approving card, then does with the payment what the mix says."""

    abstract = False
    scenario = "checkout"

    def visit(self, due: float | None) -> None:
        """One order, from the authorization to where it ends."""
        # 4111… takes an amount as a wish for an outcome; 2000.nn lies above all prices.
        amount = random.choice(PRICES)
        payment = self.authorize(amount, card=random.choice(APPROVING), due=due)
        if payment is None:
            return
        meant = Meant(payment["auth_id"])
        (what,) = random.choices(list(MIX), weights=list(MIX.values()))
        if self._fulfil(what, meant, amount):
            self.done.append(meant)

    def _fulfil(self, what: str, meant: Meant, amount: int) -> bool:
        """Whether every step was answered, so that it is known what should have become of the payment."""
        if what == "cancelled":
            return self.void(meant.auth_id, amount) is not None
        parcels = (amount // 2, amount - amount // 2) if what == "shipped in two" else (amount,)
        capture = None
        for parcel in parcels:
            capture = self.capture(meant.auth_id, parcel)
            if capture is None:
                return False
            meant.captured += parcel
        if what == "returned in part" and capture is not None:
            meant.refunded = amount // 3
            return self.refund(capture["transaction_id"], meant.refunded) is not None
        return True
