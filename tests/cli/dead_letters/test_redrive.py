"""`paysandbox redrive webhooks`: messages that leave or stay in the dead-letter queue, without duplicate deliveries."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cli.connection.target import Target
from cli.dead_letters.dead_letter_queue import WAIT_S
from cli.webhooks.dead_deliveries import _redrive_of
from paysandbox.aws.schema import DELIVERIES, ENDPOINTS, EVENTS
from paysandbox.aws.settings import DeliveryQueuesSettings, WebhookTablesSettings
from paysandbox.webhooks.deliveries.deliveries import (
    Deliveries,
    delivery_from,
    delivery_item,
    delivery_key,
    planned_delivery,
    put_delivery,
)
from paysandbox.webhooks.deliveries.message import render_delivery_message
from paysandbox.webhooks.delivery import MAX_RESENDS, Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint
from paysandbox.webhooks.endpoints.endpoints import endpoint_entry, endpoints_key
from paysandbox.webhooks.events.event_store import EventStore, StoredEvent, store_event
from tests.support.builders import build
from tests.support.clients.program import paysandbox
from tests.support.worlds import tables
from tests.support.worlds.deployed_account import Account, deployed

TRIES = 10
ENDPOINT = Endpoint(
    id="we_1",
    merchant="demo",
    url="https://example.com",
    events=("*",),
    created_at=build.MONDAY,
    listens_since=build.MONDAY,
    request_id="req-1",
    generation=3,
)
FAILED = Delivery(
    id="wd_1",
    merchant="demo",
    endpoint_id="we_1",
    event_id="evt_1",
    event_type="payment_captured",
    event_at=build.MONDAY,
    generation=2,
    status=DeliveryStatus.FAILED,
    tries=TRIES,
)


@dataclass(frozen=True)
class Dead:
    """The queues and tables of a deployed environment."""

    account: Account
    queues: DeliveryQueuesSettings
    deliveries: Deliveries

    def put(self, *deliveries: Delivery, message: str | None = None, queued: bool = True) -> None:
        for one in deliveries:
            self.deliveries.client.put_item(TableName=DELIVERIES, Item=delivery_item(one, 60))
            if queued:
                self.bury(render_delivery_message(one))
        if message is not None:
            self.bury(message)

    def bury(self, text: str) -> None:
        self.account.client("sqs").send_message(QueueUrl=self.queues.dead_deliveries_queue, MessageBody=text)

    def endpoint(self, endpoint: Endpoint | None) -> None:
        entries = {endpoint.id: endpoint_entry(endpoint)} if endpoint else {}
        self.deliveries.client.put_item(
            TableName=ENDPOINTS, Item={**endpoints_key("demo"), "endpoints": {"M": entries}}
        )

    def get(self, delivery_id: str = "wd_1") -> Delivery:
        item = self.deliveries.client.get_item(TableName=DELIVERIES, Key=delivery_key(delivery_id)).get("Item")
        assert item is not None
        return delivery_from(item)

    def messages(self, name: str) -> list[dict[str, Any]]:
        return [_read(message["Body"]) for message in self._received(name)]

    def groups(self, name: str) -> set[str]:
        return {message["Attributes"]["MessageGroupId"] for message in self._received(name)}

    def _received(self, name: str) -> list[dict[str, Any]]:
        return (
            self.account.client("sqs")
            .receive_message(
                QueueUrl=getattr(self.queues, f"{name}_queue"),
                MaxNumberOfMessages=10,
                VisibilityTimeout=0,
                AttributeNames=["MessageGroupId"],
            )
            .get("Messages", [])
        )


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dead]:
    monkeypatch.setitem(WAIT_S, False, 0)
    with deployed("dev") as account:
        sqs, dynamodb = account.client("sqs"), account.client("dynamodb")
        urls = {
            f"{name.replace('-', '_')}_queue": sqs.create_queue(QueueName=f"paysandbox-dev-{name}")["QueueUrl"]
            for name in ("deliveries", "unhealthy", "dead-deliveries")
        }
        for name in (DELIVERIES, ENDPOINTS, EVENTS):
            tables.create_table(dynamodb, name, like=name)
        queues = DeliveryQueuesSettings(**urls)
        told = WebhookTablesSettings(
            endpoints_table=ENDPOINTS, events_table=EVENTS, deliveries_table=DELIVERIES, event_retention_s=60
        )
        account.deploy_function("deliver_event", variables=told.to_env() | queues.to_env())
        made = Dead(account, queues, Deliveries(dynamodb, DELIVERIES, 60))
        made.endpoint(ENDPOINT)
        yield made


def redrive(*words: str):
    said = paysandbox("redrive", "webhooks", "--env", "dev", "--json", *words)
    facts = json.loads(said.stdout)
    assert (facts.pop("environment"), facts.pop("queue")) == ("dev", "webhooks")
    counts = {name: count for name, count in facts.items() if count}
    return said.exit_code, counts


@pytest.mark.full
def test_dead_deliveries_are_reopened_and_queued(dead: Dead) -> None:
    dead.put(*[replace(FAILED, id=f"wd_{number}", event_id=f"evt_{number}") for number in range(1, 14)])

    assert redrive() == (0, {"redriven": 13})

    found = dead.get("wd_7")
    assert (found.status, found.tries, found.generation, len(found.resends)) == (DeliveryStatus.PENDING, 0, 3, 1)
    assert dead.messages("dead_deliveries") == []
    assert {message["tries"] for message in dead.messages("deliveries")} == {0}
    assert dead.groups("deliveries") == {FAILED.merchant}
    assert redrive() == (0, {})


def test_unhealthy_endpoints_use_their_own_queue(dead: Dead) -> None:
    dead.endpoint(replace(ENDPOINT, unhealthy_since=build.MONDAY.replace(year=2999)))
    dead.put(FAILED)

    assert redrive() == (0, {"redriven": 1})
    assert len(dead.messages("unhealthy")) == 1


@pytest.mark.parametrize("delivery, outcome, exit_code", [
    (replace(FAILED, status=DeliveryStatus.DELIVERED), "out_of_date", 0),
    (replace(FAILED, status=DeliveryStatus.CANCELED), "out_of_date", 0),
    (replace(FAILED, status=DeliveryStatus.PENDING), "redriven", 0),            # a worker's own failure
    (replace(FAILED, resends=frozenset(map(str, range(MAX_RESENDS)))), "too_many_resends", 1),
])  # fmt: skip
def test_state_of_the_delivery_decides(dead: Dead, delivery: Delivery, outcome: str, exit_code: int) -> None:
    dead.put(delivery)

    assert redrive() == (exit_code, {outcome: 1})
    assert len(dead.messages("dead_deliveries")) == exit_code
    assert len(dead.messages("deliveries")) == (outcome == "redriven")


def test_a_delivery_without_its_first_attempt_is_stored_and_queued(dead: Dead) -> None:
    event = StoredEvent(
        id="evt_2",
        merchant="demo",
        type="payment_captured",
        at=build.MONDAY,
        body='{"type":"payment_captured","sequence":2}',
        planned={ENDPOINT.id: 2},
    )
    store_event(EventStore(dead.deliveries.client, EVENTS, 60), event)
    planned = planned_delivery(event, ENDPOINT.id)
    assert planned is not None
    dead.bury(render_delivery_message(planned))
    dead.bury(render_delivery_message(replace(planned, id="wd_3", event_id="evt_3")))

    assert redrive() == (0, {"redriven": 1, "out_of_date": 1})

    found = dead.get(planned.id)
    assert (found.status, found.tries, found.generation, len(found.resends)) == (DeliveryStatus.PENDING, 0, 3, 1)
    assert [message["delivery_id"] for message in dead.messages("deliveries")] == [planned.id]


@pytest.mark.parametrize("place", ["here", "target"])
def test_it_is_swept_and_listed_where_the_functions_look(dead: Dead, place: str) -> None:
    """On this machine, these write and read the first shard only."""
    planned = replace(FAILED, id="wd_2", event_id="evt_2", status=DeliveryStatus.PENDING, tries=0)
    target: Target = getattr(dead.account, place)
    put_delivery(_redrive_of(target).deliveries, planned)
    item = dead.deliveries.client.get_item(TableName=DELIVERIES, Key=delivery_key("wd_2")).get("Item")
    assert item == delivery_item(planned, 60, 1 if place == "here" else 16)


def test_a_delivery_in_progress_is_not_queued_twice(dead: Dead) -> None:
    dead.put(replace(FAILED, status=DeliveryStatus.PENDING, tries=1), queued=False)
    dead.bury(render_delivery_message(FAILED))

    assert redrive() == (0, {"out_of_date": 1})
    assert dead.messages("deliveries") == []


@pytest.mark.parametrize("endpoint, outcome, exit_code", [
    (None, "endpoint_deleted", 0),
    (replace(ENDPOINT, disabled=Disabled(build.MONDAY, DisabledBecause.GONE)), "endpoint_disabled", 1),
])  # fmt: skip
def test_disabled_and_deleted_endpoints(dead: Dead, endpoint: Endpoint | None, outcome: str, exit_code: int) -> None:
    dead.endpoint(endpoint)
    dead.put(FAILED)

    assert redrive() == (exit_code, {outcome: 1})
    assert len(dead.messages("dead_deliveries")) == exit_code
    assert dead.get().status is DeliveryStatus.FAILED


def test_invalid_messages_stay_and_others_are_redriven(dead: Dead) -> None:
    dead.bury("nonsense")
    dead.put(FAILED)

    assert redrive() == (1, {"redriven": 1, "unreadable": 1})
    assert dead.messages("dead_deliveries") == ["nonsense"]


@pytest.mark.parametrize("lost", ["send_message", "delete_message"])
def test_an_interrupted_run_is_completed_by_the_next(dead: Dead, monkeypatch, lost: str) -> None:
    from cli.connection.target import Target

    dead.put(FAILED)
    make = Target.client
    with monkeypatch.context() as broken:

        def client(target: Target, service: str) -> Any:
            made = make(target, service)
            if service == "sqs":
                broken.setattr(made, lost, _break)
            return made

        broken.setattr(Target, "client", client)
        with pytest.raises(ZeroDivisionError):
            paysandbox("redrive", "webhooks", "--env", "dev")
    _make_visible(dead)

    assert redrive() == (0, {"redriven": 1})
    assert dead.messages("dead_deliveries") == []
    assert len(dead.get().resends) == 1
    assert {message["tries"] for message in dead.messages("deliveries")} == {0}


def _break(**_: Any) -> None:
    raise ZeroDivisionError


def _make_visible(dead: Dead) -> None:
    """Make messages visible, as after a minute."""
    from moto.sqs.models import sqs_backends

    for account in sqs_backends.values():
        for backend in account.values():
            for queue in backend.queues.values():
                for message in queue._messages:
                    message.visible_at = 0
                    queue.pending_messages.discard(message)


def test_results_are_printed(dead: Dead) -> None:
    dead.put(FAILED, message="nonsense")
    said = paysandbox("redrive", "webhooks", "--env", "dev")

    assert said.exit_code == 1
    assert said.stdout.splitlines() == ["1 delivery queued again.", "Left 1 message: the message is not a delivery."]
    assert "2 messages in paysandbox-dev-dead-deliveries" in said.stderr


def test_an_older_environment_has_nothing_to_redrive() -> None:
    with deployed("dev"):
        said = paysandbox("redrive", "webhooks", "--env", "dev")
    assert said.exit_code == 1
    assert "dev was deployed from another version, which has no webhook deliveries." in said.words
