"""Records of which the follow-up fails, because the object that it changes cannot be read.

Each is parked by itself, and its neighbors are published. Once the object is fixed, the record is repeated.
"""

import io
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import pytest

from cli.connection.target import Target
from payments import publish_event
from paysandbox.aws import runtime, telemetry
from paysandbox.aws.schema import STRIPE_OBJECTS_KEY
from paysandbox.aws.settings import TopicSettings
from paysandbox.core import ids
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.payments.ledger.stream import events_in
from paysandbox.stripe_api.routes import LIST_CUSTOMER_PAYMENT_METHODS
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.events.event_store import StoredEvent
from stripe_api import publish_object_events
from tests.stripe_api.handlers.checkout.sessions import CHALLENGED, opened, pay, saving, shown, submit, typed
from tests.stripe_api.handlers.payouts.payouts import paid_out, shown as shown_payout
from tests.stripe_api.handlers.setup_intents.setups import complete
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.stripe_api.workers.test_publish_object_events import recorded
from tests.support.builders import build
from tests.support.clients.program import Ran, paysandbox
from tests.support.clients.saved_cards import customer
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.clients.transfers import connected, funded
from tests.support.fakes import stream
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.deployed_account import deployed
from tests.support.worlds.webhook_workers import PARKED, WebhookWorkers

SECRET: Final = "4242424242424242"
OK: Final = {"batchItemFailures": []}
Json = dict[str, Any]


class Failing(NamedTuple):
    """A record, the worker that reads it, and what makes its follow-up fail and succeed again.

    `done` returns how many results its follow-up has.
    """

    worker: Callable[[Json, Any], Any]
    record: Json
    spoil: Callable[[], None]
    fix: Callable[[], None]
    done: Callable[[], int]


def on_object(
    worker: Callable[[Json, Any], Any], record: Json, item: Json, before: Json | None, done: Callable[[], int]
) -> Failing:
    """Return a record whose follow-up fails on an object that no version of ours writes. `before`: the object before
    the follow-up (None: there was none)."""
    key = {STRIPE_OBJECTS_KEY: item[STRIPE_OBJECTS_KEY]}

    def put(instead: Json) -> None:
        runtime.dynamodb().put_item(TableName=tables.STRIPE_OBJECTS, Item=instead)

    def fix() -> None:
        if before is None:
            runtime.dynamodb().delete_item(TableName=tables.STRIPE_OBJECTS, Key=key)
        else:
            put(before)

    return Failing(worker, record, lambda: put(key | {"version": {"S": SECRET}}), fix, done)


def stored(kind: str) -> Json:
    (item,) = (i for i in table_snapshot.items_of(tables.STRIPE_OBJECTS) if i.get("object") == {"S": kind})
    return item


def of_payment(kind: str, done: Callable[[], int], before: Json | None = None) -> Failing:
    """Return the record of the only payment, which fails on its object of a kind."""
    (item,) = (item for item in tables.items(runtime.ledger()).values() if "operations" in item)
    record = stream.of_images({"NewImage": item}, transaction_id=item["transaction_id"]["S"])
    return on_object(publish_event.handler, record, stored(kind), before, done)


def saved_card() -> Failing:
    shop = StripeMerchant()
    jenny = customer(shop)
    shop.paid(customer=jenny, setup_future_usage="off_session")
    return of_payment("payment_method", lambda: len(done(shop.get(LIST_CUSTOMER_PAYMENT_METHODS, jenny))["data"]))


def completed(session_id: str) -> int:
    return int(shown(session_id)["status"] == "complete")


def paid_session() -> Failing:
    session = opened()
    before = stored("checkout.session")
    pay(session["url"])
    return of_payment("checkout.session", lambda: completed(session["id"]), before)


def shared_payment() -> Failing:
    shop = StripeMerchant()
    shop.paid(transfer_data={"destination": connected()})
    return of_payment("transfer", lambda: len(done(shop.get(ROUTE["list_transfers"]))["data"]))


