"""The comparison of DynamoDB operations asks both implementations, whose answers are checked by the program itself."""

from benchmarks.dynamodb_operations import measure


def test_each_operation_has_a_ratio() -> None:
    result = measure(rounds=2, times=3)
    assert result["cases"].keys() == {
        "BatchGetItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem",
    }  # fmt: skip
    assert all(case["ratio"]["median"] > 0 for case in result["cases"].values())
