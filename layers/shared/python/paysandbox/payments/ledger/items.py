"""Convert payments and idempotency records to and from DynamoDB items."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from paysandbox.aws.index_shards import written_shards
from paysandbox.aws.schema import DUE_SHARDS, PARTITION_KEY, TTL_ATTRIBUTE, shard_key
from paysandbox.core import ids
from paysandbox.core.idempotency_record import Fingerprint, IdempotencyRecord
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.bank.card import Card
from paysandbox.payments.ledger.records import Item, record_entry, record_from
from paysandbox.payments.operations.kinds import KINDS, operation_class
from paysandbox.payments.payment import ANNOTATIONS, Annotations, Operation, Payment

DUE: Final = "open"
"""Index partition of all payments that something is left to do with, without the shard. They are due from their
creation on, whatever is left to do, so that a capture moves no entry."""

_REFERENCE_BYTES: Final = 6
"""Of a digest. References with the same digest are compared when their payments are read."""

UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError, StopIteration, OverflowError)
"""Errors that parsing or folding a malformed item may raise."""

_SETTLEMENT: Final = "settle"
"""The kind of operation that is stored short."""

_OF_THE_PAYMENT: Final[Mapping[str, str]] = {"id": PARTITION_KEY, "at": "created_at"}
"""What the first operation has in common with its payment, by the payment's attribute. It is stored once, because
every write is billed by size."""


def key(item_id: str) -> Item:
    """Return the primary key of a payment or idempotency record."""
    return {PARTITION_KEY: {"S": item_id}}


def payment_item(payment: Payment, shards: int | None = None) -> Item:
    """Build the item of a new payment. Of `shards`, see `written_shards`."""
    shard, due_shard = ids.shard_of(payment.id, written_shards(shards)), ids.shard_of(payment.id, DUE_SHARDS)
    item: Item = {
        **key(payment.id),
        "merchant": {"S": payment.merchant},
        "currency": {"S": payment.currency},
        "authorized": {"N": str(payment.authorized)},
        "capture_before": {"S": format_timestamp(payment.capture_before)},
        "created_at": {"S": format_timestamp(payment.created_at)},
        "body_hash": {"S": payment.fingerprint.body_hash},
        "key_version": {"N": str(payment.fingerprint.key_version)},
        "refundable": {"N": str(payment.refundable)},
        "captures": amounts_entry(payment.captures),
        "amounts": amounts_entry(payment.amounts),
        "version": {"N": str(payment.version)},
        "listed_at": {"S": listed_at(payment)},
        "merchant_key": {"S": shard_key(payment.merchant, shard)},
        "due_key": {"S": shard_key(DUE, due_shard)},
        TTL_ATTRIBUTE: {"N": str(payment.purge_at)},
    }
    if (card := payment.last_card) is not None:
        item["card_key"] = {"S": card_key(payment.id, card, shards)}
    if (reference := payment.annotations.reference) is not None:
        named = reference_partition(payment.merchant, reference)
        item["ref_key"] = {"S": shard_key(named, shard)}
    if payment.remaining is not None:
        item["remaining"] = {"N": str(payment.remaining)}
    if payment.due_at is not None:
        item["due_at"] = {"S": format_timestamp(payment.due_at)}
    if payment.unsettled_since is not None:
        item["unsettled_since"] = {"S": format_timestamp(payment.unsettled_since)}
    if payment.automatic:
        item["automatic"] = {"BOOL": True}
    item["operations"] = {"L": _operation_items(payment, item)}
    return (
        item | _rare_attributes(payment) | {name: {"S": value} for name, value in payment.annotations.noted().items()}
    )


def _operation_items(payment: Payment, item: Item) -> list[Item]:
    """Encode the operations, the first without what it has in common with the payment's item."""
    entries = [operation_item(operation) for operation in payment.operations]
    if entries:
        first = entries[0]["M"]
        for name, of_payment in _OF_THE_PAYMENT.items():
            if first[name] == item[of_payment]:
                del first[name]
    return entries


