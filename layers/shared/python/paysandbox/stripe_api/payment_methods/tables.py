"""The table of payment methods. Separate from `runtime`, so that the native API does not load it."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.schema import PAYMENT_METHODS
from paysandbox.aws.settings import LedgerSettings
from paysandbox.stripe_api.payment_methods.payment_methods_table import PaymentMethods


@cache
def payment_methods() -> PaymentMethods:
    """Return the table of cards that were created by themselves. They have the retention of payments."""
    table = runtime.table_name(PAYMENT_METHODS)
    return PaymentMethods(runtime.dynamodb(), table, runtime.settings_of(LedgerSettings).retention_s)


def forget() -> None:
    """Drop the cached table, for tests that change AWS."""
    payment_methods.cache_clear()
