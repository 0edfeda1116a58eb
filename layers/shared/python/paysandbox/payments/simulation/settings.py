"""Merchants' settings, from the table that this function's settings name."""

from collections.abc import Iterable
from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import MerchantSettingsSettings
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.payments.merchant_settings import MerchantSettings, get_choices, manual_among


@cache
def merchant_settings() -> MerchantSettings:
    """Return the table of merchants' settings."""
    return MerchantSettings(runtime.dynamodb(), runtime.settings_of(MerchantSettingsSettings).merchant_settings_table)


def manual_merchants(merchants: Iterable[str]) -> frozenset[str]:
    """Return those of these merchants whose simulated steps happen only when they are requested."""
    return manual_among(merchant_settings(), merchants)


def payout_destination_of(merchant: str) -> PayoutDestination:
    """Return where a merchant's payouts go, as of now."""
    return get_choices(merchant_settings(), merchant).payout_destination


def forget() -> None:
    """Drop the cached table, for tests that change AWS."""
    merchant_settings.cache_clear()