def set_up_session() -> Failing:
    session = saving()
    to_bank = submit(session["url"], typed(CHALLENGED)).headers["Location"]
    with recorded() as records:
        complete(to_bank)
    (record,) = (each for each in records if each["dynamodb"]["NewImage"]["object"] == {"S": "setup_intent"})
    item = stored("checkout.session")
    return on_object(publish_object_events.handler, record, item, item, lambda: completed(session["id"]))


def failed_payout() -> Failing:
    """Return the record of a payout that lacks what its second step needs."""
    funded(100_00)
    with recorded() as records:
        name = paid_out(40_00, "payout=account_closed")["id"]
    (record,) = records
    image = record["dynamodb"]["NewImage"]
    attributes = json.loads(image["attributes"]["S"])
    item = stored("payout")

    def hold(attributes: Json) -> None:
        image["attributes"] = {"S": json.dumps(attributes)}

    def fix() -> None:
        hold(attributes)
        runtime.dynamodb().put_item(TableName=tables.STRIPE_OBJECTS, Item=item)

    broken = {name: value for name, value in attributes.items() if name != "currency"}
    return Failing(
        publish_object_events.handler,
        record,
        lambda: hold(broken),
        fix,
        lambda: int(shown_payout(name)["status"] == "failed"),
    )


OF_LEDGER: Final = [saved_card, paid_session, shared_payment]
EVERY_TIME: Final = [*OF_LEDGER, set_up_session]
FAILING: Final = [*EVERY_TIME, failed_payout]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return the worker's log output."""
    printed = io.StringIO()
    monkeypatch.setattr(telemetry._logger().registered_handler, "stream", printed)
    return printed


def neighbor(worker: Callable[[Json, Any], Any], number: int) -> Json:
    """Return a record of the same stream without a follow-up."""
    if worker is publish_event.handler:
        return stream.record(None, build.authorized(payment_id=ids.payment_id("neighbor", str(number))))
    with recorded() as records:
        done(StripeMerchant().post(ROUTE["create_product"], name=f"Neighbor {number}"))
    (record,) = records
    return record


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.__name__)
def test_it_is_parked_and_its_neighbors_are_published(
    case: Callable[[], Failing], workers: WebhookWorkers, log: io.StringIO
) -> None:
    failing = case()
    batch = [neighbor(failing.worker, 1), failing.record, neighbor(failing.worker, 2)]
    assert failing.worker({"Records": [batch[0]]}, None) == OK
    assert failing.worker({"Records": [batch[2]]}, None) == OK
    of_neighbors = [event["id"] for event in workers.told_about()]

    failing.spoil()
    assert failing.worker({"Records": batch}, None) == OK
    assert [event["id"] for event in workers.told_about()] == of_neighbors
    (parked,) = [json.loads(message["body"]) for message in workers.waiting(PARKED)]
    assert parked["reason"] == "KeyError"
    (line,) = (json.loads(text) for text in log.getvalue().splitlines() if "dead-letter" in text)
    assert line["raised_at"][-1].startswith("paysandbox.")
    assert SECRET not in log.getvalue() + json.dumps(parked)

    failing.fix()
    assert failing.done() == 0
    for _ in range(2):
        assert failing.worker({"Records": [failing.record]}, None) == OK
        assert failing.done() == 1
    assert workers.told_about()
    assert workers.waiting(PARKED) == []


@pytest.mark.parametrize("case", EVERY_TIME, ids=lambda case: case.__name__)
def test_a_batch_that_fails_with_one_error_is_retried_and_parks_nothing(
    case: Callable[[], Failing], workers: WebhookWorkers
) -> None:
    failing = case()
    failing.spoil()
    with pytest.raises(KeyError):
        failing.worker({"Records": [failing.record] * 3}, None)
    assert (workers.told_about(), workers.waiting(PARKED)) == ([], [])
    assert failing.worker({"Records": [failing.record] * 2}, None) == OK
    assert len(workers.waiting(PARKED)) == 2


