"""The rights that AWS asks for where the engine would ask for others."""

from collections.abc import Callable
from typing import Any

RIGHTS_OF_BATCHES = {"sns:PublishBatch": "sns:Publish", "sqs:SendMessageBatch": "sqs:SendMessage"}


def as_aws_asks(action_of: Callable[..., str | None]) -> Callable[..., str | None]:
    """The right that a request needs, where that is not called as the operation is."""

    def asked(*request: Any) -> str | None:
        action = action_of(*request)
        return RIGHTS_OF_BATCHES.get(action or "", action)

    return asked
