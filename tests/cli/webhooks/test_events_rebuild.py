"""`paysandbox events rebuild`: its published events, output and exit code."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from api_reference.examples import EVENT_EXAMPLES
from cli.connection.target import Target
from paysandbox.aws import backoff
from paysandbox.aws.schema import EVENTS
from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.payments.events.event import Event, events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.ledger.items import idempotency_record_item, payment_item
from paysandbox.payments.payment import Payment
from paysandbox.webhooks.events.event_store import EventStore, StoredEvent, store_event
from tests.support.builders import build, disputes
from tests.support.builders.build import DAY
from tests.support.clients.program import Ran, paysandbox
from tests.support.worlds import tables
from tests.support.worlds.deployed_account import deployed

LEDGER_TABLE = "paysandbox-dev-PaymentsLedger"
EVENTS_TABLE = "paysandbox-dev-Events"
NOW = datetime.now(UTC)

OLD = build.lived(10_00, captures=[4_00], now=NOW - timedelta(days=3))
NEW = build.lived(7_00, captures=[7_00], now=NOW - timedelta(hours=1), payment_id=build.ANOTHER_PAYMENT_ID)


@dataclass
class Deployed:
    """A deployed environment: its ledger, its events, and a queue subscribed to the topic."""

    ledger: Any
    store: EventStore
    sqs: Any
    inbox: str

    def record(self, *payments: Payment) -> None:
        for payment in payments:
            self.ledger.put_item(TableName=LEDGER_TABLE, Item=payment_item(payment))

    def keep(self, *events: Event) -> None:
        for event in events:
            stored = StoredEvent(
                id=event.id, merchant=event.merchant, type=str(event.type), at=event.at, body=render_event(event)
            )
            store_event(self.store, stored)

    def heard(self) -> dict[str, str]:
        """Return the events published since the last call: bodies by id."""
        bodies: dict[str, str] = {}
        while messages := self.sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                bodies[json.loads(message["Body"])["id"]] = message["Body"]
                self.sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])
        return bodies


@pytest.fixture
def dev() -> Iterator[Deployed]:
    """Provide the environment `dev` with two payments without published events."""
    with deployed("dev") as account:
        client, sns, sqs = account.client("dynamodb"), account.client("sns"), account.client("sqs")
        tables.create_table(client, LEDGER_TABLE)
        tables.create_table(client, EVENTS_TABLE, EVENTS)
        topic = sns.create_topic(Name="topic")["TopicArn"]
        inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        account.deploy_stack("data", {"LedgerTable": LEDGER_TABLE})
        account.deploy_stack("webhooks", {"EventsTable": EVENTS_TABLE, "EventRetentionDays": "30"})
        account.deploy_stack("events", {"WebhookTopicArn": topic})
        found = Deployed(client, EventStore(client, EVENTS_TABLE, 30 * 86_400), sqs, inbox)
        found.record(OLD, NEW)
        yield found


def rebuild(*words: str) -> Ran:
    return paysandbox("events", "rebuild", "--env", "dev", *words)


def events_for(*payments: Payment) -> dict[str, str]:
    return {event.id: render_event(event) for payment in payments for event in events_of(None, payment)}


def test_missing_events_are_published_as_by_the_stream(dev: Deployed) -> None:
    dev.keep(events_of(None, OLD)[0])
    said = rebuild("--since", "4d")

    assert said.exit_code == 0
    assert said.stdout == "3 events of 4 missing, 3 published.\n"
    assert "4 events for 2 payments since " in said.stderr
    expected = events_for(OLD, NEW)
    del expected[events_of(None, OLD)[0].id]
    assert dev.heard() == expected


@pytest.mark.full
@pytest.mark.parametrize(
    "since, payments",
    [
        ("4d", [OLD, NEW]),
        ("2d", [NEW]),
        ("1d12h", [NEW]),
        ("90s", []),
        ((NOW - timedelta(hours=1)).isoformat(), [NEW]),
        ((NOW - timedelta(minutes=59)).isoformat(), []),
    ],
    ids=["4d", "2d", "1d12h", "90s", "before the newer", "after the newer"],
)
def test_start_of_the_period(since: str, payments: list[Payment], dev: Deployed) -> None:
    assert rebuild("--since", since).exit_code == 0
    assert dev.heard() == events_for(*payments)


def test_nothing_is_published_if_nothing_is_missing(dev: Deployed) -> None:
    dev.keep(*events_of(None, OLD), *events_of(None, NEW))
    said = rebuild("--since", "4d")

    assert (said.exit_code, said.stdout) == (0, "No events are missing (4 events checked).\n")
    assert dev.heard() == {}


def test_events_of_other_resources_are_ignored(dev: Deployed) -> None:
    """The ledger has no record of a donation."""
    told = EVENT_EXAMPLES[EventType.DONATION_SUCCEEDED]
    store_event(
        dev.store, StoredEvent(id=told["id"], merchant="donate-now", type=told["type"], at=NOW, body=json.dumps(told))
    )
    dev.keep(*events_of(None, OLD), *events_of(None, NEW))
    said = rebuild("--since", "4d")

    assert (said.exit_code, said.stdout) == (0, "No events are missing (4 events checked).\n")


def test_a_dry_run_only_reports_and_exits_1(dev: Deployed) -> None:
    said = rebuild("--since", "4d", "--dry-run")

    assert said.exit_code == 1
    assert said.stdout == "4 events of 4 missing. Run without --dry-run to publish them.\n"
    assert dev.heard() == {}


def test_json_has_the_same_facts(dev: Deployed) -> None:
    facts = json.loads(rebuild("--since", "2d", "--json").stdout)

    assert facts.pop("since").endswith("Z")
    assert facts == {
        "environment": "dev",
        "dry_run": False,
        "payments": 1,
        "events": 2,
        "missing": 2,
        "published": 2,
        "timers": 0,
        "missing_timers": 0,
        "stored_timers": 0,
        "disputes": 0,
        "missing_disputes": 0,
        "stored_disputes": 0,
        "balance_transactions": 0,
        "missing_balance_transactions": 0,
        "stored_balance_transactions": 0,
        "refused": [],
        "unreadable": [],
    }


def test_rebuilt_events_have_the_same_bytes(dev: Deployed) -> None:
    """Events are missing until the planner has stored them; consumers recognize duplicates by id."""
    rebuild("--since", "4d")
    first = dev.heard()
    rebuild("--since", "4d")
    assert dev.heard() == first


def test_events_of_a_dispute_have_the_bytes_of_each_step(dev: Deployed) -> None:
    """Rebuilt from the payment as it is in the end, they are what was published after each step."""
    captured = build.lived(10_00, captures=[10_00], now=NOW - DAY, payment_id=ids.payment_id("disputed"))
    inquired = disputes.disputed(captured, at=NOW - DAY, kind="inquiry")
    escalated = disputes.stepped(inquired, "escalate")
    withdrawn = disputes.stepped(escalated, "withdraw")
    submitted = disputes.submitted(withdrawn)
    won = disputes.stepped(submitted, "win")
    contested = disputes.stepped(won, "escalate", key="contest")
    lost = disputes.accepted(contested)
    lives = [None, captured, inquired, escalated, withdrawn, submitted, won, contested, lost]
    published = {
        event.id: render_event(event) for before, after in pairwise(lives) for event in events_of(before, after)
    }
    dev.keep(*events_of(None, OLD), *events_of(None, NEW))
    dev.record(lost)
    rebuild("--since", "4d")

    assert dev.heard() == published
    assert len(published) == len(lost.operations)


@pytest.mark.full
def test_many_events_are_published_in_batches(dev: Deployed) -> None:
    many = [
        build.authorized(payment_id="auth_" + f"{number:026}".translate(str.maketrans("0189", "abcd")), now=NOW)
        for number in range(120)
    ]
    dev.record(*many)
    assert rebuild("--since", "2d").exit_code == 0
    assert dev.heard() == events_for(NEW, *many)


def test_an_unreadable_payment_is_skipped_and_exits_1(dev: Deployed) -> None:
    broken = {"transaction_id": {"S": "auth_broken"}, "operations": {"S": "?"}}
    dev.ledger.put_item(TableName=LEDGER_TABLE, Item=broken)
    said = rebuild("--since", "4d")

    assert said.exit_code == 1
    assert "✗ auth_broken: unreadable payment. Run: paysandbox audit\n" in said.stdout
    assert dev.heard() == events_for(OLD, NEW)


def test_idempotency_records_have_no_events(dev: Deployed) -> None:
    for place in ("clm_x", "auth_x"):
        dev.ledger.put_item(TableName=LEDGER_TABLE, Item=idempotency_record_item(build.claim(place, at=NOW)))
    assert rebuild("--since", "4d").exit_code == 0


class Sns:
    """A topic stub that fails the first entry of each batch: a number of times, or always."""

    def __init__(self, real: Any, *, times: int, sender_fault: bool) -> None:
        self.real, self.times, self.sender_fault = real, times, sender_fault

    def publish_batch(self, **asked: Any) -> Any:
        entries = asked["PublishBatchRequestEntries"]
        if not self.times:
            return self.real.publish_batch(**asked)
        self.times -= 1
        if entries[1:]:
            self.real.publish_batch(**asked | {"PublishBatchRequestEntries": entries[1:]})
        return {"Failed": [{"Id": entries[0]["Id"], "Code": "Reason", "SenderFault": self.sender_fault}]}


def publishing_to(topic: Any, monkeypatch: pytest.MonkeyPatch, **parts: Any) -> None:
    client = Target.client

    def instead(target: Target, service: str) -> Any:
        made = client(target, service)
        return topic(made, **parts) if service == "sns" else made

    monkeypatch.setattr(Target, "client", instead)


def test_events_rejected_by_sns_are_retried(dev: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []
    monkeypatch.setattr(backoff, "wait", waits.append)
    publishing_to(Sns, monkeypatch, times=2, sender_fault=False)
    assert rebuild("--since", "4d").exit_code == 0
    assert dev.heard() == events_for(OLD, NEW)
    assert waits == [1, 2]


def test_lasting_sns_errors_fail_with_a_remedy(dev: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "wait", lambda _: None)
    publishing_to(Sns, monkeypatch, times=99, sender_fault=False)
    said = rebuild("--since", "4d")

    assert said.exit_code == 1
    assert "Run the same command again" in said.stderr


def test_unpublishable_events_are_named_and_exit_1(dev: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    publishing_to(Sns, monkeypatch, times=1, sender_fault=True)
    facts = json.loads((said := rebuild("--since", "2d", "--json")).stdout)

    assert said.exit_code == 1
    assert (facts["missing"], facts["published"]) == (2, 1)
    assert [one["reason"] for one in facts["refused"]] == ["Reason"]
    assert "rejected by SNS: Reason" in _again(monkeypatch).stdout


def _again(monkeypatch: pytest.MonkeyPatch) -> Ran:
    publishing_to(Sns, monkeypatch, times=1, sender_fault=True)
    return rebuild("--since", "2d")


def test_a_period_before_retention_is_refused(dev: Deployed) -> None:
    """Events expired from there would look unpublished."""
    said = rebuild("--since", "31d")

    assert (said.exit_code, said.stdout) == (1, "")
    assert "Events are kept for 30 days" in said.words
    assert "--since 29d" in said.words
    assert dev.heard() == {}


@pytest.mark.parametrize("since", ["", "0s", "yesterday", "2026-11-20", "-2d"])
def test_an_invalid_time_is_a_usage_error(since: str, dev: Deployed) -> None:
    said = rebuild("--since", since)
    assert (said.exit_code, said.stdout) == (2, "")
