"""The IAM action of a batch of messages, which is that of a single one.

When it enforces policies, ministack requires an action named like each operation.
"""

from typing import Any, Final

ACTIONS: Final = {"sns:PublishBatch": "sns:Publish", "sqs:SendMessageBatch": "sqs:SendMessage"}
"""What AWS checks for a batch, by what ministack checks."""


def check_as_single(iam_actions: Any) -> None:
    """Make ministack check that action. `iam_actions` is its module of IAM actions."""
    action_of = iam_actions.extract_iam_action

    def action(*request: Any) -> str | None:
        extracted: str | None = action_of(*request)
        return ACTIONS.get(extracted or "", extracted)

    iam_actions.extract_iam_action = action
