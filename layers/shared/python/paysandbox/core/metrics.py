"""Names of the custom metrics, shared by the code that writes them and by the dashboards and alarms.

CloudWatch bills custom metrics by name and dimensions. So all of them have the same constant dimension: a metric that
every group of functions writes is billed once, not once per group.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Metric(StrEnum):
    """A custom metric, as described in `docs/how-to/operate.md`."""

    APPROVED = "Approved"
    DECLINED = "Declined"
    CAPTURED = "Captured"
    VOIDED = "Voided"
    REFUNDED = "Refunded"
    REPLAYED = "Replayed"
    REFUSED = "Refused"
    FAILED = "Failed"  # 5xx responses, except those of public routes
    PAYMENTS_FAILED = "PaymentsFailed"  # 1 or 0 for each request of a payment route with a key, for rollouts
    LINES_DROPPED = "LinesDropped"
    FEED_ENTRIES_LATE = "FeedEntriesLate"  # written so long after their stamp that a reader may have missed them
    DONATIONS_SUCCEEDED = "DonationsSucceeded"
    DONATIONS_DEAD_LETTERED = "DonationsParked"  # Stripe events that match no donation, or contradict it
    RECEIPTS_SENT = "ReceiptsSent"
    RECEIPTS_REFUSED = "ReceiptsRefused"
    RECEIPTS_UNKNOWN = "ReceiptsUnknown"  # delivery unknown; counted every night until resolved
    DISPUTES_OPENED = "DisputesOpened"  # chargebacks, also those that were inquiries
    DISPUTES_LOST = "DisputesLost"
    DISBURSEMENTS_PAID = "DisbursementsPaid"
    DISBURSEMENTS_FAILED = "DisbursementsFailed"  # failed, blocked or returned
    DISBURSEMENTS_UNRESOLVED = "DisbursementsUnresolved"  # require attention; counted every day until resolved
    OUTCOMES_UNKNOWN = "OutcomesUnknown"  # the receipts and disbursements above, together, for the alarm
    PROBE_OK = "ProbeOk"  # 1 or 0 for each probe run; the average is the availability


OF_DONATIONS: Final = frozenset(
    {
        Metric.DONATIONS_SUCCEEDED,
        Metric.DONATIONS_DEAD_LETTERED,
        Metric.RECEIPTS_SENT,
        Metric.RECEIPTS_REFUSED,
        Metric.RECEIPTS_UNKNOWN,
    }
)
"""Beyond the ten free metrics of an account, but only written, and so billed, in months with donations."""

OF_DISPUTES: Final = frozenset({Metric.DISPUTES_OPENED, Metric.DISPUTES_LOST})
"""Beyond the ten as well, and only written, and so billed, in hours with disputes."""

OF_DISBURSEMENTS: Final = frozenset(
    {Metric.DISBURSEMENTS_PAID, Metric.DISBURSEMENTS_FAILED, Metric.DISBURSEMENTS_UNRESOLVED}
)
"""Beyond the ten as well, and only written, and so billed, in hours with disbursements."""

UNKNOWN: Final = frozenset({Metric.RECEIPTS_UNKNOWN, Metric.DISBURSEMENTS_UNRESOLVED})
"""Counted as `OutcomesUnknown` too. An alarm is billed for each metric that it watches, and so it watches one."""

ONLY_AFTER_FAILURES: Final = frozenset({Metric.FAILED, Metric.OUTCOMES_UNKNOWN, Metric.FEED_ENTRIES_LATE})
"""Written, and so billed, only in the hours of a failure."""

DIMENSION: Final[Mapping[str, str]] = {"project": "paysandbox"}


def namespace(environment: str) -> str:
    """Return the CloudWatch namespace of an environment's metrics."""
    return f"paysandbox/{environment}"
