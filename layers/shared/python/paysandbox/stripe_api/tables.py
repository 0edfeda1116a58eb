"""The table of payment methods. Separate from `runtime`, so that the native API does not load it."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import LedgerSettings, PaymentMethodSettings
from paysandbox.stripe_api.payment_methods import PaymentMethods


@cache
def payment_methods() -> PaymentMethods:
    """Return the table of cards that were created by themselves. They have the retention of payments."""
    table = runtime.settings_of(PaymentMethodSettings).payment_methods_table
    return PaymentMethods(runtime.dynamodb(), table, runtime.settings_of(LedgerSettings).retention_s)


def forget() -> None:
    """Drop the cached table, for tests that change AWS."""
    payment_methods.cache_clear()
