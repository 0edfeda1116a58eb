"""Transfers of a platform to its connected accounts, and the funds behind them."""

import itertools
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.disbursements.funds_scan import audit_funds
from paysandbox.disbursements.store.tables import disbursements
from paysandbox.funds.funding import Funding, FundingSource
from paysandbox.funds.funds_table import add_funding, read_balances
from paysandbox.funds.tables import funds
from paysandbox.stripe_api.ids import merchant_of_account
from paysandbox.stripe_api.routes import CREATE_TRANSFER, CREATE_TRANSFER_REVERSAL, RESOURCE_ROUTES
from tests.support.builders import build
from tests.support.clients.stripe_merchant import StripeMerchant, done

PLATFORM: Final = StripeMerchant()
_NUMBERS: Final = itertools.count()
_ROUTE: Final = {each.route.name: each.route for each in RESOURCE_ROUTES}


def connected(platform: str = build.MERCHANT, **params: Any) -> str:
    """Create a connected account of a platform, which can receive transfers, and return its ID."""
    return done(StripeMerchant(platform).post(_ROUTE["create_account"], **params))["id"]


def funded(amount: int = 100_00, currency: str = "USD", merchant: str = build.MERCHANT) -> None:
    """Add money (minor units) to a merchant's funds."""
    name = f"fnd_{ids.derive('test', str(next(_NUMBERS)))}"
    add_funding(
        funds(),
        Funding(
            id=name, merchant=merchant, amount=amount, currency=currency, at=build.MONDAY, source=FundingSource.API
        ),
    )


def funds_of(name: str) -> dict[str, int]:
    """Return the funds of a merchant or a connected account by currency, in minor units. Fails if the audit does."""
    assert audit_funds(disbursements(), None, look_again=lambda: False).breaks == []
    return read_balances(funds(), merchant_of_account(name) or name)


def sent(account: str, amount: int = 40_00, **params: Any) -> dict[str, Any]:
    """Send funds to an account."""
    body = {"amount": amount, "currency": "usd", "destination": account, **params}
    return done(PLATFORM.post(CREATE_TRANSFER, **body))


def taken_back(transfer: str, **params: Any) -> dict[str, Any]:
    """Reverse a transfer."""
    return done(PLATFORM.post(CREATE_TRANSFER_REVERSAL, transfer, **params))
