"""What is written of a donation after it was opened: what Stripe said, and how far its receipt is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import (
    DONATIONS_KEY,
    DONATIONS_SORT,
    OPEN_RECEIPTS,
    TOTAL_SHARDS,
    TTL_ATTRIBUTE,
    shard_of_text,
)
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
from paysandbox.payments.items import Item, number, text

TOTALS: Final = "TOTALS"
SUM: Final = "DONATION_SUM#"
TOTAL: Final = "TotalAmountCents"

_EVENTS_KEPT: Final = timedelta(days=30)


class EventOutcome(StrEnum):
    """What came of an event of Stripe's: it changed a donation, said nothing new, is of a type that is not read, or was
    put aside for a person to look at."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    PARKED = "parked"


class NoDonationError(Exception):
    """There is no donation of that id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A donation before and after something was heard of it. They are equal where that was nothing new."""

    before: Donation
    after: Donation


def apply_observation(donations: Donations, seen: Observation) -> Applied:
    """Record what was heard: donation, total and what is due of the receipt are one transaction, seen together.

    Read first, since what changes the total is the difference to what is there; whoever is overtaken reads again.
    Raises NoDonationError, ContradictionError, and CanceledError where others were always faster.
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
    """Take a receipt that is due, so that nobody else sends it; None where there is none to send.

    `claim` is a text that nobody else claims with. Who claimed and did not come back leaves it `sending` for ever:
    whether that mail went out, nobody knows.
    """
    return change_receipt(donations, donation_id, Receipt.DUE, Receipt.SENDING, at, claim)


def end_claim(
    donations: Donations, claimed: Donation, to: Receipt, at: datetime, note: str | None = None
) -> Donation | None:
    """Say what became of a receipt that `claim_receipt` gave; None where somebody else has taken it over meanwhile."""
    key = donation_key(claimed.donor.email, claimed.id)
    return _move_receipt(donations, key, Receipt.SENDING, to, at, note, claimed.receipt_note)


def change_receipt(
    donations: Donations, donation_id: str, seen: Receipt, to: Receipt, at: datetime, note: str | None = None
) -> Donation | None:
    """Move a receipt from one state to another, whoever is at it. `note` is the mail's id, or why it was refused.

    The donation after it; None where there is none, or its receipt is in another state by now. Whoever meets what it
    wrote itself (boto3 repeats a call whose answer was lost) has moved it.
    """
    email = find_owner(donations, donation_id)
    if email is None:
        return None
    return _move_receipt(donations, donation_key(email, donation_id), seen, to, at, note)


def record_event(
    donations: Donations, event_id: str, *, kind: str, outcome: EventOutcome, donation_id: str | None, at: datetime
) -> None:
    """Keep for 30 days that an event of Stripe's came, and what came of it.

    Of one that came again it is what came of it last, unless it was applied before: its repetitions change nothing.
    """
    item = {
        DONATIONS_KEY: text(f"STRIPE_EVENT#{event_id}"),
        DONATIONS_SORT: text("EVENT"),
        "type": text(kind),
        "outcome": text(outcome),
        "received_at": text(format_timestamp(at)),
        TTL_ATTRIBUTE: number(int((at + _EVENTS_KEPT).timestamp())),
        **({"donation_id": text(donation_id)} if donation_id else {}),
    }
    try:
        donations.client.put_item(
            TableName=donations.table,
            Item=item,
            ConditionExpression="attribute_not_exists(#0) OR #0 <> :0",
            ExpressionAttributeNames={"#0": "outcome"},
            ExpressionAttributeValues={":0": text(EventOutcome.APPLIED)},
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
    """One conditional write; `claim` is whose claim it must be, if that matters."""
    names = {"#receipt": "receipt", "#at": OPEN_RECEIPTS.sort_key, "#version": "version"}
    names |= {"#note": "receipt_note", "#open": OPEN_RECEIPTS.partition_key}
    values = {":seen": text(seen), ":to": text(to), ":at": text(format_timestamp(at)), ":one": number(1)}
    condition = "#receipt = :seen"
    if claim is not None:
        condition, values[":claim"] = f"{condition} AND #note = :claim", text(claim)
    sets, removes = ["#receipt = :to", "#at = :at", "#version = #version + :one"], list[str]()
    if note is None:
        removes.append("#note")
    else:
        values[":note"] = text(note)
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
    """The donation as it is now in the place of the one that was seen."""
    if donation_key(before.donor.email, before.id) != donation_key(after.donor.email, after.id):
        raise AssertionError("a donation does not move")
    return {
        "Put": {
            "TableName": donations.table,
            "Item": donation_item(after),
            "ConditionExpression": "#0 = :0",
            "ExpressionAttributeNames": {"#0": "version"},
            "ExpressionAttributeValues": {":0": number(before.version)},
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
                "Key": {DONATIONS_KEY: text(TOTALS), DONATIONS_SORT: text(f"{SUM}{after.currency}#{shard:02}")},
                "UpdateExpression": "ADD #0 :0",
                "ExpressionAttributeNames": {"#0": TOTAL},
                "ExpressionAttributeValues": {":0": number(after.net - before.net)},
            }
        }
    ]
