"""What a call requires: a row per kind of call."""

from typing import Any

import pytest

from tests.infra.iam.aws_requests import AwsRequest, requests_of

LEDGER = "paysandbox-test-PaymentsLedger"
KEY = {"transaction_id": {"S": "auth_1"}}
TABLE, PUT = ("table", LEDGER), {"dynamodb:ReturnValues": "NONE"}


def about(*names: str, leading: tuple[str, ...] = ("auth_1",), **more: str) -> dict[str, Any]:
    """Return the context of a request about items, with the attributes in their order."""
    keys = {"dynamodb:LeadingKeys": [*leading]} if leading else {}
    return {**keys, "dynamodb:Attributes": [*names], **{f"dynamodb:{name}": value for name, value in more.items()}}


CALLS: dict[str, tuple[str, str, dict[str, Any], list[AwsRequest]]] = {
    "the attributes of an item and of its condition": (
        "dynamodb",
        "PutItem",
        {
            "TableName": LEDGER,
            "Item": KEY | {"amount": {"N": "1"}},
            "ConditionExpression": "attribute_not_exists(transaction_id) OR #old.part[0] < :now",
            "ExpressionAttributeNames": {"#old": "purge_at"},
        },
        [AwsRequest("dynamodb:PutItem", TABLE, about("amount", "purge_at", "transaction_id", ReturnValues="NONE"))],
    ),
    "an update's attributes": (
        "dynamodb",
        "UpdateItem",
        {
            "TableName": LEDGER,
            "Key": KEY,
            "UpdateExpression": "SET captured = if_not_exists(captured, :zero) + :one REMOVE due_key ADD version :one",
            "ReturnValues": "ALL_NEW",
        },
        [
            AwsRequest(
                "dynamodb:UpdateItem",
                TABLE,
                about("captured", "due_key", "transaction_id", "version", ReturnValues="ALL_NEW"),
            )
        ],
    ),
    "a query of an index is of the index, by its partition": (
        "dynamodb",
        "Query",
        {
            "TableName": LEDGER,
            "IndexName": "by_due",
            "KeyConditionExpression": "due_key = :shard AND due_at < :now",
            "ExpressionAttributeValues": {":shard": {"S": "3"}, ":now": {"S": "2026"}},
        },
        [
            AwsRequest(
                "dynamodb:Query",
                ("index", LEDGER, "by_due"),
                about("due_at", "due_key", leading=("3",), Select="ALL_PROJECTED_ATTRIBUTES"),
            )
        ],
    ),
    "a scan has no leading key": (
        "dynamodb",
        "Scan",
        {"TableName": LEDGER, "ProjectionExpression": "merchant"},
        [AwsRequest("dynamodb:Scan", TABLE, about("merchant", leading=(), Select="SPECIFIC_ATTRIBUTES"))],
    ),
    "each part of a transaction": (
        "dynamodb",
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": LEDGER, "Item": KEY}},
                {"ConditionCheck": {"TableName": LEDGER, "Key": KEY, "ConditionExpression": "version = :one"}},
            ]
        },
        [
            AwsRequest(
                "dynamodb:PutItem",
                TABLE,
                about("transaction_id", ReturnValues="NONE", EnclosingOperation="TransactWriteItems"),
            ),
            AwsRequest(
                "dynamodb:ConditionCheckItem",
                TABLE,
                about("transaction_id", "version", ReturnValues="NONE", EnclosingOperation="TransactWriteItems"),
            ),
        ],
    ),
    "the keys of a batch": (
        "dynamodb",
        "BatchGetItem",
        {"RequestItems": {LEDGER: {"Keys": [KEY, {"transaction_id": {"S": "auth_2"}}]}}},
        [AwsRequest("dynamodb:BatchGetItem", TABLE, about("transaction_id", leading=("auth_1", "auth_2")))],
    ),
    "a batch of messages": (
        "sqs",
        "SendMessageBatch",
        {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/due", "Entries": []},
        [AwsRequest("sqs:SendMessage", ("queue", "due"))],
    ),
    "a parameter that is decrypted": (
        "ssm",
        "GetParameter",
        {"Name": "/a/key", "WithDecryption": True},
        [AwsRequest("ssm:GetParameter", ("secure parameter", "/a/key"))],
    ),
    "a list by its prefix": (
        "s3",
        "ListObjectsV2",
        {"Bucket": "reports", "Prefix": "ach/in/"},
        [AwsRequest("s3:ListBucket", ("bucket", "reports"), {"s3:prefix": "ach/in/"})],
    ),
    "a part of an upload": (
        "s3",
        "UploadPart",
        {"Bucket": "reports", "Key": "demo/1.csv", "PartNumber": 1},
        [AwsRequest("s3:PutObject", ("object", "reports", "demo/1.csv"))],
    ),
    "versions that are deleted": (
        "s3",
        "DeleteObjects",
        {"Bucket": "reports", "Delete": {"Objects": [{"Key": "a", "VersionId": "1"}]}},
        [
            AwsRequest("s3:DeleteObject", ("object", "reports", "a")),
            AwsRequest("s3:DeleteObjectVersion", ("object", "reports", "a")),
        ],
    ),
    "a stage": (
        "apigateway",
        "UpdateStage",
        {"restApiId": "a1", "stageName": "live"},
        [AwsRequest("apigateway:PATCH", ("api", "/restapis/a1/stages/live"))],
    ),
}


@pytest.mark.parametrize("service, operation, parameters, requests", CALLS.values(), ids=CALLS)
def test_requests(service: str, operation: str, parameters: dict[str, Any], requests: list[AwsRequest]) -> None:
    assert requests_of(service, operation, parameters) == requests


def test_an_unknown_call_is_an_error() -> None:
    """Otherwise, a call of a new service would be left out."""
    with pytest.raises(KeyError):
        requests_of("kinesis", "PutRecord", {})
