"""Merchants' settings of the simulation, from the table that this function's settings name."""

from collections.abc import Iterable
from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import MerchantSettingsSettings
from paysandbox.payments.merchant_settings import MerchantSettings, manual_among


@cache
def merchant_settings() -> MerchantSettings:
    """Return the table of merchants' settings."""
    return MerchantSettings(runtime.dynamodb(), runtime.settings_of(MerchantSettingsSettings).merchant_settings_table)


def manual_merchants(merchants: Iterable[str]) -> frozenset[str]:
    """Return those of these merchants whose simulated steps happen only when they are requested."""
    return manual_among(merchant_settings(), merchants)


def forget() -> None:
    """Drop the cached table, for tests that change AWS."""
    merchant_settings.cache_clear()