def operation_entries(item: Item) -> list[Item]:
    """Return the attributes of each operation in a payment's item, with those that are stored nowhere or elsewhere."""
    entries = [entry["M"] for entry in item["operations"]["L"]]
    if entries:
        entries[0] = {name: item[of_payment] for name, of_payment in _OF_THE_PAYMENT.items()} | entries[0]
    payment_id = item[PARTITION_KEY]["S"]
    return [_whole(payment_id, entry) if entry["kind"]["S"] == _SETTLEMENT else entry for entry in entries]


def _short(payment_id: str, entry: Item) -> Item:
    """Return a settlement's entry without what follows from its payment and batch: its ID, and parts of its lines' IDs.

    Without them, a payment with a reference that is settled fits into a kilobyte, which is a write unit.
    """
    short = entry | _lines(entry, lambda line_id: ids.without_payment(line_id, payment_id))
    if short["id"]["S"] == _settlement_id(payment_id, entry):
        del short["id"]
    return short


def _whole(payment_id: str, entry: Item) -> Item:
    """Return the entry of which `_short` returned this."""
    lines = _lines(entry, lambda line_id: ids.with_payment(line_id, payment_id))
    return {"id": {"S": _settlement_id(payment_id, entry)}} | entry | lines


def _settlement_id(payment_id: str, entry: Item) -> str:
    """Return the ID that a settlement with this entry has."""
    return ids.settlement_id(payment_id, entry["batch"]["S"], _optional_text(entry, "of"))


def _lines(entry: Item, named: Callable[[str], str]) -> Item:
    """Return the lines of a settlement's entry under other IDs."""
    return {
        "settled": {
            "L": [{"M": line["M"] | {"id": {"S": named(line["M"]["id"]["S"])}}} for line in entry["settled"]["L"]]
        }
    }


def _rare_attributes(payment: Payment) -> Item:
    """Encode what few payments have."""
    item: Item = {}
    if payment.pending_refunds is not None:
        item["pending_refunds"] = amounts_entry(payment.pending_refunds)
    if payment.open_until is not None:
        item["open_until"] = {"S": format_timestamp(payment.open_until)}
    if payment.plan is not None:
        item["plan"] = {"S": payment.plan}
    if payment.dispute is not None:
        item["dispute"] = {"S": payment.dispute}
    if payment.presented_until is not None:
        item["presented_until"] = {"S": format_timestamp(payment.presented_until)}
    return item


def payment_from(item: Item) -> Payment:
    """Parse a payment from its item."""
    return Payment(
        id=item[PARTITION_KEY]["S"],
        merchant=item["merchant"]["S"],
        currency=item["currency"]["S"],
        authorized=int(item["authorized"]["N"]),
        capture_before=parse_timestamp(item["capture_before"]["S"]),
        created_at=parse_timestamp(item["created_at"]["S"]),
        fingerprint=_fingerprint(item),
        operations=tuple(map(_operation, operation_entries(item))),
        version=int(item["version"]["N"]),
        purge_at=int(item[TTL_ATTRIBUTE]["N"]),
        remaining=_optional_number(item, "remaining"),
        refundable=int(item["refundable"]["N"]),
        captures=_numbers(item["captures"]),
        amounts=_numbers(item["amounts"]),
        unallocated_refund=_optional_number(item, "unallocated_refund"),
        due_at=_optional_instant(item, "due_at"),
        unsettled_since=_optional_instant(item, "unsettled_since"),
        automatic="automatic" in item,
        annotations=Annotations(**{name: item[name]["S"] for name in ANNOTATIONS if name in item}),
        pending_refunds=_numbers(item["pending_refunds"]) if "pending_refunds" in item else None,
        open_until=_optional_instant(item, "open_until"),
        plan=_optional_text(item, "plan"),
        dispute=_optional_text(item, "dispute"),
        presented_until=_optional_instant(item, "presented_until"),
    )


