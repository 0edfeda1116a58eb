"""What a function gets from the local AWS is the same over its lane as over HTTP (engine/lane)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.worlds.probe_function import Probe, probe

CODE = '''
import os, socket
import boto3
from botocore.exceptions import ClientError
from paysandbox.aws import runtime

LARGE = "x" * 390_000

def client(service, way):
    """Return a client of a service: over HTTP if it sends a header that no lane knows."""
    made = boto3.client(service) if service != "dynamodb" else runtime._table_client()
    if way == "http":
        made.meta.events.register("before-sign", lambda request, **_: request.headers.add_header("X-By-Http", "1"))
    return made

def families():
    """Return the families of the sockets that this process has."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            with socket.socket(fileno=os.dup(int(name))) as it:
                found.add(it.family.name)
        except OSError:
            pass
    return sorted(found)

def shown(call, **arguments):
    try:
        answer = call(**arguments)
    except ClientError as error:
        answer = {"status": error.response["ResponseMetadata"]["HTTPStatusCode"], **error.response["Error"]}
        assert error.response["ResponseMetadata"]["RequestId"]
    else:
        assert answer.pop("ResponseMetadata")["RequestId"]
    return {name: repr(value) for name, value in answer.items() if name not in VOLATILE}

VOLATILE = ("MessageId", "SequenceNumber")

def handler(event, context):
    way, table, queue, topic = (event[name] for name in ("way", "table", "queue", "topic"))
    if way == "lane only":
        before = families()
        client("dynamodb", "lane").get_item(TableName=table, Key={"id": {"S": "1"}})
        shown(client("sqs", "lane").send_message, QueueUrl=queue + "-missing", MessageBody="x")
        return {"families": families(), "before": before}
    dynamodb, sqs, sns = (client(service, way) for service in ("dynamodb", "sqs", "sns"))
    one = {"TableName": table, "Key": {"id": {"S": "1"}}}
    item = {"id": {"S": "1"}, "text": {"S": LARGE}, "bytes": {"B": bytes(range(256))}, "other": {"S": "\\u00e4\\u20ac"}}
    attributes = {"of": {"DataType": "Binary", "BinaryValue": bytes(range(256))}}
    return {
        "put": shown(dynamodb.put_item, TableName=table, Item=item),
        "get": shown(dynamodb.get_item, **one),
        "condition": shown(
            dynamodb.put_item, TableName=table, Item=item, ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        ),
        "validation": shown(dynamodb.put_item, TableName=table, Item={"id": {"S": "1"}, "text": {"S": "x" * 420_000}}),
        "no table": shown(dynamodb.get_item, TableName="missing", Key={"id": {"S": "1"}}),
        "send": shown(sqs.send_message, QueueUrl=queue, MessageBody="m" * 262_000, MessageAttributes=attributes),
        "too long": shown(sqs.send_message, QueueUrl=queue, MessageBody="m" * 1_100_000),
        "no queue": shown(sqs.send_message, QueueUrl=queue + "-missing", MessageBody="x"),
        "publish": shown(sns.publish, TopicArn=topic, Message="\\u00e4&=%", MessageAttributes=attributes),
        "no topic": shown(sns.publish, TopicArn=topic + "-missing", Message="x"),
        "secret": shown(client("secretsmanager", way).get_secret_value, SecretId="missing"),
        "parameter": shown(client("ssm", way).get_parameter, Name="/missing"),
    }
'''


@pytest.fixture(scope="module")
def places(sandbox: Sandbox) -> Iterator[dict[str, str]]:
    """Provide a table, and a topic with a queue."""
    dynamodb, sqs, sns = (sandbox.target.client(service) for service in ("dynamodb", "sqs", "sns"))
    dynamodb.create_table(
        TableName="of-a-probe",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    queue = sqs.create_queue(QueueName="of-a-probe")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="of-a-probe")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    yield {"table": "of-a-probe", "queue": queue, "topic": topic}
    sns.delete_topic(TopicArn=topic)
    sqs.delete_queue(QueueUrl=queue)
    dynamodb.delete_table(TableName="of-a-probe")


@pytest.fixture(scope="module")
def calling(sandbox: Sandbox) -> Iterator[Probe]:
    """Provide a function that calls each service, the way that its event names."""
    with probe(sandbox.target, CODE, like="authorize_payment", name="of-a-probe") as it:
        yield it


def test_a_function_calls_aws_over_its_lane_only(calling: Probe, places: dict[str, str]) -> None:
    """Otherwise a new header of botocore's would lead to HTTP, and nobody would notice."""
    families = calling.invoke(way="lane only", **places)
    assert families == {"families": ["AF_UNIX"], "before": ["AF_UNIX"]}


def test_the_answers_are_the_same_over_both_ways(sandbox: Sandbox, calling: Probe, places: dict[str, str]) -> None:
    """Large items and messages, bytes, every protocol, and errors. What is published is delivered."""
    of: dict[str, tuple[dict[str, Any], list[Any]]] = {}
    for way in ("lane", "http"):
        of[way] = calling.invoke(way=way, **places), received(sandbox, places["queue"])
    over_lane, messages = of["lane"]
    over_http, _ = of["http"]
    assert {name: (over_lane[name], answer) for name, answer in over_http.items() if answer != over_lane[name]} == {}
    assert messages == of["http"][1]
    refused = {name for name, answer in over_lane.items() if "status" in answer}
    assert refused == {"condition", "validation", "no table", "no queue", "no topic", "secret", "parameter", "too long"}
    assert messages == [(262_000, "m", ALL_BYTES), (4, "ä", ALL_BYTES)]


ALL_BYTES = bytes(range(256))


def received(sandbox: Sandbox, queue: str) -> list[tuple[int, str, bytes]]:
    """Return length, first character and attribute of the two messages that a function has caused, the longer first."""
    sqs = sandbox.target.client("sqs")
    messages: list[Any] = []
    while len(messages) < 2:
        answer = sqs.receive_message(
            QueueUrl=queue, WaitTimeSeconds=10, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        messages += answer.get("Messages") or pytest.fail("a message is missing")
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    bodies = [
        (len(message["Body"]), message["Body"][0], message["MessageAttributes"]["of"]["BinaryValue"])
        for message in messages
    ]
    return sorted(bodies, reverse=True)
