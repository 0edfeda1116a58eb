"""The IAM actions of AWS where the engine would check others."""

from collections.abc import Callable
from typing import Any

RIGHTS_OF_BATCHES = {"sns:PublishBatch": "sns:Publish", "sqs:SendMessageBatch": "sqs:SendMessage"}


def as_aws_asks(action_of: Callable[..., str | None]) -> Callable[..., str | None]:
    """Wrap `action_of` so that batch operations require the IAM action of a single message."""

    def asked(*request: Any) -> str | None:
        action = action_of(*request)
        return RIGHTS_OF_BATCHES.get(action or "", action)

    return asked
