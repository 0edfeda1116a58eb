"""Events from a consumer team's view: its own queue on the deployed topic, checked against the ledger."""

import json
import time
from typing import Any

import httpx
import pytest

from api_reference.events import EVENTS
from cli.connection.target import Target
from paysandbox.core.event_type import EventType
from paysandbox.core.ids import event_id
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import CARD, Api

TOPIC = "arn:aws:sns:us-east-1:000000000000:paysandbox-local-WebhookTopic"
TOLD_WITHIN_S = 30
TYPES = {
    "authorization": "payment_authorized",
    "capture": "payment_captured",
    "void": "payment_voided",
    "refund": "payment_refunded",
}

Json = dict[str, Any]


@pytest.fixture(scope="module")
def aws(sandbox: Sandbox) -> Target:
    """Return the engine's AWS target."""
    return sandbox.target


class Inbox:
    """A team's own queue, and every event that it has received, by merchant."""

    def __init__(self, aws: Target, name: str, **attributes: str) -> None:
        self._sqs = aws.client("sqs")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        wanted = {"QueueUrl": self._url, "AttributeNames": ["QueueArn"]}
        arn = self._sqs.get_queue_attributes(**wanted)["Attributes"]["QueueArn"]
        aws.client("sns").subscribe(
            TopicArn=TOPIC, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true", **attributes}
        )
        self.events: list[Json] = []

    def look(self, wait_s: int = 1) -> None:
        """Receive the messages that have arrived."""
        asked = {"QueueUrl": self._url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": wait_s}
        for message in self._sqs.receive_message(**asked).get("Messages", []):
            self.events.append(json.loads(message["Body"]))
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def told(self) -> set[str]:
        """Return the ids of the received events."""
        return {event["id"] for event in self.events}

    def until(self, wanted: set[str]) -> None:
        """Poll until these have arrived, or a generous timeout has passed."""
        deadline = time.monotonic() + TOLD_WITHIN_S
        while not wanted <= self.told() and time.monotonic() < deadline:
            self.look()


@pytest.fixture(scope="module")
def inbox(sandbox: Sandbox, aws: Target, api: Api) -> Inbox:
    """Provide an inbox for the events of this file's merchant only."""
    return Inbox(aws, "team-inbox", FilterPolicy=json.dumps({"merchant": ["events"]}))


def lived(api: Api) -> list[str]:
    """Make payments with operations of every type that a client can request, and return their ids."""
    first = api.authorize(10_00, reference="order-7").json()["auth_id"]
    capture = api.capture(first, amount=4_00).json()["transaction_id"]
    api.refund(capture, amount=1_00, reason="damaged").raise_for_status()
    api.capture(first, amount=2_00, final=True).raise_for_status()
    second = api.authorize(5_00).json()["auth_id"]
    api.void(second).raise_for_status()
    # Refusals and replays are not operations.
    assert api.void(second).status_code == 409
    api.authorize(7_00, key="again")
    third = api.authorize(7_00, key="again").json()["auth_id"]
    at_once = api.authorize(3_00, capture_method="automatic", metadata={"cart": "é"}).json()["auth_id"]
    declined = api.authorize(card=CARD | {"number": "4000000000009995"}).json()["auth_id"]
    return [first, second, third, at_once, declined]


def in_ledger(api: Api, payments: list[str]) -> set[tuple[str, str, int, str, int]]:
    """Return the expected events: id, type, sequence, operation and amount of each operation in the ledger."""
    found: set[tuple[str, str, int, str, int]] = set()
    for payment in map(api.payment, payments):
        for sequence, operation in enumerate(payment["operations"], start=1):
            kind = "payment_declined" if payment["status"] == "declined" else TYPES[operation["type"]]
            name = operation["transaction_id"]
            found.add((event_id(name), kind, sequence, name, operation["amount"]))
    return found


def test_each_ledger_operation_is_published(api: Api, inbox: Inbox) -> None:
    payments = lived(api)
    wanted = in_ledger(api, payments)
    assert len(wanted) == 10
    inbox.until({event for event, *_ in wanted})
    inbox.look()  # a surplus event would have arrived by now
    told = {
        (event["id"], event["type"], event["sequence"], event["data"]["transaction_id"], event["data"]["amount"])
        for event in inbox.events
    }
    assert told == wanted
    for event in inbox.events:
        EVENTS[EventType(event["type"])].model_validate(event)
    # An event may arrive twice, but not with different content.
    assert len({json.dumps(event, sort_keys=True) for event in inbox.events}) == len(wanted)
    last = max((e for e in inbox.events if e["data"]["auth_id"] == payments[0]), key=lambda e: e["sequence"])
    shown = api.payment(payments[0])
    assert last["data"]["payment"] == {
        "authorized": shown["amount"],
        **{name: shown[name] for name in ("status", "captured", "refunded", "released", "remaining")},
    }


def test_filter_by_type(aws: Target, api: Api, inbox: Inbox) -> None:
    policy = {"merchant": ["events"], "type": ["payment_voided"]}
    voids = Inbox(aws, "team-voids", FilterPolicy=json.dumps(policy))
    auth_id = api.authorize(1_00).json()["auth_id"]
    void = api.void(auth_id).json()["transaction_id"]
    voids.until({event_id(void)})
    assert voids.told() == {event_id(void)}


def test_unreadable_records_go_to_the_dead_letter_queue_and_the_next_is_published(
    aws: Target, api: Api, inbox: Inbox
) -> None:
    """No version of ours writes such a payment. An exception for it would block the engine's stream for ever."""
    ledger, name = aws.client("dynamodb"), "paysandbox-local-PaymentsLedger"
    key = {"transaction_id": {"S": "auth_poison"}}
    ledger.put_item(TableName=name, Item=key | {"version": {"N": "1"}, "operations": {"S": "what is this"}})
    ledger.delete_item(TableName=name, Key=key)
    auth_id = api.authorize(2_00).json()["auth_id"]
    inbox.until({event_id(auth_id)})
    assert event_id(auth_id) in inbox.told()
    parked = taken(aws)
    assert (parked["transaction_id"], parked["event_name"], parked["reason"]) == ("auth_poison", "INSERT", "KeyError")


def test_a_record_whose_follow_up_fails_does_not_block_the_next_payment(
    sandbox: Sandbox, aws: Target, api: Api, sdk: Any, inbox: Inbox
) -> None:
    """Its Checkout session cannot be read. Once it can, the missing event is published, and no other."""
    line = {"price_data": {"currency": "usd", "unit_amount": 5_00, "product_data": {"name": "Hat"}}, "quantity": 1}
    session = sdk.v1.checkout.sessions.create(
        {"mode": "payment", "success_url": "https://shop.example/thanks", "line_items": [line]}
    )
    assert httpx.post(session.url, data={"card": CARD["number"]}, timeout=30).status_code < 400
    paid = sdk.v1.checkout.sessions.retrieve(session.id).payment_intent.replace("pi_", "auth_")
    dynamodb, name = aws.client("dynamodb"), "paysandbox-local-StripeObjects"
    (held,) = (item for item in dynamodb.scan(TableName=name)["Items"] if item.get("id") == {"S": session.id})
    inbox.until({event_id(operation["transaction_id"]) for operation in api.payment(paid)["operations"]})

    dynamodb.put_item(TableName=name, Item={"object_key": held["object_key"]})
    refund = api.refund(paid, amount=1_00).json()["transaction_id"]
    auth_id = api.authorize(2_00).json()["auth_id"]
    inbox.until({event_id(auth_id)})
    assert event_id(auth_id) in inbox.told()
    assert event_id(refund) not in inbox.told()
    parked = taken(aws)
    assert (parked["transaction_id"], parked["reason"]) == (paid, "KeyError")

    failed = sandbox.run("events", "rebuild", "--since", "1h", "--json", check=False)
    assert {"event_id": event_id(refund), "reason": "KeyError"} in json.loads(failed.stdout)["refused"]
    dynamodb.put_item(TableName=name, Item=held)
    assert sandbox.json("events", "rebuild", "--since", "1h")["refused"] == []
    inbox.until({event_id(refund)})
    assert event_id(refund) in inbox.told()


def taken(aws: Target) -> Json:
    """Take the only message of the dead-letter queue of events."""
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="paysandbox-local-publish_event-parked")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"])
