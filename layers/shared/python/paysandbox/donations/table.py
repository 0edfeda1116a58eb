"""Donations in DynamoDB: keys, item format, creation and lookup.

`USER#<e-mail>` holds a donor's profile and donations, and the claims that keep a repeated request from creating a
second donation. Webhooks have only a donation's id, so a separate item maps the id to the donor's e-mail address.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure
from paysandbox.aws.schema import DONATIONS_KEY, DONATIONS_SORT, OPEN_RECEIPTS, TTL_ATTRIBUTE
from paysandbox.core.donor import Donor
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.donations.donation import Donation, DonationStatus, Receipt
from paysandbox.payments.ledger.records import Item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

DONATION: Final = "DONATION#"
PROFILE: Final = "PROFILE"
OWNER: Final = "OWNER"

MAX_TRIES: Final = 5
_REFUSED: Final = "ConditionalCheckFailed"
OPEN: Final = (Receipt.DUE, Receipt.SENDING, Receipt.REFUSED)
"""Receipt statuses that need follow-up. The index contains only these."""

_PURGED_AFTER: Final = timedelta(days=2)


@record
class Donations:
    """DynamoDB client and table name."""

    client: "DynamoDBClient"
    table: str


@record(kw_only=True)
class DonationKey:
    """Identity of a creation request: its `text`, its lifetime, and the fingerprint of its body (None: any body)."""

    text: str
    fingerprint: str | None
    lifetime: timedelta


class CanceledError(Exception):
    """A canceled transaction, with DynamoDB's reason for each write, and the current item where requested."""

    def __init__(self, reasons: list[Item]) -> None:
        super().__init__(", ".join(str(reason.get("Code")) for reason in reasons))
        self.reasons = reasons


