"""How a function reads a table's stream: from its beginning, skipping unreadable records, with a limit on retries."""

import json
from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

BATCH: Final = 100
# The stream forgets after 24 hours; an hour before, what could not be worked on is set aside with its place in it.
RECORD_AGE_S_MAX: Final = 23 * 3_600
# Age decides, not the number of tries: SNS may be in trouble for hours. This is the most that Lambda takes.
RETRIES_MAX: Final = 10_000


def read_stream(
    stack: cdk.Stack, function: lambda_.Function, name: str, *, stream: str, dead_letters: str, only: Mapping[str, Any]
) -> None:
    """Have a function, called `name` in its stack, read the records of a stream that are of a form.

    `stream` and `parked`, the queue of what could not be worked on, are ARNs. Both rights are in the function's row.
    """
    # Not CDK's own event source: it would grant the queue's attributes and the list of all streams besides.
    lambda_.CfnEventSourceMapping(
        stack,
        f"{name}_stream",
        event_source_arn=stream,
        function_name=function.function_name,
        starting_position="TRIM_HORIZON",
        batch_size=BATCH,
        bisect_batch_on_function_error=True,
        function_response_types=["ReportBatchItemFailures"],
        maximum_retry_attempts=RETRIES_MAX,
        maximum_record_age_in_seconds=RECORD_AGE_S_MAX,
        destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=dead_letters)
        ),
        filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
            filters=[lambda_.CfnEventSourceMapping.FilterProperty(pattern=json.dumps(only))]
        ),
    )
