"""Convert disbursements to and from DynamoDB items."""

from typing import Any, Final

from paysandbox.aws.index_shards import written_shards
from paysandbox.aws.schema import (
    DISBURSEMENT_SHARDS,
    DISBURSEMENTS_BY_MERCHANT,
    DISBURSEMENTS_DUE,
    DISBURSEMENTS_KEY,
    DISBURSEMENTS_SORT,
    shard_key,
    shard_of_text,
)
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.customers.customers_table import bank_account_attribute, bank_account_in, own_id, scoped_id
from paysandbox.disbursements.disbursement import Change, Disbursement, Source, Status

Item = dict[str, Any]

UNREADABLE: Final = (LookupError, ValueError, TypeError, AttributeError)
"""Errors of reading an item that this version did not write."""

DUE: Final = "due"
"""Index partition of all due disbursements, without the shard."""


def disbursement_key(merchant: str, customer_id: str, disbursement_id: str) -> Item:
    """Return the primary key of a disbursement."""
    return {DISBURSEMENTS_KEY: {"S": scoped_id(merchant, customer_id)}, DISBURSEMENTS_SORT: {"S": disbursement_id}}


def listed_at(disbursement: Disbursement) -> str:
    """Return the place of a disbursement in its merchant's list: when it was created, made unique by its ID."""
    return f"{format_timestamp(disbursement.created_at)}#{disbursement.id.rpartition('-')[2]}"


def disbursement_item(disbursement: Disbursement, shards: int | None = None) -> Item:
    """Build the item of a disbursement. Of `shards`, see `written_shards`."""
    item: Item = {
        **disbursement_key(disbursement.merchant, disbursement.customer_id, disbursement.id),
        "email": {"S": disbursement.email},
        "amount": {"N": str(disbursement.amount)},
        "currency": {"S": disbursement.currency},
        "payment_method": {"S": disbursement.method},
        "status": {"S": str(disbursement.status)},
        "created_at": {"S": format_timestamp(disbursement.created_at)},
        "trail": {"L": [_change_item(change) for change in disbursement.trail]},
        "fee": {"N": str(disbursement.fee)},
        "attempts": {"N": str(disbursement.attempts)},
        "stalled": {"BOOL": disbursement.stalled},
        "cancel_requested": {"BOOL": disbursement.cancel_requested},
        "version": {"N": str(disbursement.version)},
        DISBURSEMENTS_BY_MERCHANT.partition_key: {
            "S": shard_key(disbursement.merchant, shard_of_text(disbursement.id, written_shards(shards)))
        },
        DISBURSEMENTS_BY_MERCHANT.sort_key: {"S": listed_at(disbursement)},
    }
    if disbursement.provider_fee is not None:
        item["provider_fee"] = {"N": str(disbursement.provider_fee)}
    if disbursement.bank_account is not None:
        item["bank_account"] = bank_account_attribute(disbursement.bank_account)
    texts = {
        "sent_at": format_timestamp(disbursement.sent_at) if disbursement.sent_at else None,
        "reference": disbursement.reference,
        "item_reference": disbursement.item_reference,
        "outcome": disbursement.outcome,
        "stripe_account": disbursement.stripe_account,
    }
    item |= {name: {"S": text} for name, text in texts.items() if text is not None}
    if disbursement.due_at is not None:
        due_shard = shard_of_text(disbursement.id, DISBURSEMENT_SHARDS)
        item[DISBURSEMENTS_DUE.partition_key] = {"S": shard_key(DUE, due_shard)}
        item[DISBURSEMENTS_DUE.sort_key] = {"S": format_timestamp(disbursement.due_at)}
    return item


def disbursement_from(item: Item) -> Disbursement:
    """Parse a disbursement from its item. Raises KeyError or ValueError if it is none."""

    def text(name: str) -> str | None:
        return item[name]["S"] if name in item else None

    merchant, customer_id = own_id(item[DISBURSEMENTS_KEY]["S"])
    sent_at, due_at = text("sent_at"), text(DISBURSEMENTS_DUE.sort_key)
    return Disbursement(
        merchant=merchant,
        customer_id=customer_id,
        id=item[DISBURSEMENTS_SORT]["S"],
        email=item["email"]["S"],
        amount=int(item["amount"]["N"]),
        currency=item["currency"]["S"],
        method=item["payment_method"]["S"],
        created_at=parse_timestamp(item["created_at"]["S"]),
        trail=tuple(_change_from(entry["M"]) for entry in item["trail"]["L"]),
        fee=int(item["fee"]["N"]),
        provider_fee=int(item["provider_fee"]["N"]) if "provider_fee" in item else None,
        attempts=int(item["attempts"]["N"]),
        sent_at=parse_timestamp(sent_at) if sent_at else None,
        reference=text("reference"),
        item_reference=text("item_reference"),
        due_at=parse_timestamp(due_at) if due_at else None,
        stalled=item["stalled"]["BOOL"],
        cancel_requested=item["cancel_requested"]["BOOL"],
        version=int(item["version"]["N"]),
        outcome=text("outcome"),
        bank_account=bank_account_in(item),
        stripe_account=text("stripe_account"),
    )


def _change_item(change: Change) -> Item:
    texts = {
        "status": str(change.status),
        "at": format_timestamp(change.at),
        "source": str(change.source),
        "code": change.code,
        "request_id": change.request_id,
        "operation_id": change.operation_id,
    }
    item: Item = {name: {"S": text} for name, text in texts.items() if text is not None}
    if change.is_correction:
        item["is_correction"] = {"BOOL": True}
    return {"M": item}


def _change_from(entry: Item) -> Change:
    return Change(
        status=Status(entry["status"]["S"]),
        at=parse_timestamp(entry["at"]["S"]),
        source=Source(entry["source"]["S"]),
        code=entry["code"]["S"] if "code" in entry else None,
        request_id=entry["request_id"]["S"] if "request_id" in entry else None,
        operation_id=entry["operation_id"]["S"] if "operation_id" in entry else None,
        is_correction="is_correction" in entry,
    )
