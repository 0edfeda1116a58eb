"""The `Inbox` table: a merchant's last webhooks, and the switch that chooses their answer.

A partition per merchant. One item counts its webhooks and has the switch; each webhook has an item under its number.
Numbers make room without a search: whoever stores number 300 deletes number 200, and none before 201 is shown.
"""

import re
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws.cursor import cursor_of, position_of
from paysandbox.aws.dynamodb.batch_write import delete_request, write_in_batches
from paysandbox.aws.schema import INBOX_KEY, INBOX_SORT, TTL_ATTRIBUTE
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.inbox.message import RETENTION, SHOWN, InboxAnswer, ReceivedWebhook
from paysandbox.inbox.verification import Reason, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

_SWITCH: Final = "switch"
_DIGITS: Final = 12
_POSITION: Final = re.compile(rf"[0-9]{{{_DIGITS}}}")


@record
class InboxTable:
    """A DynamoDB client, and the table's name."""

    client: "DynamoDBClient"
    table: str


@record
class Switch:
    """A merchant's switch. `received` counts its webhooks; those up to number `emptied` are deleted."""

    answer: InboxAnswer = InboxAnswer.OK
    received: int = 0
    emptied: int = 0

    @property
    def first(self) -> int:
        """Number of the first webhook that the inbox still holds, if it was stored."""
        return max(self.emptied, self.received - SHOWN) + 1


