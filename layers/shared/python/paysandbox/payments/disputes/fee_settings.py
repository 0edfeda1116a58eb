"""The dispute fees of this environment. Loaded only where a step may open a dispute."""

from paysandbox.aws import runtime
from paysandbox.aws.settings import DisputeFeeSettings
from paysandbox.payments.disputes.fees import DisputeFees, read_dispute_fees


def dispute_fees() -> DisputeFees:
    """Return what a chargeback that is opened now costs."""
    settings = runtime.settings_of(DisputeFeeSettings)
    return read_dispute_fees(settings.dispute_fee, returned_if_won=settings.dispute_fee_returned)
