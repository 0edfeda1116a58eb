"""The fees of disbursements in this environment, and the method of those that name none.

Both are decided at acceptance, and a repeated request gets them again.
"""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import DisbursementFeeSettings, DisbursementMethodSettings
from paysandbox.disbursements.fees import read_disbursement_fees
from paysandbox.disbursements.methods import Method


def disbursement_fee(method: Method, currency: str) -> int:
    """Return what a disbursement that is accepted now costs the merchant, in minor units of its currency."""
    return _read(runtime.settings_of(DisbursementFeeSettings).disbursement_fee)[method].get(currency, 0)


def default_method() -> str:
    """Return the payment method of a request that names none."""
    return runtime.settings_of(DisbursementMethodSettings).disbursement_method


_read = cache(read_disbursement_fees)
