"""Writes to a donation after its creation: observations from Stripe, and the status of its receipt."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import (
    DONATIONS_KEY,
    DONATIONS_SORT,
    OPEN_RECEIPTS,
    TOTAL_SHARDS,
    TTL_ATTRIBUTE,
    shard_of_text,
)
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.donations.donation import Donation, Observation, Receipt, observed
from paysandbox.donations.table import (
    MAX_TRIES,
    OPEN,
    CanceledError,
    Donations,
    donation_from,
    donation_item,
    donation_key,
    find_donation,
    find_owner,
    transact,
)
from paysandbox.payments.ledger.records import Item

TOTALS: Final = "TOTALS"
SUM: Final = "DONATION_SUM#"
TOTAL: Final = "TotalAmountCents"

_EVENT_RETENTION: Final = timedelta(days=30)


class EventOutcome(StrEnum):
    """Outcome of a Stripe event: it changed a donation, changed nothing, has an unused type, or was sent to the
    dead-letter queue for manual review."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    DEAD_LETTERED = "parked"


class NoDonationError(Exception):
    """No donation has the id."""


@record(kw_only=True)
class Applied:
    """A donation before and after an observation. Both are the same object if nothing changed."""

    before: Donation
    after: Donation


def apply_observation(donations: Donations, seen: Observation) -> Applied:
    """Store an observation: one transaction updates the donation, its receipt status and the total.

    The donation is read first, since the total changes by the difference to the stored amounts. After a concurrent
    write, it is read again. Raises NoDonationError, ContradictionError, and CanceledError if every attempt lost to a
    concurrent write.
    """
    for tries in range(1, MAX_TRIES + 1):
        before = find_donation(donations, seen.donation_id)
        if before is None:
            raise NoDonationError(seen.donation_id)
        after = observed(before, seen)
        if after is before:
            return Applied(before=before, after=before)
        try:
            transact(donations, [_replace(donations, before, after), *_move_total(donations, before, after)])
        except CanceledError:
            if tries == MAX_TRIES:
                raise
        else:
            return Applied(before=before, after=after)
    raise AssertionError("it returns or raises")


def claim_receipt(donations: Donations, donation_id: str, at: datetime, claim: str) -> Donation | None:
    """Claim a receipt that is due, so that no other worker sends it. Return None if no receipt is due.

    `claim` is a text unique to this claim. If a worker stops after its claim, the receipt stays `sending`: it is
    unknown whether the e-mail was sent.
    """
    return change_receipt(donations, donation_id, Receipt.DUE, Receipt.SENDING, at, claim)


def end_claim(
    donations: Donations, claimed: Donation, to: Receipt, at: datetime, note: str | None = None
) -> Donation | None:
    """Store the outcome of a receipt claimed with `claim_receipt`. Return None if the claim has been lost."""
    key = donation_key(claimed.donor.email, claimed.id)
    return _move_receipt(donations, key, Receipt.SENDING, to, at, note, claimed.receipt_note)


def change_receipt(
    donations: Donations, donation_id: str, seen: Receipt, to: Receipt, at: datetime, note: str | None = None
) -> Donation | None:
    """Change a receipt's status from `seen` to `to`, regardless of claims.

    `note` is the e-mail's id, or the reason of a refusal. Return the donation after the change, or None if there is no
    such donation or its receipt has another status. If the item already has exactly these values, the change counts as
    done: boto3 repeats a call whose response was lost.
    """
    email = find_owner(donations, donation_id)
    if email is None:
        return None
    return _move_receipt(donations, donation_key(email, donation_id), seen, to, at, note)


def record_event(
    donations: Donations, event_id: str, *, kind: str, outcome: EventOutcome, donation_id: str | None, at: datetime
) -> None:
    """Store the outcome of a Stripe event for 30 days.

    A repeated event overwrites the outcome, unless the stored one is `applied`.
    """
    item = {
        DONATIONS_KEY: {"S": f"STRIPE_EVENT#{event_id}"},
        DONATIONS_SORT: {"S": "EVENT"},
        "type": {"S": kind},
        "outcome": {"S": outcome},
        "received_at": {"S": format_timestamp(at)},
        TTL_ATTRIBUTE: {"N": str(int((at + _EVENT_RETENTION).timestamp()))},
        **({"donation_id": {"S": donation_id}} if donation_id else {}),
    }
    try:
        donations.client.put_item(
            TableName=donations.table,
            Item=item,
            ConditionExpression="attribute_not_exists(#0) OR #0 <> :0",
            ExpressionAttributeNames={"#0": "outcome"},
            ExpressionAttributeValues={":0": {"S": EventOutcome.APPLIED}},
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise


def _move_receipt(
    donations: Donations,
    key: Item,
    seen: Receipt,
    to: Receipt,
    at: datetime,
    note: str | None,
    claim: str | None = None,
) -> Donation | None:
    """Change a receipt's status with one conditional write. With `claim`, the receipt must have that claim."""
    names = {"#receipt": "receipt", "#at": OPEN_RECEIPTS.sort_key, "#version": "version"}
    names |= {"#note": "receipt_note", "#open": OPEN_RECEIPTS.partition_key}
    values = {":seen": {"S": seen}, ":to": {"S": to}, ":at": {"S": format_timestamp(at)}, ":one": {"N": "1"}}
    condition = "#receipt = :seen"
    if claim is not None:
        condition, values[":claim"] = f"{condition} AND #note = :claim", {"S": claim}
    sets, removes = ["#receipt = :to", "#at = :at", "#version = #version + :one"], list[str]()
    if note is None:
        removes.append("#note")
    else:
        values[":note"] = {"S": note}
        sets.append("#note = :note")
    sets, removes = ([*sets, "#open = :to"], removes) if to in OPEN else (sets, [*removes, "#open"])
    try:
        written: Any = donations.client.update_item(
            TableName=donations.table,
            Key=key,
            UpdateExpression=f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else ""),
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        current = item_on_conflict(error)
        stands = donation_from(current) if current else None
        return stands if stands and (stands.receipt, stands.receipt_at, stands.receipt_note) == (to, at, note) else None
    return donation_from(written["Attributes"])


def _replace(donations: Donations, before: Donation, after: Donation) -> Item:
    """Return the write that replaces the donation if its version is still that of `before`."""
    if donation_key(before.donor.email, before.id) != donation_key(after.donor.email, after.id):
        raise AssertionError("a donation does not move")
    return {
        "Put": {
            "TableName": donations.table,
            "Item": donation_item(after),
            "ConditionExpression": "#0 = :0",
            "ExpressionAttributeNames": {"#0": "version"},
            "ExpressionAttributeValues": {":0": {"N": str(before.version)}},
        }
    }


def _move_total(donations: Donations, before: Donation, after: Donation) -> list[Item]:
    if after.net == before.net:
        return []
    shard = shard_of_text(after.id, TOTAL_SHARDS)
    return [
        {
            "Update": {
                "TableName": donations.table,
                "Key": {DONATIONS_KEY: {"S": TOTALS}, DONATIONS_SORT: {"S": f"{SUM}{after.currency}#{shard:02}"}},
                "UpdateExpression": "ADD #0 :0",
                "ExpressionAttributeNames": {"#0": TOTAL},
                "ExpressionAttributeValues": {":0": {"N": str(after.net - before.net)}},
            }
        }
    ]
