"""Sets up the Stripe rail for `paysandbox up`: the platform that pays gets funds, as PayPal's simulator has money.

The platform is the merchant of the donations' key, whose key the functions have from the setup of donations.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cli.connection.target import Target

AMOUNTS: Final = {"USD": 1_000_000_000, "EUR": 1_000_000_000, "GBP": 1_000_000_000}
"""What the platform begins with, in minor units by currency. `disbursements fund` adds to it, and other currencies."""


def ensure_platform(target: Target) -> None:
    """Ensure that the platform was funded in each currency. A second run changes nothing, whatever it has spent."""
    from cli.disbursements.tables import disbursements_table
    from paysandbox.core import ids
    from paysandbox.donations.donation import MERCHANT
    from paysandbox.funds.available_table import read_available
    from paysandbox.funds.funding import Funding
    from paysandbox.funds.funds_table import add_funding

    funds = disbursements_table(target).funds
    for currency in AMOUNTS.keys() - read_available(funds, MERCHANT).of.keys():
        funding = Funding(
            id=ids.effect_id(ids.FUNDING, "stripe platform", currency),
            merchant=MERCHANT,
            amount=AMOUNTS[currency],
            currency=currency,
            at=datetime.now(UTC),
        )
        add_funding(funds, funding)
