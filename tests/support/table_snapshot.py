"""Items taken out of moto and put back, past the wire: for tests that begin from one state many times.

Of the ledger and of the tables of payment methods, webhooks, settlement and donations.
"""

import copy
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from tests.support import tables

Items = dict[str, dict[Any, Any]]
"""Items by key, as moto keeps them, by table: to be put back, not to be looked into."""

EMPTY: Final[Items] = {}

_KEPT: Final = (tables.TABLE, tables.METHODS, tables.GIVEN, *tables.WEBHOOKS.values(), *tables.SETTLEMENT.values())


def take() -> Items:
    """All items."""
    return {name: copy.deepcopy(dict(_table(name).items)) for name in _KEPT}


def put_back(items: Items) -> None:
    """Make the tables hold exactly these."""
    for name in _KEPT:
        kept = _table(name).items
        kept.clear()
        kept.update(copy.deepcopy(items.get(name, {})))


def everything() -> list[dict[str, Any]]:
    """All items of all these tables as DynamoDB writes them."""
    return [item.to_json()["Attributes"] for name in _KEPT for item in _table(name).all_items()]


def items() -> list[dict[str, Any]]:
    """All items as DynamoDB writes them."""
    return [item.to_json()["Attributes"] for item in _table().all_items()]


def item(item_id: str) -> dict[str, Any] | None:
    """One item of the ledger as DynamoDB writes it, as it is now."""
    table = _table()
    return item_at(table.name, {table.hash_key_attr: {"S": item_id}})


def item_at(name: str, key: dict[str, Any]) -> dict[str, Any] | None:
    """One item of a table as DynamoDB writes it, by its key (or by all of an item)."""
    table = _table(name)
    sort = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
    held = table.get_item(DynamoType(key[table.hash_key_attr]), sort)
    return copy.deepcopy(held.to_json()["Attributes"]) if held is not None else None


def items_of(name: str) -> list[dict[str, Any]]:
    """All items of a table as DynamoDB writes them."""
    return [copy.deepcopy(held.to_json()["Attributes"]) for held in _table(name).all_items()]


def forget_requests() -> None:
    """Empty the request log."""
    _table(tables.REQUESTS).items.clear()


def forget_payment_methods() -> None:
    """Empty the table of payment methods."""
    _table(tables.METHODS).items.clear()


def take_webhooks() -> dict[str, Items]:
    """All items of the tables of webhooks, by table."""
    return {name: copy.deepcopy(dict(_table(name).items)) for name in tables.WEBHOOKS.values()}


def put_back_webhooks(items: dict[str, Items]) -> None:
    """Make those tables hold exactly these."""
    forget_webhooks()
    for name, kept in items.items():
        _table(name).items.update(copy.deepcopy(kept))


def webhook_items() -> list[dict[str, Any]]:
    """All of them as DynamoDB writes them."""
    return [item.to_json()["Attributes"] for name in tables.WEBHOOKS.values() for item in _table(name).all_items()]


def forget_webhooks() -> None:
    """Empty the tables of webhooks."""
    for name in tables.WEBHOOKS.values():
        _table(name).items.clear()


def _table(name: str = tables.TABLE) -> Table:
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][tables.REGION].get_table(name)
