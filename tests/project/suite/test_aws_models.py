"""A call that AWS would refuse fails a test, though the functions' clients do not validate what they send."""

from typing import Any

import boto3
import pytest
from botocore.config import Config

UNCHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1}, connect_timeout=0.1)
KEY = {"id": {"S": "1"}}


@pytest.mark.parametrize(
    "parameters, said",
    [
        ({"Key": KEY}, 'Missing required parameter in input: "TableName"'),
        ({"TableName": "ledger", "Key": KEY, "Consistent": True}, 'Unknown parameter in input: "Consistent"'),
        ({"TableName": "ledger", "Key": {"id": {"S": 1}}}, "Invalid type for parameter Key.id.S"),
        ({"TableName": "ledger", "Key": {"a" * 65_536: {"S": "1"}}}, "65535 of AttributeName at most, not 65536"),
        ({"TableName": "ledger", "Key": KEY, "ReturnConsumedCapacity": "ALL"}, "no such ReturnConsumedCapacity: 'ALL'"),
        ({"TableName": "a" * 1_025, "Key": KEY}, "1024 of TableArn at most, not 1025"),
        ({"TableName": "ledger", "Key": KEY, "AttributesToGet": []}, "Invalid length for parameter AttributesToGet"),
    ],
)  # fmt: skip
def test_calls_that_aws_would_reject(parameters: dict[str, Any], said: str) -> None:
    client = boto3.client(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b", config=UNCHECKED,
        endpoint_url="http://127.0.0.1:1",
    )  # fmt: skip
    with pytest.raises(AssertionError) as refused:
        client.get_item(**parameters)
    assert said in str(refused.value)
