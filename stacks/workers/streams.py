"""How a function reads a table's stream: from its beginning, with a limit on retries.

The function parks what it cannot process, record by record (`paysandbox.aws.stream_batch`). What it raises concerns
the whole batch: an outage of AWS, or a release that fails on every record.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

BATCH: Final = 100
# A stream keeps records for 24 hours. An hour before that, the position of an unprocessed record goes to the
# dead-letter queue.
RECORD_AGE_S_MAX: Final = 23 * 3_600
# Records expire by age instead of by retries, since an SNS outage may last hours. This is Lambda's maximum.
RETRIES_MAX: Final = 10_000


def read_stream(
    stack: cdk.Stack,
    function: lambda_.Function,
    name: str,
    *,
    stream: str,
    dead_letters: str,
    only: Sequence[Mapping[str, Any]],
    lanes: int,
) -> None:
    """Let a function, named `name` in its stack, read the records of a stream that match one of the filters
    `only`.

    `stream` and `dead_letters`, the queue for records that could not be processed, are ARNs. The function's row has the
    permissions on both.

    `lanes` batches of a shard are processed at once. Records of one item stay in one lane, and so in order: Lambda
    developer guide, "Process DynamoDB records with Lambda", `ParallelizationFactor`.
    """
    # Not CDK's own event source, which also grants GetQueueAttributes and ListStreams on all streams.
    lambda_.CfnEventSourceMapping(
        stack,
        f"{name}_stream",
        event_source_arn=stream,
        function_name=function.function_name,
        starting_position="TRIM_HORIZON",
        batch_size=BATCH,
        parallelization_factor=lanes,
        # Halves of a batch, and halves of those, end in batches of one record: a release that fails on every record
        # would then park them one by one, since of one record it cannot know (AWS Lambda API reference,
        # CreateEventSourceMapping, `BisectBatchOnFunctionError`). The whole batch waits for a fixed release instead.
        bisect_batch_on_function_error=False,
        function_response_types=["ReportBatchItemFailures"],
        maximum_retry_attempts=RETRIES_MAX,
        maximum_record_age_in_seconds=RECORD_AGE_S_MAX,
        destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=dead_letters)
        ),
        filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
            filters=[lambda_.CfnEventSourceMapping.FilterProperty(pattern=json.dumps(pattern)) for pattern in only]
        ),
    )