def payment_in(item: Item | None) -> Payment | None:
    """Parse the payment in an item. None if there is no item, or if it is an idempotency record."""
    return None if item is None or is_idempotency_record(item) else payment_from(item)


def is_idempotency_record(item: Item) -> bool:
    """Whether an item is an idempotency record, whatever its ID. Any other item is a payment, possibly malformed."""
    return "claimed_at" in item and "operations" not in item


def idempotency_record_item(record: IdempotencyRecord) -> Item:
    """Build the item of an idempotency record.

    It has no operations and no index attributes, so lists and stream consumers ignore it, and no merchant, so the
    condition of a payment update never passes for it.
    """
    item: Item = {
        **key(record.id),
        "operation_id": {"S": record.operation_id},
        "body_hash": {"S": record.fingerprint.body_hash},
        "key_version": {"N": str(record.fingerprint.key_version)},
        "claimed_at": {"S": format_timestamp(record.claimed_at)},
    }
    if record.endpoint is not None:
        item["endpoint"] = {"S": record.endpoint}
    return item | ({TTL_ATTRIBUTE: {"N": str(record.purge_at)}} if record.purge_at is not None else {})


def idempotency_record_from(item: Item) -> IdempotencyRecord:
    """Parse an idempotency record from its item."""
    return IdempotencyRecord(
        id=item[PARTITION_KEY]["S"],
        operation_id=item["operation_id"]["S"],
        fingerprint=_fingerprint(item),
        claimed_at=parse_timestamp(item["claimed_at"]["S"]),
        purge_at=int(item[TTL_ATTRIBUTE]["N"]) if TTL_ATTRIBUTE in item else None,
        endpoint=_optional_text(item, "endpoint"),
    )


def operation_item(operation: Operation) -> Item:
    """Encode an operation as an entry of `operations`."""
    entry = record_entry(operation)
    if operation.kind == _SETTLEMENT and (payment_id := ids.payment_of(operation.id)) is not None:
        entry = _short(payment_id, entry)
    return {"M": {"kind": {"S": operation.kind}, **entry}}


def _operation(entry: Item) -> Operation:
    kind = entry["kind"]["S"]
    if kind not in KINDS:
        raise AssertionError(f"unknown kind of operation: {kind}")
    return record_from(operation_class(kind), entry)


def card_key(payment_id: str, card: Card, shards: int | None = None) -> str:
    """Return the index partition of the card's payments that this payment belongs to. Of `shards`, see
    `written_shards`."""
    return shard_key(card.card_id, ids.shard_of(payment_id, written_shards(shards)))


def reference_partition(merchant: str, reference: str) -> str:
    """Return the index partition of a merchant's payments with this reference, without the shard: a digest.

    It is short, because a payment with an order's texts and its capture fit into a kilobyte, which is a write unit.
    """
    digest = hashlib.sha256(f"{merchant}#{reference}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:_REFERENCE_BYTES]).decode().rstrip("=")


def listed_at(payment: Payment) -> str:
    """Return the sort key for lists: the creation time, made unique by the ID."""
    return f"{format_timestamp(payment.created_at)}#{payment.id}"


def _fingerprint(item: Item) -> Fingerprint:
    return Fingerprint(item["body_hash"]["S"], int(item["key_version"]["N"]))


def amounts_entry(amounts: Mapping[str, int]) -> Item:
    """Encode a map of amounts."""
    return {"M": {name: {"N": str(amount)} for name, amount in amounts.items()}}


def _numbers(entry: Item) -> dict[str, int]:
    return {name: int(value["N"]) for name, value in entry["M"].items()}


def _optional_number(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def _optional_text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def _optional_instant(item: Item, name: str) -> datetime | None:
    return parse_timestamp(item[name]["S"]) if name in item else None
