"""The fees of disbursements in this environment."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import DisbursementFeeSettings
from paysandbox.disbursements.fees import read_disbursement_fees


def disbursement_fee(currency: str) -> int:
    """Return what a disbursement that is accepted now costs the merchant, in minor units of its currency."""
    return _read(runtime.settings_of(DisbursementFeeSettings).disbursement_fee).get(currency, 0)


_read = cache(read_disbursement_fees)
