"""The status of a refund."""

from enum import StrEnum
from typing import Final


class RefundStatus(StrEnum):
    """The status of a refund, by Stripe's names ("The Refund object")."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


OPEN_REFUND: Final = (RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION)
