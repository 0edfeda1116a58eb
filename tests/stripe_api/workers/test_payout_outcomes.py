"""A payout with an outcome gets it when the stream of its table is read, once, whoever else comes to it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws import backoff
from stripe_api import publish_object_events
from tests.stripe_api.handlers.payouts.payouts import SHOP, paid_out, shown, sweep
from tests.stripe_api.scenarios import RESOURCE
from tests.stripe_api.workers.test_publish_object_events import Records, recorded, sent
from tests.support.builders.build import MERCHANT
from tests.support.clients.stripe_merchant import done
from tests.support.clients.transfers import connected, funded, funds_of, sent as sent_to
from tests.support.worlds.aws_transport import Deliver, Killed, Wire, answered_with
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, READS, failures
from tests.support.worlds.webhook_workers import WebhookWorkers

pytestmark = pytest.mark.usefixtures("workers")

PAID_OUT = {"USD": 60_00}
GIVEN_BACK = {"USD": 100_00}


def written(outcome: str | None) -> tuple[str, Records]:
    """Pay 40.00 of 100.00 out, and return the payout's ID and the records of the table's stream."""
    funded(100_00)
    with recorded() as records:
        name = paid_out(40_00, outcome)["id"]
    return name, records


def read(records: Records) -> None:
    """Read the records as the stream's reader does."""
    assert publish_object_events.handler({"Records": records}, None) == {"batchItemFailures": []}


@pytest.mark.parametrize("outcome, status, funds", [
    ("payout=paid", "paid", PAID_OUT), ("payout=account_closed", "failed", GIVEN_BACK),
    ("payout=paid:no_account", "paid", PAID_OUT), (None, "pending", PAID_OUT),
])  # fmt: skip
def test_it_gets_its_outcome(outcome: str | None, status: str, funds: dict[str, int]) -> None:
    name, records = written(outcome)
    read(records)
    assert (shown(name)["status"], funds_of(MERCHANT)) == (status, funds)
    assert sweep() == 0


def test_its_events_follow_that_of_its_creation(workers: WebhookWorkers) -> None:
    name, records = written("payout=account_closed")
    with recorded() as of_outcome:
        read(records)
    workers.told_about()
    types = [type_ for type_, object_id, _ in sent(workers, [*records, *of_outcome]) if object_id == name]
    assert types == ["payout.created", "payout.failed"]


def test_a_bank_account_with_an_outcome(workers: WebhookWorkers) -> None:
    funded(100_00)
    account = connected(default_currency="usd", external_account="btok_us_verified_noAccount")
    sent_to(account, 40_00)
    of_account = {"Stripe-Account": account}
    with recorded() as records:
        made = done(SHOP.ask(RESOURCE["create_payout"], None, {"amount": 15_00, "currency": "usd"}, headers=of_account))
    read(records)
    after = done(SHOP.ask(RESOURCE["get_payout"], made["id"], headers=of_account))
    assert (after["status"], after["failure_code"], funds_of(account)) == ("failed", "no_account", {"USD": 40_00})


def test_the_same_records_again_change_nothing() -> None:
    name, records = written("payout=account_closed")
    read(records)
    after = shown(name)
    read(records)
    assert (shown(name), funds_of(MERCHANT)) == (after, GIVEN_BACK)


def canceled(name: str) -> None:
    done(SHOP.post(RESOURCE["cancel_payout"], name))


def updated(name: str) -> None:
    done(SHOP.post(RESOURCE["update_payout"], name, metadata={"b": "2"}))


@pytest.mark.parametrize("change, statuses, funds", [
    (canceled, ("canceled", "canceled"), GIVEN_BACK), (updated, ("pending", "paid"), PAID_OUT),
])  # fmt: skip
def test_what_has_changed_before_its_creation_is_read_stays(
    change: Callable[[str], None], statuses: tuple[str, str], funds: dict[str, int]
) -> None:
    name, records = written("payout=paid")
    with recorded() as of_change:
        change(name)
    read(records)
    assert shown(name)["status"] == statuses[0]
    read(of_change)
    assert (shown(name)["status"], funds_of(MERCHANT)) == (statuses[1], funds)


def test_the_reader_and_the_sweep_at_once_give_the_amount_back_once(wire: Wire) -> None:
    name, records = written("payout=account_closed")
    with wire.meeting(2, "PutItem"), ThreadPoolExecutor(2) as pool:
        for finished in [pool.submit(read, records), pool.submit(sweep)]:
            finished.result()
    assert (shown(name)["status"], funds_of(MERCHANT)) == ("failed", GIVEN_BACK)


@pytest.mark.full
@pytest.mark.parametrize("outcome, status, funds", [
    ("payout=paid", "paid", PAID_OUT), ("payout=account_closed", "failed", GIVEN_BACK),
])  # fmt: skip
def test_a_reader_that_is_killed_at_any_write_reads_again(
    outcome: str, status: str, funds: dict[str, int], wire: Wire
) -> None:
    _, records = written(outcome)
    with wire.record() as recorded_calls:
        read(records)
    found = [each for each in failures(recorded_calls, KILLED_BEFORE, KILLED_AFTER) if each.operation not in READS]
    assert len(found) >= 4
    for failure in found:
        before = funds_of(MERCHANT)["USD"]
        name, records = written(outcome)
        with failure.happening(wire), suppress(Killed):
            read(records)
        read(records)
        sweep()  # what was sent to the bank when the reader was killed
        assert shown(name)["status"] == status, failure
        assert funds_of(MERCHANT)["USD"] - before == funds["USD"], failure


def canceled_transaction(request: AWSPreparedRequest, _: Deliver) -> AWSResponse:
    """Answer as if another transaction had one of the items each time."""
    body = {
        "__type": "com.amazonaws#TransactionCanceledException",
        "message": "Transaction cancelled",
        "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}, {"Code": "None"}],
    }
    return answered_with(request, 400, body)


def test_busy_funds_delay_no_event_and_the_sweep_gives_back(
    workers: WebhookWorkers, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, records = written("payout=account_closed")
    monkeypatch.setattr(backoff, "time", SimpleNamespace(sleep=lambda _: None))
    with wire.broken(canceled_transaction, when=lambda call: call.operation == "TransactWriteItems"):
        read(records)
    assert [event["data"]["type"] for event in workers.told_about()] == ["payout.created"]
    assert (shown(name)["status"], funds_of(MERCHANT)) == ("in_transit", PAID_OUT)
    assert (sweep(), shown(name)["status"], funds_of(MERCHANT)) == (1, "failed", GIVEN_BACK)
