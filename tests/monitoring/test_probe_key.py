"""Where the probe's key comes from."""

from typing import Any

import pytest

from monitoring.probe_key import find_key, make_key


class Gateway:
    """An API Gateway that holds these plan keys, in pages, and remembers what it was told."""

    def __init__(self, *pages: list[dict[str, str]], refuses: str = "") -> None:
        self.pages, self.refuses = pages, refuses
        self.told: list[tuple[str, Any]] = []

    def get_paginator(self, operation: str) -> Any:
        self.told.append((operation, None))
        return self

    def paginate(self, **query: str) -> Any:
        self.told.append(("paginate", query))
        return ({"items": page} for page in self.pages)

    def __getattr__(self, operation: str) -> Any:
        def call(**told: Any) -> dict[str, str]:
            self.told.append((operation, told))
            if operation == self.refuses:
                raise RuntimeError(operation)
            return {"id": "key1"}

        return call


def test_probe_has_its_own_key_and_plan() -> None:
    gateway: Any = Gateway([], [{"name": "paysandbox-test-probe-a", "value": "sk_test_probe_x"}])
    assert find_key(gateway, "plan1", "test") == "sk_test_probe_x"
    query = {"usagePlanId": "plan1", "nameQuery": "paysandbox-test-probe-"}
    assert gateway.told == [("get_usage_plan_keys", None), ("paginate", query)]


def test_a_key_without_its_value_is_not_duplicated() -> None:
    gateway: Any = Gateway([{"name": "paysandbox-test-probe-a"}])
    with pytest.raises(KeyError):
        find_key(gateway, "plan1", "test")


def test_keys_are_unique() -> None:
    gateway: Any = Gateway()
    for _ in range(2):
        make_key(gateway, "plan1", "test")
    made = [told for operation, told in gateway.told if operation == "create_api_key"]
    assert len({key["value"] for key in made}) == len({key["name"] for key in made}) == 2
    assert gateway.told[1] == (
        "create_usage_plan_key",
        {"usagePlanId": "plan1", "keyId": "key1", "keyType": "API_KEY"},
    )


def test_errors_are_raised() -> None:
    gateway: Any = Gateway(refuses="create_usage_plan_key")
    with pytest.raises(RuntimeError):
        make_key(gateway, "plan1", "test")
