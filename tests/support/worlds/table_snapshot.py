"""Items copied out of moto and back, bypassing the wire: for tests that start from one state many times.

Covers the ledger and the tables of payment methods, webhooks, settlement, donations and disbursements.
"""

import copy
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from tests.support.worlds import tables, transaction_tokens

Items = dict[str, dict[Any, Any]]
"""moto's items by key, by table: to be restored, not to be inspected."""

EMPTY: Final[Items] = {}

_KEPT: Final = (
    tables.TABLE,
    tables.STRIPE_OBJECTS,
    tables.MERCHANTS,
    tables.INJECTED,
    tables.TIMED,
    tables.DISPUTED,
    tables.GIVEN,
    *tables.WEBHOOKS.values(),
    *tables.SETTLEMENT.values(),
    *tables.DISBURSEMENT_TABLES.values(),
)


def take() -> Items:
    """Copy all items."""
    return {name: copy.deepcopy(dict(_table(name).items)) for name in _KEPT}


def put_back(items: Items) -> None:
    """Restore exactly these items."""
    transaction_tokens.forget()
    for name in _KEPT:
        kept = _table(name).items
        kept.clear()
        kept.update(copy.deepcopy(items.get(name, {})))


def everything() -> list[dict[str, Any]]:
    """Return all items of all these tables, in DynamoDB's format."""
    return [item.to_json()["Attributes"] for name in _KEPT for item in _table(name).all_items()]


def items() -> list[dict[str, Any]]:
    """Return all items of the ledger, in DynamoDB's format."""
    return [item.to_json()["Attributes"] for item in _table().all_items()]


def item(item_id: str) -> dict[str, Any] | None:
    """Return the current item of the ledger, in DynamoDB's format."""
    table = _table()
    return item_at(table.name, {table.hash_key_attr: {"S": item_id}})


def item_at(name: str, key: dict[str, Any]) -> dict[str, Any] | None:
    """Return one item of a table in DynamoDB's format, by its key (or by a whole item)."""
    table = _table(name)
    sort = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
    held = table.get_item(DynamoType(key[table.hash_key_attr]), sort)
    return copy.deepcopy(held.to_json()["Attributes"]) if held is not None else None


def items_of(name: str) -> list[dict[str, Any]]:
    """Return all items of a table, in DynamoDB's format."""
    return [copy.deepcopy(held.to_json()["Attributes"]) for held in _table(name).all_items()]


def forget_requests() -> None:
    """Empty the request log and the feed."""
    _table(tables.REQUESTS).items.clear()
    _table(tables.FEEDS).items.clear()


def forget_payment_methods() -> None:
    """Empty the table of payment methods."""
    _table(tables.STRIPE_OBJECTS).items.clear()


def take_webhooks() -> dict[str, Items]:
    """Copy all items of the webhook tables, by table."""
    return {name: copy.deepcopy(dict(_table(name).items)) for name in tables.WEBHOOKS.values()}


def put_back_webhooks(items: dict[str, Items]) -> None:
    """Restore exactly these items in the webhook tables."""
    forget_webhooks()
    for name, kept in items.items():
        _table(name).items.update(copy.deepcopy(kept))


def webhook_items() -> list[dict[str, Any]]:
    """Return all items of the webhook tables, in DynamoDB's format."""
    return [item.to_json()["Attributes"] for name in tables.WEBHOOKS.values() for item in _table(name).all_items()]


def empty(name: str) -> None:
    """Remove all items of a table."""
    _table(name).items.clear()


def forget_webhooks() -> None:
    """Empty the webhook tables."""
    for name in tables.WEBHOOKS.values():
        _table(name).items.clear()


def _table(name: str = tables.TABLE) -> Table:
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][tables.REGION].get_table(name)
