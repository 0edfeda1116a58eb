"""The table of payment methods. Apart from `effects`, since native payments load none of this."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import LedgerSettings, PaymentMethodSettings
from paysandbox.stripe_api.payment_methods import PaymentMethods


@cache
def payment_methods() -> PaymentMethods:
    """Cards that were sent by themselves. They are kept for as long as payments are."""
    table = runtime.settings_of(PaymentMethodSettings).payment_methods_table
    return PaymentMethods(runtime.dynamodb(), table, runtime.settings_of(LedgerSettings).retention_s)


def forget() -> None:
    """Make it anew: for tests, whose AWS is another one each time."""
    payment_methods.cache_clear()
