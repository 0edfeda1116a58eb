"""The maximum number of payments, which the engine keeps in memory.

A write to the ledger that would create one more is rejected, with an error that the functions report as
`payment_limit_reached`. All other writes are accepted: those of existing payments, and idempotency records.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.limits import PAYMENTS_SETTING, PROBE
from engine.state.table_indexes import Item, TableIndexes
from paysandbox.aws.schema import BY_MERCHANT, LEDGER, LEDGER_IS_FULL

_LEDGER: Final = f"-{LEDGER}"


class LedgerFullError(Exception):
    """A payment is beyond the maximum."""


def limit_payments(tables: Any, indexes: TableIndexes, payments_max: int) -> None:
    """Reject more payments. `tables` is ministack's DynamoDB service."""
    set_item = tables.set_item
    detail = (
        f"The local sandbox has reached its maximum of {payments_max:,} payments. Start over with paysandbox up "
        f"--fresh, or set {PAYMENTS_SETTING} to a higher number and restart it."
    )

    def set_within_limit(table: dict[str, Any], key: str, sort_key: str, item: Item) -> Item | None:
        if table["TableName"].endswith(_LEDGER) and key not in table["items"] and _is_limited(item):
            payments = indexes.derived(table).indexes[BY_MERCHANT.name]
            if payments.count >= payments_max:
                raise LedgerFullError
        stored: Item | None = set_item(table, key, sort_key, item)
        return stored

    def rejecting(write: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        def write_or_reject(data: dict[str, Any]) -> Any:
            try:
                return write(data)
            except LedgerFullError:  # the only item of the request, which was not written
                return tables.error_response_json(LEDGER_IS_FULL, detail, 400)

        return write_or_reject

    tables.set_item = set_within_limit
    for write in ("put_item", "update_item"):
        setattr(tables, write, rejecting(getattr(tables, write)))


def stored_payments(tables: Any, indexes: TableIndexes) -> int:
    """Return how many payments there are, as the limit counts them."""
    ledgers = (table for _, table in tables.tables.all_items() if table["TableName"].endswith(_LEDGER))
    return sum(indexes.derived(table).indexes[BY_MERCHANT.name].count for table in ledgers)


def _is_limited(item: Mapping[str, Any]) -> bool:
    """Return whether an item of the ledger is a payment, which only those in its lists are.

    The payment with which `paysandbox up` verifies the sandbox is accepted in any case.
    """
    return BY_MERCHANT.partition_key in item and item["merchant"] != {"S": PROBE}
