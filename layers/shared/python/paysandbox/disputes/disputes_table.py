"""The `Disputes` table: which disputes there are, and their evidence.

Which disputes there are is a projection of the ledger that can be rebuilt. A subscriber of the ledger's stream writes
the row of each dispute, and a request that saves evidence before that writes the same facts. Status and amounts are not
stored here: they are read from the payment.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.batch_get_tables import UnprocessedKeysError, batch_get_tables
from paysandbox.aws.dynamodb.conditional_write import Ledger, is_condition_failure
from paysandbox.aws.index_shards import written_shards
from paysandbox.aws.schema import DISPUTES_BY_MERCHANT, DISPUTES_KEY, TTL_ATTRIBUTE, shard_key
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.disputes.evidence import NO_EVIDENCE, Evidence
from paysandbox.payments.disputes.step import DisputeStep
from paysandbox.payments.ledger.items import key, payment_in
from paysandbox.payments.ledger.records import Item
from paysandbox.payments.payment import Payment, state_of

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_NO_EVIDENCE_YET: Final = "attribute_not_exists(#revision)"


@record
class DisputesTable:
    """A DynamoDB client, the table's name, and the retention of payments in seconds. Of `shards`, see
    `written_shards`."""

    client: "DynamoDBClient"
    table: str
    retention_s: int
    shards: int | None = None


# --- rows -------------------------------------------------------------------------------------------------------------


def dispute_key(dispute_id: str) -> Item:
    """Return the primary key of a dispute."""
    return {DISPUTES_KEY: {"S": dispute_id}}


def listed_at(payment: Payment, dispute_id: str) -> str:
    """Return the sort key of a dispute in lists: when it was opened, made unique by its ID."""
    return f"{format_timestamp(state_of(payment).disputes[dispute_id].opened_at)}#{dispute_id}"


def dispute_row(payment: Payment, dispute_id: str, retention_s: int, shards: int | None = None) -> Item:
    """Build the row of a payment's dispute, without evidence. It follows from the payment's operations alone.

    It is kept for `retention_s` after the last step of the dispute has fallen due. Of `shards`, see `written_shards`.
    """
    steps = [step for step in payment.operations if isinstance(step, DisputeStep) and step.dispute_id == dispute_id]
    last = max(at for step in steps for at in (step.at, *(timer.at for timer in step.timers)))
    shard = ids.shard_of(payment.id, written_shards(shards))
    return {
        **dispute_key(dispute_id),
        "transaction_id": {"S": payment.id},
        "merchant": {"S": payment.merchant},
        "opened_at": {"S": format_timestamp(state_of(payment).disputes[dispute_id].opened_at)},
        DISPUTES_BY_MERCHANT.partition_key: {"S": shard_key(payment.merchant, shard)},
        DISPUTES_BY_MERCHANT.sort_key: {"S": listed_at(payment, dispute_id)},
        TTL_ATTRIBUTE: {"N": str(int(last.timestamp()) + retention_s)},
    }


def changed_disputes(before: Payment | None, after: Payment) -> list[str]:
    """Return the IDs of the disputes that a write opened or changed."""
    added = after.operations[len(before.operations) if before else 0 :]
    return [*dict.fromkeys(step.dispute_id for step in added if isinstance(step, DisputeStep))]


def evidence_from(row: Mapping[str, Any] | None) -> Evidence:
    """Parse the evidence in a row; a row that is missing has none."""
    if row is None or "revision" not in row:
        return NO_EVIDENCE
    return Evidence(
        texts={name: value["S"] for name, value in row["evidence"]["M"].items()},
        marks={name: value["S"] for name, value in row["marks"]["M"].items()},
        revision=int(row["revision"]["N"]),
        sealed=int(row["sealed"]["N"]),
        digest=row["digest"]["S"] if "digest" in row else None,
    )


# --- the table --------------------------------------------------------------------------------------------------------


def store_disputes(table: DisputesTable, rows: Iterable[Item]) -> None:
    """Store rows of `dispute_row`, whether they are stored already or not. Evidence in them stays."""
    for row in rows:
        names, values, sets = _sets(row)
        table.client.update_item(
            TableName=table.table,
            Key=dispute_key(row[DISPUTES_KEY]["S"]),
            UpdateExpression=f"SET {sets}",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )


def stored_disputes(table: DisputesTable, dispute_ids: Iterable[str]) -> set[str]:
    """Return those of these disputes that have a row.

    Raises Refused(service_unavailable) if DynamoDB does not answer.
    """
    return {*items_by_id(table.client, table.table, DISPUTES_KEY, dispute_ids, only=())}


def stored_evidence(table: DisputesTable, dispute_ids: Iterable[str]) -> dict[str, Evidence]:
    """Return the evidence of these disputes, as far as they have a row.

    Raises Refused(service_unavailable) if DynamoDB does not answer.
    """
    rows = items_by_id(table.client, table.table, DISPUTES_KEY, dispute_ids)
    return {dispute_id: evidence_from(row) for dispute_id, row in rows.items()}


def read_dispute(ledger: Ledger, table: DisputesTable, dispute_id: str) -> tuple[Payment, Evidence] | None:
    """Return the payment of a dispute and its evidence, read consistently in one call. None: there is no such dispute.

    Whose payment it is, is the caller's to check. Raises Refused(service_unavailable) if DynamoDB does not answer.
    """
    payment_id = ids.payment_of(dispute_id)
    if payment_id is None or ids.kind_of(dispute_id) != ids.DISPUTE:
        return None
    keys = {ledger.table: [key(payment_id)], table.table: [dispute_key(dispute_id)]}
    try:
        found = batch_get_tables(table.client, keys)
    except UnprocessedKeysError:
        raise Refused(Code.SERVICE_UNAVAILABLE, "The disputes table is busy. Retry.") from None
    payment = payment_in(next(iter(found[ledger.table]), None))
    if payment is None or dispute_id not in state_of(payment).disputes:
        return None
    return payment, evidence_from(next(iter(found[table.table]), None))


def save_evidence(
    table: DisputesTable, payment: Payment, dispute_id: str, read: Evidence, changed: Evidence
) -> Evidence | None:
    """Replace the evidence that was read with a changed one, and return that as stored.

    One conditional update, which also creates a row that the stream's reader has yet to write. Returns None, and writes
    nothing, if another request has saved or sealed evidence since.
    """
    saved = {
        "evidence": {"M": {name: {"S": value} for name, value in sorted(changed.texts.items())}},
        "marks": {"M": {name: {"S": value} for name, value in sorted(changed.marks.items())}},
        "revision": {"N": str(read.revision + 1)},
        "sealed": {"N": str(changed.sealed)},
        **({"digest": {"S": changed.digest}} if changed.digest is not None else {}),
    }
    names, values, sets = _sets(dispute_row(payment, dispute_id, table.retention_s, table.shards) | saved)
    condition = _NO_EVIDENCE_YET
    if read.revision:
        condition = "#revision = :read"
        values[":read"] = {"N": str(read.revision)}
    try:
        written = table.client.update_item(
            TableName=table.table,
            Key=dispute_key(dispute_id),
            UpdateExpression=f"SET {sets}",
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return None
    return evidence_from(written["Attributes"])


def _sets(row: Item) -> tuple[dict[str, str], dict[str, Any], str]:
    """Return names, values and the SET actions that write all attributes of a row but its key."""
    written = [name for name in row if name != DISPUTES_KEY]
    names = {f"#{name}": name for name in written}
    values = {f":{name}": row[name] for name in written}
    return names, values, ", ".join(f"#{name} = :{name}" for name in written)
