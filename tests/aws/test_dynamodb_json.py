"""Requests that are encoded at once have the bytes that botocore's serializer gives them."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config

from benchmarks.measuring import stubbed_aws
from paysandbox.aws import runtime
from paysandbox.aws.dynamodb import dynamodb_json

ITEM: Mapping[str, Any] = {
    "transaction_id": {"S": "auth_größer \u2028"},
    "authorized": {"N": "1250"},
    "automatic": {"BOOL": True},
    "nothing": {"NULL": True},
    "sealed": {"B": b"\x00\xff"},
    "captures": {"M": {"cap_1": {"N": "1"}, "empty": {"M": {}}}},
    "operations": {"L": [{"M": {"id": {"S": "cap_1"}}}, {"L": []}]},
    "names": {"SS": ["a", "b"]},
}
KEY: Mapping[str, Any] = {"transaction_id": {"S": "auth_1"}}

CALLS: Mapping[str, Mapping[str, Any]] = {
    "put_item": {"TableName": "t", "Item": ITEM, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
    "update_item": {
        "TableName": "t",
        "Key": KEY,
        "UpdateExpression": "SET #0 = :0",
        "ExpressionAttributeNames": {"#0": "sealed"},
        "ExpressionAttributeValues": {":0": {"B": bytearray(b"\x01")}},
    },
    "get_item": {"TableName": "t", "Key": KEY, "ConsistentRead": True},
    "query": {"TableName": "t", "KeyConditionExpression": "#0 = :0", "Limit": 10, "ScanIndexForward": False},
    "batch_get_item": {"RequestItems": {"t": {"Keys": [KEY, KEY]}}},
    "transact_write_items": {
        "ClientRequestToken": "token",
        "TransactItems": [{"Put": {"TableName": "t", "Item": ITEM}}, {"Delete": {"TableName": "t", "Key": KEY}}],
    },
    "list_tables": {},
}


def bodies_of(client: Any, call: str, parameters: Mapping[str, Any]) -> list[bytes]:
    """Return the bodies that a client sends for a call."""
    sent: list[bytes] = []
    client.meta.events.register_first("before-send", lambda request, **_: sent.append(request.body))
    getattr(client, call)(**parameters)
    return sent


def plain_client() -> Any:
    client = boto3.client("dynamodb", config=Config(parameter_validation=False))
    stubbed_aws.answer_at_once(client)
    return client


@pytest.mark.parametrize("call", CALLS)
def test_the_bytes_are_those_of_botocore(call: str) -> None:
    with stubbed_aws.function():
        expected = bodies_of(plain_client(), call, CALLS[call])
        assert bodies_of(runtime.ledger().client, call, CALLS[call]) == expected
        assert len(expected) == 1


def test_a_transaction_without_a_token_gets_one() -> None:
    parameters = {"TransactItems": [{"Delete": {"TableName": "t", "Key": KEY}}]}
    with stubbed_aws.function():
        (body,) = bodies_of(runtime.ledger().client, "transact_write_items", parameters)
    assert len(json.loads(body)["ClientRequestToken"]) == 36


def test_the_parameters_of_the_caller_stay_as_they_are() -> None:
    parameters = dict(CALLS["put_item"])
    with stubbed_aws.function():
        runtime.ledger().client.put_item(**parameters)
    assert parameters == CALLS["put_item"]


def test_a_value_that_json_does_not_have_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="object is no value of an item"):
        dynamodb_json._encode({"S": object()})
