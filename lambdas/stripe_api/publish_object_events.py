"""Worker: publish an event for each change of a declared resource's object, from the table's stream.

It is the only publisher of these events.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from paysandbox.aws.events.stream_publishing import publish_records
from paysandbox.stripe_api.resource_kit.publishing import messages_in
from paysandbox.stripe_api.resources.declared import RESOURCES


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """Publish the events of one batch of records. Raises errors of SNS and SQS, so that the whole batch is retried.

    On AWS a partial batch response would suffice, but the local engine treats it as success and would drop the rest.
    """
    publish_records(event["Records"], partial(messages_in, resources=RESOURCES))
    return {"batchItemFailures": []}