def take_number(inbox: InboxTable, merchant: str) -> Switch:
    """Count a webhook, in one write that also returns how to answer it. Its number is `received`.

    A process that dies afterwards leaves a number without a webhook.
    """
    written = inbox.client.update_item(
        TableName=inbox.table,
        Key=_key(merchant, _SWITCH),
        UpdateExpression="ADD #0 :0",
        ExpressionAttributeNames={"#0": "received"},
        ExpressionAttributeValues={":0": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )
    return _switch({**written["Attributes"]})


def put_webhook(inbox: InboxTable, number: int, webhook: ReceivedWebhook) -> None:
    """Store a webhook under its number, after deleting the one that it replaces.

    In this order, an error stores nothing, and whoever sends again is not shown twice. A webhook whose number is
    skipped here, because a process died after it took a number, is not shown any more and expires.
    """
    if number > SHOWN:
        inbox.client.delete_item(TableName=inbox.table, Key=_key(webhook.merchant, _sort(number - SHOWN)))
    inbox.client.put_item(TableName=inbox.table, Item=webhook_item(number, webhook))


def get_switch(inbox: InboxTable, merchant: str) -> Switch:
    """Return a merchant's switch as of now."""
    found = inbox.client.get_item(TableName=inbox.table, Key=_key(merchant, _SWITCH), ConsistentRead=True)
    return _switch({**found.get("Item", {})})


def set_answer(inbox: InboxTable, merchant: str, answer: InboxAnswer) -> None:
    """Choose the answer to the next webhooks. Idempotent."""
    inbox.client.update_item(
        TableName=inbox.table,
        Key=_key(merchant, _SWITCH),
        UpdateExpression="SET #0 = :0",
        ExpressionAttributeNames={"#0": "answer"},
        ExpressionAttributeValues={":0": {"S": str(answer)}},
    )


def empty(inbox: InboxTable, merchant: str) -> InboxAnswer:
    """Delete all webhooks that were counted until now, and return the switch, which stays. Idempotent.

    One write hides them, so that a process that dies afterwards has emptied the inbox: what it leaves expires.
    Raises Refused(service_unavailable) if DynamoDB left some of them.
    """
    written = inbox.client.update_item(
        TableName=inbox.table,
        Key=_key(merchant, _SWITCH),
        UpdateExpression="SET #emptied = if_not_exists(#received, :none)",
        ExpressionAttributeNames={"#emptied": "emptied", "#received": "received"},
        ExpressionAttributeValues={":none": {"N": "0"}},
        ReturnValues="ALL_OLD",
    )
    before = _switch({**written.get("Attributes", {})})
    # Those hidden by an earlier call too, which may have died half way.
    numbers = range(max(before.received - SHOWN, 0) + 1, before.received + 1)
    deletes = [delete_request(_key(merchant, _sort(number))) for number in numbers]
    write_in_batches(inbox.client, inbox.table, deletes, busy="The inbox is busy.")
    return before.answer


def list_webhooks(
    inbox: InboxTable, merchant: str, switch: Switch, *, limit: int, cursor: str | None, now: "datetime"
) -> tuple[list[ReceivedWebhook], str | None]:
    """Return a page of a merchant's webhooks, newest first, and the next cursor. A page has at most one megabyte.

    `now` is wall time: DynamoDB deletes what has expired within days. Raises Refused(cursor_invalid).
    """
    tied_to = ("get_inbox", merchant)
    last = switch.received if cursor is None else int(position_of(cursor, tied_to, _POSITION)) - 1
    if last < switch.first:
        return [], None
    response = inbox.client.query(
        TableName=inbox.table,
        KeyConditionExpression="#0 = :0 AND #1 BETWEEN :1 AND :2",
        ExpressionAttributeNames={"#0": INBOX_KEY, "#1": INBOX_SORT},
        ExpressionAttributeValues={
            ":0": {"S": merchant},
            ":1": {"S": _sort(switch.first)},
            ":2": {"S": _sort(last)},
        },
        ConsistentRead=True,
        ScanIndexForward=False,
        Limit=limit + 1,
    )
    found: list[Item] = [{**item} for item in response["Items"]]
    page = found[:limit]
    more = len(found) > limit or "LastEvaluatedKey" in response
    shown = [webhook_from(item) for item in page if int(item[TTL_ATTRIBUTE]["N"]) > now.timestamp()]
    # Older ones have expired too.
    more = more and len(shown) == len(page) > 0
    return shown, cursor_of(page[-1][INBOX_SORT]["S"], tied_to) if more else None


def webhook_item(number: int, webhook: ReceivedWebhook) -> Item:
    """Build the item of a webhook."""
    texts = {"event_id": webhook.event_id, "event_type": webhook.event_type}
    item: Item = {
        **_key(webhook.merchant, _sort(number)),
        "request_id": {"S": webhook.id},
        "received_at": {"S": format_timestamp(webhook.received_at)},
        "headers": {"M": {name: {"S": value} for name, value in webhook.headers.items()}},
        "body": {"S": webhook.body},
        "standard": _verdict_entry(webhook.standard),
        TTL_ATTRIBUTE: {"N": str(int((webhook.received_at + RETENTION).timestamp()))},
    }
    item |= {name: {"S": value} for name, value in texts.items() if value is not None}
    if webhook.status is not None:
        item["status"] = {"N": str(webhook.status)}
    if webhook.stripe is not None:
        item["stripe"] = _verdict_entry(webhook.stripe)
    return item


def webhook_from(item: Item) -> ReceivedWebhook:
    """Parse a webhook from its item."""
    return ReceivedWebhook(
        id=item["request_id"]["S"],
        merchant=item[INBOX_KEY]["S"],
        received_at=parse_timestamp(item["received_at"]["S"]),
        status=int(item["status"]["N"]) if "status" in item else None,
        headers={name: value["S"] for name, value in item["headers"]["M"].items()},
        body=item["body"]["S"],
        event_id=item["event_id"]["S"] if "event_id" in item else None,
        event_type=item["event_type"]["S"] if "event_type" in item else None,
        standard=_verdict(item["standard"]["M"]),
        stripe=_verdict(item["stripe"]["M"]) if "stripe" in item else None,
    )


def _verdict_entry(verdict: Verdict) -> Item:
    texts = {
        "reason": verdict.reason,
        "endpoint_id": verdict.endpoint_id,
        "base_string_prefix": verdict.base_string_prefix,
    }
    entry: Item = {name: {"S": str(value)} for name, value in texts.items() if value is not None}
    return {"M": entry | ({"previous_secret": {"BOOL": True}} if verdict.previous_secret else {})}


def _verdict(entry: Item) -> Verdict:
    return Verdict(
        reason=Reason(entry["reason"]["S"]) if "reason" in entry else None,
        endpoint_id=entry["endpoint_id"]["S"] if "endpoint_id" in entry else None,
        previous_secret="previous_secret" in entry,
        base_string_prefix=entry["base_string_prefix"]["S"] if "base_string_prefix" in entry else None,
    )


def _switch(item: Item) -> Switch:
    numbers = {name: int(item[name]["N"]) for name in ("received", "emptied") if name in item}
    return Switch(InboxAnswer(item["answer"]["S"]) if "answer" in item else InboxAnswer.OK, **numbers)


def _key(merchant: str, entry: str) -> Item:
    return {INBOX_KEY: {"S": merchant}, INBOX_SORT: {"S": entry}}


def _sort(number: int) -> str:
    return f"{number:0{_DIGITS}}"
