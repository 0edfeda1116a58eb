"""Transfers of a platform to its connected accounts, the funds behind them, and charges that both share."""

import itertools
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.disbursements.funds_scan import audit_funds
from paysandbox.disbursements.store.tables import disbursements
from paysandbox.funds.available_table import read_amounts
from paysandbox.funds.funding import Funding
from paysandbox.funds.funds_table import add_funding
from paysandbox.funds.tables import funds
from paysandbox.stripe_api.ids import merchant_of_account
from paysandbox.stripe_api.routes import (
    CREATE_PAYMENT_INTENT,
    GET_CHARGE,
    RESOURCE_ROUTE as RESOURCE,
    RESOURCE_ROUTES,
)
from tests.support.builders import build
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done

PLATFORM: Final = StripeMerchant()
_NUMBERS: Final = itertools.count()
ROUTE: Final = {each.route.name: each.route for each in RESOURCE_ROUTES}


def connected(platform: str = build.MERCHANT, **params: Any) -> str:
    """Create a connected account of a platform, which can receive transfers, and return its ID."""
    return done(StripeMerchant(platform).post(ROUTE["create_account"], **params))["id"]


def funded(amount: int = 100_00, currency: str = "USD", merchant: str = build.MERCHANT) -> None:
    """Add money (minor units) to a merchant's funds."""
    name = f"fnd_{ids.derive('test', str(next(_NUMBERS)))}"
    add_funding(
        funds(),
        Funding(id=name, merchant=merchant, amount=amount, currency=currency, at=build.MONDAY),
    )


def funds_of(name: str) -> dict[str, int]:
    """Return the funds of a merchant or a connected account by currency, in minor units. Fails if the audit does."""
    assert audit_funds(disbursements(), look_again=lambda: False).breaks == []
    return read_amounts(funds(), merchant_of_account(name) or name)


def sent(account: str, amount: int = 40_00, **params: Any) -> dict[str, Any]:
    """Send funds to an account."""
    body = {"amount": amount, "currency": "usd", "destination": account, **params}
    return done(PLATFORM.post(RESOURCE["create_transfer"], **body))


def taken_back(transfer: str, **params: Any) -> dict[str, Any]:
    """Reverse a transfer."""
    return done(PLATFORM.post(RESOURCE["create_transfer_reversal"], transfer, **params))


CHARGE: Final[dict[str, Any]] = {
    "amount": 50_00, "currency": "usd", "payment_method": VISA, "confirm": True, "capture_method": "automatic",
}  # fmt: skip


def destination(account: str | None = None, *, fee: int | None = 5_00, **params: Any) -> dict[str, Any]:
    """Return the parameters of a destination charge of 50.00 USD, by default to a new account."""
    shared = {"transfer_data": {"destination": account or connected()}}
    return {**CHARGE, **shared, **({} if fee is None else {"application_fee_amount": fee}), **params}


def paid_to(account: str, **params: Any) -> dict[str, Any]:
    """Pay a destination charge, and return its intent."""
    return done(PLATFORM.post(CREATE_PAYMENT_INTENT, **destination(account, **params)))


def paid_direct(account: str, *, fee: int = 5_00, **params: Any) -> dict[str, Any]:
    """Pay a direct charge of an account, of which the platform takes a fee, and return its intent."""
    body = {**CHARGE, "application_fee_amount": fee, **params}
    return done(PLATFORM.ask(CREATE_PAYMENT_INTENT, None, body, headers={"Stripe-Account": account}))


def charge_of(intent: dict[str, Any], account: str | None = None) -> dict[str, Any]:
    """Retrieve the charge of an intent."""
    headers = {"Stripe-Account": account} if account else {}
    return done(PLATFORM.ask(GET_CHARGE, intent["latest_charge"], headers=headers))


def fee_returned(fee: str, **params: Any) -> dict[str, Any]:
    """Refund an application fee."""
    return done(PLATFORM.post(RESOURCE["create_fee_refund"], fee, **params))