# --- the rebuild ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def account(wire: Wire) -> Iterator[None]:
    """Deploy the environment `dev` with the tables and the topic of the workers."""
    with deployed("dev") as account:
        events = webhook_tables.event_store().table
        account.deploy_stack("data", {"LedgerTable": runtime.ledger().table})
        account.deploy_stack("webhooks", {"EventsTable": events, "EventRetentionDays": "30"})
        account.deploy_stack("events", {"WebhookTopicArn": runtime.settings_of(TopicSettings).webhook_topic})
        yield


@pytest.fixture
def rebuild(account: None, workers: WebhookWorkers, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Return the program's `events rebuild`."""
    client = Target.client

    def instead(target: Target, service: str) -> Any:
        return SimpleNamespace(invoke=invoked) if service == "lambda" else client(target, service)

    monkeypatch.setattr(Target, "client", instead)
    return lambda *words: paysandbox("events", "rebuild", "--since", "29d", "--env", "dev", *words)


def invoked(*, FunctionName: str, Payload: str) -> Json:  # noqa: N803 - boto3's names
    """Run the worker as Lambda does: an error is its type and text."""
    assert FunctionName == "paysandbox-dev-publish_event"
    try:
        output, error = publish_event.handler(json.loads(Payload), None), {}
    except Exception as raised:  # noqa: BLE001 - of any kind
        output, error = (
            {"errorType": type(raised).__name__, "errorMessage": str(raised)},
            {"FunctionError": "Unhandled"},
        )
    return {"Payload": io.BytesIO(json.dumps(output).encode()), **error}


@pytest.mark.parametrize("case", OF_LEDGER, ids=lambda case: case.__name__)
def test_the_rebuild_repeats_it_once_it_is_fixed(
    case: Callable[[], Failing], workers: WebhookWorkers, rebuild: Callable[..., Ran]
) -> None:
    """Every event in order, and its follow-up, once. Until then it says what fails."""
    failing = case()
    expected = [event.id for event in events_in(failing.record)]
    failing.spoil()
    assert failing.worker({"Records": [failing.record]}, None) == OK
    assert (len(workers.waiting(PARKED)), workers.told_about()) == (1, [])

    again = rebuild("--json")
    refused = [{"event_id": name, "reason": "KeyError"} for name in sorted(expected)]
    assert (again.exit_code, json.loads(again.stdout)["refused"]) == (1, refused)
    assert f"{expected[0]}: not published, the payment's follow-up fails: KeyError" in rebuild().stdout
    assert (workers.told_about(), workers.waiting(PARKED)) == ([], [])

    failing.fix()
    assert rebuild().exit_code == 0
    published = workers.told_about()
    assert ([event["id"] for event in published], failing.done()) == (expected, 1)
    workers.plan(*map(planned, published))
    assert rebuild().stdout.startswith("No events are missing")
    assert (workers.told_about(), failing.done()) == ([], 1)


@pytest.mark.parametrize("overtook", [0, 1, 2])
def test_the_rebuild_publishes_what_is_missing_alone(
    overtook: int, workers: WebhookWorkers, rebuild: Callable[..., Ran]
) -> None:
    """Later events may have overtaken those that were parked."""
    failing = shared_payment()
    failing.worker({"Records": [failing.record]}, None)
    events = workers.told_about()
    parked = len(events) - overtook
    workers.plan(*map(planned, events[parked:]))
    assert rebuild().exit_code == 0
    assert workers.told_about() == events[:parked]


def planned(event: Json) -> StoredEvent:
    at = parse_timestamp(event["timestamp"])
    return StoredEvent(id=event["id"], merchant=build.MERCHANT, type=event["type"], at=at, body=json.dumps(event))
