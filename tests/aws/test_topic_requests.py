"""Requests to SNS that are encoded once have the bytes that botocore gives them."""

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from benchmarks.measuring import stubbed_aws
from paysandbox.aws import runtime

TOPIC = "arn:aws:sns:eu-central-1:123456789012:events"
ENTRY = {"Id": "0", "Message": '{"note":"größer & kleiner + 1 € = \\"💶\\" ~._-/%"}'}
ATTRIBUTES = {"merchant": {"DataType": "String", "StringValue": "demo"}, "place": {"DataType": "Number"}}
CALLS: dict[str, dict[str, Any]] = {
    "publish_batch": {
        "TopicArn": TOPIC,
        "PublishBatchRequestEntries": [ENTRY, {**ENTRY, "Id": "1", "MessageAttributes": ATTRIBUTES}],
    },
    "publish": {"TopicArn": TOPIC, "Message": ""},
    "list_topics": {},
}


def sent_by(client: Any, call: str) -> list[tuple[bytes, str]]:
    """Return the body and its length of each request that a client sends for a call."""
    sent: list[tuple[bytes, str]] = []

    def reply(request: Any, event_name: str, **_: Any) -> AWSResponse:
        body: bytes | str = request.body
        sent.append((body.encode() if isinstance(body, str) else body, request.headers["Content-Length"]))
        headers = HTTPHeaders.from_dict({"content-type": "text/xml"})
        answer = f"<Answer><{event_name.rpartition('.')[2]}Result/></Answer>".encode()
        return AWSResponse(request.url, 200, headers, stubbed_aws.Raw(answer))

    client.meta.events.register_first("before-send", reply)
    getattr(client, call)(**CALLS[call])
    return sent


@pytest.mark.parametrize("call", CALLS)
def test_the_bytes_are_those_of_botocore(call: str) -> None:
    with stubbed_aws.function():
        runtime.sns.cache_clear()
        expected = sent_by(boto3.client("sns", config=Config(parameter_validation=False)), call)
        assert sent_by(runtime.sns(), call) == expected
        assert len(expected) == 1
        runtime.sns.cache_clear()