def open_donation(
    donations: Donations, donation: Donation, key: DonationKey, *, instead_of: str | None = None
) -> Donation:
    """Store a pending donation and its donor, or return the donation that the request repeats.

    `instead_of` is the id of a donation that the request must not repeat. Uses one transaction, so that exactly one of
    several concurrent requests creates the donation. Raises Refused(idempotency_key_reused) if the key was used with a
    different body.
    """
    owner = _user(donation.donor.email)
    claim_key = {DONATIONS_KEY: owner, DONATIONS_SORT: {"S": f"CLAIM#{key.text}"}}
    expired = donation.created_at - key.lifetime
    superseded = {":1": {"S": instead_of}} if instead_of else {}
    claim = {
        **claim_key,
        "donation_id": {"S": donation.id},
        "claimed_at": {"S": format_timestamp(donation.created_at)},
        TTL_ATTRIBUTE: {"N": str(int((donation.created_at + _PURGED_AFTER).timestamp()))},
        **({"fingerprint": {"S": key.fingerprint}} if key.fingerprint else {}),
    }
    writes = [
        {
            "Put": {
                "TableName": donations.table,
                "Item": claim,
                "ConditionExpression": "attribute_not_exists(#0) OR #1 <= :0" + (" OR #2 = :1" if superseded else ""),
                "ExpressionAttributeNames": {"#0": DONATIONS_KEY, "#1": "claimed_at"}
                | ({"#2": "donation_id"} if superseded else {}),
                "ExpressionAttributeValues": {":0": {"S": format_timestamp(expired)}} | superseded,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
        _put_new(donations, donation_item(donation)),
        _put_new(donations, {**_owner_key(donation.id), "email": {"S": donation.donor.email}}),
        _profile(donations, donation),
    ]
    try:
        transact(donations, writes)
    except CanceledError as error:
        current = error.reasons[0].get("Item")
        if current is None:
            raise
        if current.get("fingerprint", {}).get("S") != key.fingerprint:
            raise Refused(
                Code.IDEMPOTENCY_KEY_REUSED, "The key was used for a different donation in the last 24 hours."
            ) from None
        return _donation_at(donations, owner["S"], current["donation_id"]["S"])
    return donation


def record_intent(donations: Donations, donation: Donation, intent_id: str) -> None:
    """Store the PaymentIntent's id of a donation, unless it has one (a webhook may have stored it first)."""
    try:
        donations.client.update_item(
            TableName=donations.table,
            Key=donation_key(donation.donor.email, donation.id),
            UpdateExpression="SET #0 = :0, #1 = #1 + :1",
            ConditionExpression="attribute_exists(#2) AND attribute_not_exists(#0)",
            ExpressionAttributeNames={"#0": "stripe_payment_intent_id", "#1": "version", "#2": DONATIONS_KEY},
            ExpressionAttributeValues={":0": {"S": intent_id}, ":1": {"N": "1"}},
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise


def update_pending(donations: Donations, donation: Donation) -> bool:
    """Update a donation's message and anonymity if it is pending. Return whether it was."""
    names = {"#message": "message", "#anonymous": "anonymous", "#version": "version", "#status": "status"}
    values: Item = {
        ":anonymous": {"BOOL": donation.anonymous},
        ":one": {"N": "1"},
        ":pending": {"S": DonationStatus.PENDING},
    }
    change = "SET #anonymous = :anonymous, #version = #version + :one"
    if donation.message is None:
        change += " REMOVE #message"
    else:
        change += ", #message = :message"
        values[":message"] = {"S": donation.message}
    try:
        donations.client.update_item(
            TableName=donations.table,
            Key=donation_key(donation.donor.email, donation.id),
            UpdateExpression=change,
            ConditionExpression="#status = :pending",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def find_donation(donations: Donations, donation_id: str) -> Donation | None:
    """Return a donation by its id, or None if there is none. Reads consistently."""
    email = find_owner(donations, donation_id)
    return None if email is None else _donation_at(donations, _user(email)["S"], donation_id)


def find_owner(donations: Donations, donation_id: str) -> str | None:
    """Return the e-mail address of a donation's donor, or None if there is no such donation."""
    owner: Any = donations.client.get_item(TableName=donations.table, Key=_owner_key(donation_id), ConsistentRead=True)
    return owner["Item"]["email"]["S"] if "Item" in owner else None


def donation_key(email: str, donation_id: str) -> Item:
    """Return the primary key of a donation."""
    return {DONATIONS_KEY: _user(email), DONATIONS_SORT: {"S": DONATION + donation_id}}


def donation_item(donation: Donation) -> Item:
    """Return a donation as an item."""
    item = {
        **donation_key(donation.donor.email, donation.id),
        "user_id": {"S": donation.donor.user_id},
        "email": {"S": donation.donor.email},
        "donor_name": {"S": donation.donor.name},
        "amount": {"N": str(donation.amount)},
        "currency": {"S": donation.currency},
        "anonymous": {"BOOL": donation.anonymous},
        "created_at": {"S": format_timestamp(donation.created_at)},
        "status": {"S": donation.status},
        "paid": {"N": str(donation.paid)},
        "refunded": {"N": str(donation.refunded)},
        "failed": {"BOOL": donation.failed},
        "receipt": {"S": donation.receipt},
        "version": {"N": str(donation.version)},
    }
    texts = {
        "message": donation.message,
        "stripe_payment_intent_id": donation.intent_id,
        "failure": donation.failure,
        "heard_at": format_timestamp(donation.observed_at) if donation.observed_at else None,
        "receipt_note": donation.receipt_note,
        OPEN_RECEIPTS.partition_key: str(donation.receipt) if donation.receipt in OPEN else None,
        OPEN_RECEIPTS.sort_key: format_timestamp(donation.receipt_at) if donation.receipt_at else None,
    }
    return item | {name: {"S": value} for name, value in texts.items() if value is not None}


def donation_from(item: Item) -> Donation:
    """Parse a donation from an item. Raises KeyError or ValueError if it is not a donation."""

    def text_of(name: str) -> str | None:
        return item[name]["S"] if name in item else None

    observed_at, receipt_at = text_of("heard_at"), text_of(OPEN_RECEIPTS.sort_key)
    return Donation(
        id=item[DONATIONS_SORT]["S"].removeprefix(DONATION),
        donor=Donor(user_id=item["user_id"]["S"], email=item["email"]["S"], name=item["donor_name"]["S"]),
        amount=int(item["amount"]["N"]),
        currency=item["currency"]["S"],
        message=text_of("message"),
        anonymous=item["anonymous"]["BOOL"],
        created_at=parse_timestamp(item["created_at"]["S"]),
        intent_id=text_of("stripe_payment_intent_id"),
        paid=int(item["paid"]["N"]),
        refunded=int(item["refunded"]["N"]),
        failed=item["failed"]["BOOL"],
        failure=text_of("failure"),
        observed_at=parse_timestamp(observed_at) if observed_at else None,
        receipt=Receipt(item["receipt"]["S"]),
        receipt_at=parse_timestamp(receipt_at) if receipt_at else None,
        receipt_note=text_of("receipt_note"),
        version=int(item["version"]["N"]),
    )


def transact(donations: Donations, writes: list[Any]) -> None:
    """Run a transaction. Raises CanceledError if a condition failed."""
    try:
        donations.client.transact_write_items(TransactItems=writes)
    except ClientError as error:
        response: Any = error.response
        reasons: list[Item] = response.get("CancellationReasons") or []
        if any(reason.get("Code") == _REFUSED for reason in reasons):
            raise CanceledError(reasons) from None
        raise


def _profile(donations: Donations, donation: Donation) -> Item:
    donor = donation.donor
    facts = {"email": donor.email, "name": donor.name, "user_id": donor.user_id}
    names = {f"#{place}": name for place, name in enumerate([*facts, "created_at"])}
    values = {
        f":{place}": {"S": value}
        for place, value in enumerate([*facts.values(), format_timestamp(donation.created_at)])
    }
    sets = [f"#{place} = :{place}" for place in range(len(facts))]
    born = len(facts)
    return {
        "Update": {
            "TableName": donations.table,
            "Key": {DONATIONS_KEY: _user(donor.email), DONATIONS_SORT: {"S": PROFILE}},
            "UpdateExpression": f"SET {', '.join(sets)}, #{born} = if_not_exists(#{born}, :{born})",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
    }


def _put_new(donations: Donations, item: Item) -> Item:
    return {
        "Put": {
            "TableName": donations.table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": DONATIONS_KEY},
        }
    }


def _donation_at(donations: Donations, owner: str, donation_id: str) -> Donation:
    key = {DONATIONS_KEY: {"S": owner}, DONATIONS_SORT: {"S": DONATION + donation_id}}
    return donation_from(donations.client.get_item(TableName=donations.table, Key=key, ConsistentRead=True)["Item"])  # pyright: ignore[reportTypedDictNotRequiredAccess] - written with what names it


def _owner_key(donation_id: str) -> Item:
    return {DONATIONS_KEY: {"S": DONATION + donation_id}, DONATIONS_SORT: {"S": OWNER}}


def _user(email: str) -> Item:
    return {"S": f"USER#{email}"}
