"""The maximum number of payments: more are rejected, and everything else in the ledger is accepted."""

from types import SimpleNamespace
from typing import Any

import pytest

from cli.sandbox import engine
from cli.terminal.failure import Failure
from engine.limits import PAYMENTS_SETTING
from engine.ministack import view
from engine.state.packed_items import ONLY, PackedItems
from engine.state.payment_limit import limit_payments, stored_payments
from engine.state.table_indexes import TableIndexes
from paysandbox.aws.schema import BY_MERCHANT, LEDGER, LEDGER_IS_FULL


class Tables(SimpleNamespace):
    """The part of ministack's DynamoDB that stores items. A request has a key, and an item or None."""

    _INDEX_MEMBERS = "members"

    def __init__(self, name: str, payments_max: int) -> None:
        arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{name}"
        self.table: dict[str, Any] = {"TableName": name, "TableArn": arn, "items": PackedItems()}
        self._ttl_settings = SimpleNamespace(get_scoped=lambda *_: {})
        self._index_key_schemas = lambda _: [(BY_MERCHANT.name, [BY_MERCHANT.partition_key], [BY_MERCHANT.sort_key])]
        indexes = TableIndexes(view("dynamodb", self), {})
        self._set_item = indexes.set_item
        self.remove = lambda key: indexes.remove_item(self.table, key, ONLY)
        self._put_item = self._update_item = self._write
        self.error_response_json = lambda code, message, status: (status, code, message)
        limit_payments(view("dynamodb", self), indexes, payments_max)
        self._tables = SimpleNamespace(all_items=lambda: [(("000000000000", "us-east-1", name), self.table)])
        self.stored = lambda: stored_payments(view("dynamodb", self), indexes)

    def _write(self, data: dict[str, Any]) -> Any:
        self._set_item(self.table, data["key"], ONLY, data["item"])
        return (200, "", "")


def payment(amount: int = 1, merchant: str = "acme") -> dict[str, Any]:
    listed = {BY_MERCHANT.partition_key: {"S": f"{merchant}#1"}, BY_MERCHANT.sort_key: {"S": "2030"}}
    return {"merchant": {"S": merchant}, "amount": {"N": str(amount)}, **listed}


@pytest.fixture
def full() -> Tables:
    tables = Tables(f"paysandbox-local-{LEDGER}", 2)
    for key in ("one", "two"):
        assert tables._put_item({"key": key, "item": payment()})[0] == 200
    return tables


@pytest.mark.parametrize("write", ["_put_item", "_update_item"])
@pytest.mark.parametrize(
    "key, item, is_accepted",
    [
        ("three", payment(), False),
        ("one", payment(2), True),
        ("three", payment(merchant="probe"), True),
        ("clm_one", {"body_hash": {"S": "an idempotency record"}}, True),
    ],
    ids=["a payment", "an existing payment", "the payment of `up`", "an idempotency record"],
)
def test_beyond_the_maximum(full: Tables, write: str, key: str, item: dict[str, Any], is_accepted: bool) -> None:
    status, code, message = getattr(full, write)({"key": key, "item": item})
    assert (status, code) == ((200, "") if is_accepted else (400, LEDGER_IS_FULL))
    assert (full.table["items"].read(key, ONLY) == item) is is_accepted
    assert is_accepted or ("paysandbox up --fresh" in message and PAYMENTS_SETTING in message)


def test_a_removed_payment_makes_room(full: Tables) -> None:
    full.remove("one")
    assert full._put_item({"key": "three", "item": payment()})[0] == 200


def test_other_tables_have_no_maximum() -> None:
    tables = Tables("paysandbox-local-Disputes", 0)
    assert tables._put_item({"key": "one", "item": payment()})[0] == 200
    assert tables.stored() == 0


def test_payments_are_counted_as_the_maximum_counts_them(full: Tables) -> None:
    assert full.stored() == 2
    full._put_item({"key": "three", "item": payment()})
    full._put_item({"key": "clm_one", "item": {"body_hash": {"S": "an idempotency record"}}})
    assert full.stored() == 2
    full._put_item({"key": "three", "item": payment(merchant="probe")})
    full.remove("one")
    full.remove("two")
    assert full.stored() == 1


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "٣"])
def test_a_maximum_is_a_positive_whole_number(text: str) -> None:
    with pytest.raises(Failure, match=PAYMENTS_SETTING):
        engine.limit_in({PAYMENTS_SETTING: text}, PAYMENTS_SETTING, 200_000)


@pytest.mark.parametrize(
    "variables, number", [({}, 200_000), ({PAYMENTS_SETTING: ""}, 200_000), ({PAYMENTS_SETTING: "7"}, 7)]
)
def test_the_maximum_is_a_setting(variables: dict[str, str], number: int) -> None:
    assert engine.limit_in(variables, PAYMENTS_SETTING, 200_000) == number
