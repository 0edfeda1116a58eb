"""What is counted: the names of our own metrics, for those who write them and for those who draw them and wake people.

CloudWatch bills a custom metric by name and dimensions. So all of them have the same one dimension, which never varies:
a count that every group writes is one metric, not one for each group.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Metric(StrEnum):
    """A metric of ours; `docs/operations.md` says what each one tells."""

    APPROVED = "Approved"
    DECLINED = "Declined"
    CAPTURED = "Captured"
    VOIDED = "Voided"
    REFUNDED = "Refunded"
    REPLAYED = "Replayed"
    REFUSED = "Refused"
    FAILED = "Failed"
    LINES_DROPPED = "LinesDropped"
    DONATIONS_SUCCEEDED = "DonationsSucceeded"
    DONATIONS_PARKED = "DonationsParked"  # events of Stripe's that are of no donation, or contradict theirs
    RECEIPTS_SENT = "ReceiptsSent"
    RECEIPTS_REFUSED = "ReceiptsRefused"
    RECEIPTS_UNKNOWN = "ReceiptsUnknown"  # may have been sent or not; those that stay so are counted every night
    PROBE_OK = "ProbeOk"  # 1 or 0 for each run of the probe: the average is the availability


OF_DONATIONS: Final = frozenset(
    {
        Metric.DONATIONS_SUCCEEDED,
        Metric.DONATIONS_PARKED,
        Metric.RECEIPTS_SENT,
        Metric.RECEIPTS_REFUSED,
        Metric.RECEIPTS_UNKNOWN,
    }
)
"""Written, and so paid for beyond the ten that an account has free, in months alone in which somebody donates."""

DIMENSION: Final[Mapping[str, str]] = {"project": "paysandbox"}


def namespace(environment: str) -> str:
    """Where an environment's metrics are."""
    return f"paysandbox/{environment}"
