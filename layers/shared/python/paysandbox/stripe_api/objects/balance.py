"""Stripe's Balance: what is available (settled, or funds) and what is pending, by currency."""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.stripe_amounts import from_ledger
from paysandbox.http.answer import Body

_DEFAULT_CURRENCY: Final = "USD"
"""That of the account (`account.py`): a balance is never without a currency."""


def balance_body(available: Mapping[str, int], pending: Mapping[str, int]) -> Body:
    """Return the Balance of these amounts (minor units) by currency (ISO 4217, upper case). All come from cards."""
    currencies = sorted({*available, *pending} or {_DEFAULT_CURRENCY})
    return {
        "object": "balance",
        "available": [_part(currency, available.get(currency, 0)) for currency in currencies],
        "livemode": False,
        "pending": [_part(currency, pending.get(currency, 0)) for currency in currencies],
    }


def _part(currency: str, minor_units: int) -> Body:
    amount = from_ledger(minor_units, currency)
    return {"amount": amount, "currency": currency.lower(), "source_types": {"card": amount}}
