"""A merchant's balance in one currency. Pure."""

from paysandbox.core.record import record


@record(kw_only=True)
class Balance:
    """What is pending and available, in minor units. Either may be negative.

    `pending` is what no settlement batch has yet, and `available` what was settled and not paid out, with the funds.
    """

    pending: int = 0
    available: int = 0
