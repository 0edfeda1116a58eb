"""Items copied out of the store and back, bypassing the wire: for tests that start from one state many times.

Covers the ledger and the tables of payment methods, webhooks, settlement, donations and disbursements.
"""

from typing import Any, Final

from paysandbox.aws.schema import PARTITION_KEY
from tests.support.worlds import stores, tables
from tests.support.worlds.stores import Item

Items = dict[str, Any]
"""What a store keeps of each table: to be restored, not to be inspected."""

EMPTY: Final[Items] = {}

_KEPT: Final = (
    tables.TABLE,
    tables.STRIPE_OBJECTS,
    tables.MERCHANTS,
    tables.INJECTED,
    tables.TIMED,
    tables.DISPUTED,
    tables.FOUND_BY,
    tables.GIVEN,
    *tables.WEBHOOKS.values(),
    *tables.SETTLEMENT.values(),
    *tables.DISBURSEMENT_TABLES.values(),
)


def take() -> Items:
    """Copy all items."""
    return {name: stores.chosen().take(name) for name in _KEPT}


def put_back(items: Items) -> None:
    """Restore exactly these items."""
    store = stores.chosen()
    store.forget_tokens()
    for name in _KEPT:
        store.put_back(name, items.get(name))


def everything() -> list[Item]:
    """Return all items of all these tables, in DynamoDB's format."""
    return [item for name in _KEPT for item in items_of(name)]


def items() -> list[Item]:
    """Return all items of the ledger, in DynamoDB's format."""
    return items_of(tables.TABLE)


def item(item_id: str) -> Item | None:
    """Return the current item of the ledger, in DynamoDB's format."""
    return item_at(tables.TABLE, {PARTITION_KEY: {"S": item_id}})


def item_at(name: str, key: dict[str, Any]) -> Item | None:
    """Return one item of a table in DynamoDB's format, by its key (or by a whole item)."""
    return stores.chosen().item(name, key)


def items_of(name: str) -> list[Item]:
    """Return all items of a table, in DynamoDB's format."""
    return stores.chosen().items(name)


def forget_requests() -> None:
    """Empty the request log and the feed."""
    empty(tables.REQUESTS)
    empty(tables.FEEDS)


def forget_payment_methods() -> None:
    """Empty the table of payment methods."""
    empty(tables.STRIPE_OBJECTS)


def take_webhooks() -> dict[str, Items]:
    """Copy all items of the webhook tables, by table."""
    return {name: stores.chosen().take(name) for name in tables.WEBHOOKS.values()}


def put_back_webhooks(items: dict[str, Items]) -> None:
    """Restore exactly these items in the webhook tables."""
    for name in tables.WEBHOOKS.values():
        stores.chosen().put_back(name, items.get(name))


def webhook_items() -> list[Item]:
    """Return all items of the webhook tables, in DynamoDB's format."""
    return [item for name in tables.WEBHOOKS.values() for item in items_of(name)]


def empty(name: str) -> None:
    """Remove all items of a table."""
    stores.chosen().put_back(name)


def forget_webhooks() -> None:
    """Empty the webhook tables."""
    for name in tables.WEBHOOKS.values():
        empty(name)
