"""The donations benchmark: its table is the platform's own, its counts are exact, its report says all of it."""

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from benchmarks import donation_steps, donation_tables, donations, donations_model, donations_report
from benchmarks.cold_import import modules_of
from benchmarks.donation_tables import BEGAN, PACE, TABLE, deployed, donor, holding, items_of
from benchmarks.write_units import index_units, table_units
from paysandbox.contract.donations import MAX_AGE_S
from paysandbox.domain.currency import MINOR_DIGITS
from paysandbox.domain.donation import Donation, Observation, Receipt
from paysandbox.routes.donations import GET_DONATION_TOTAL, LIST_RECENT_DONATIONS
from paysandbox.runtime.donation_tables import donations as donations_table
from paysandbox.table.donation_lists import donations_of, recent, totals
from paysandbox.table.donation_writes import (
    EventOutcome,
    apply_observation,
    change_receipt,
    claim_receipt,
    record_event,
)
from paysandbox.table.donations import Donations, Wish, find_donation, open_donation, record_intent
from paysandbox.table.schema import DONATIONS_KEY, DONATIONS_SORT, OPEN_RECEIPTS, RECENT_DONATIONS

# Every line of the functions is run by their own tests too; tracing would double the time.
pytestmark = [pytest.mark.no_cover, pytest.mark.full]

Json = dict[str, Any]

FEW = 40
SOME_OF_EACH = 80
"""So many that some failed and some went back."""
ACTS = 2


@pytest.fixture(scope="module")
def found() -> Json:
    """Two small tables."""
    return donations.measure((0, FEW), rounds=1, times=1, acts=ACTS)


# --- the table --------------------------------------------------------------------------------------------------------


def lived(kept: Donations, given: Donation) -> None:
    """A donation's life by the platform's own functions, up to where the given one is."""
    begun = Donation(
        id=given.id,
        donor=given.donor,
        amount=given.amount,
        currency=given.currency,
        message=given.message,
        anonymous=given.anonymous,
        created_at=given.created_at,
    )
    open_donation(kept, begun, Wish(text=f"KEY#{given.id}", fingerprint="body", lifetime=timedelta(hours=24)))
    assert given.intent_id is not None
    record_intent(kept, begun, given.intent_id)
    heard: Json = {"donation_id": given.id, "intent_id": given.intent_id, "currency": given.currency}
    if given.failed:
        apply_observation(kept, Observation(at=given.created_at, failed=True, failure=given.failure, **heard))
        return
    apply_observation(kept, Observation(at=given.created_at, paid=given.paid, **heard))
    assert claim_receipt(kept, given.id, given.created_at, "claim")
    change_receipt(kept, given.id, Receipt.SENDING, Receipt.SENT, given.created_at, given.receipt_note)
    if given.refunded:
        apply_observation(kept, Observation(at=given.created_at, paid=given.paid, refunded=given.refunded, **heard))


def without_claims(items: list[Json]) -> list[Json]:
    """What is kept for good: keys of wishes are purged after two days."""
    return sorted((item for item in items if not item[DONATIONS_SORT]["S"].startswith("CLAIM#")), key=place)


def place(item: Json) -> tuple[str, str]:
    return item[DONATIONS_KEY]["S"], item[DONATIONS_SORT]["S"]


def test_it_holds_what_the_platforms_own_functions_leave() -> None:
    given = [*donation_tables.donations(SOME_OF_EACH)]
    assert {one.status for one in given} == {"SUCCEEDED", "FAILED", "REFUNDED"}
    with holding(0) as kept, deployed(kept):
        for one in given:
            lived(donations_table(), one)
        written = without_claims(kept.items(TABLE))
    assert written == sorted(items_of(iter(given)), key=place)


def test_it_answers_as_motos_does() -> None:
    """The same lives, the same refusals and the same questions over both."""
    with holding(0) as kept, deployed(kept):
        mine = asked(donations_table()), sorted(kept.items(TABLE), key=place)
    with mock_aws():
        client: Any = boto3.client(
            "dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
        )
        create_table(client)
        theirs = asked(Donations(client, TABLE)), sorted(client.scan(TableName=TABLE)["Items"], key=place)
    assert mine == theirs


def asked(kept: Donations) -> list[Any]:
    """What is answered on the way."""
    given = [*donation_tables.donations(12)]
    for one in given:
        lived(kept, one)
    first = given[0]
    wish = Wish(text=f"KEY#{first.id}", fingerprint="body", lifetime=timedelta(hours=24))
    again = Observation(
        donation_id=first.id, intent_id=first.intent_id, currency=first.currency, at=BEGAN, paid=first.paid
    )
    told: list[Any] = [
        open_donation(kept, first, wish),  # the one that is there
        apply_observation(kept, again),
        claim_receipt(kept, first.id, BEGAN, "another"),
        find_donation(kept, "nobody"),
    ]
    for outcome in (EventOutcome.PARKED, EventOutcome.APPLIED, EventOutcome.UNCHANGED):
        record_event(kept, "evt_1", kind="charge.refunded", outcome=outcome, donation_id=first.id, at=BEGAN)
    page, cursor = donations_of(kept, first.donor.email, limit=2)
    return [
        *told,
        totals(kept),
        recent(kept),
        page,
        cursor,
        donations_of(kept, first.donor.email, limit=2, cursor=cursor),
    ]


def create_table(client: Any) -> None:
    """With the keys and indexes of the schema."""
    keys = {DONATIONS_KEY, DONATIONS_SORT}
    indexes = []
    for index, projected in ((RECENT_DONATIONS, "ALL"), (OPEN_RECEIPTS, "KEYS_ONLY")):
        keys |= {index.partition_key, index.sort_key}
        indexes.append(
            {
                "IndexName": index.name,
                "KeySchema": schema_of(index.partition_key, index.sort_key),
                "Projection": {"ProjectionType": projected},
            }
        )
    client.create_table(
        TableName=TABLE,
        KeySchema=schema_of(DONATIONS_KEY, DONATIONS_SORT),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in sorted(keys)],
        GlobalSecondaryIndexes=indexes,
        BillingMode="PAY_PER_REQUEST",
    )


def schema_of(partition: str, sort: str) -> list[Json]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def item(status: str | None = "PENDING", note: str = "", at: str = "2026-01-05") -> Json:
    """An item with a place in the index of the latest, or with none (no status)."""
    places = {"status": {"S": status}, "created_at": {"S": at}} if status else {}
    return {DONATIONS_KEY: {"S": "USER#x"}, DONATIONS_SORT: {"S": "DONATION#1"}, "note": {"S": note}, **places}


LONG = "x" * 1_500


@pytest.mark.parametrize(
    "old, new, whole, keys_only",
    [
        (None, item(), 1, 1),
        (None, item(note=LONG), 2, 1),
        (item(), item(), 0, 0),
        (item(), item(note="new"), 1, 0),  # what is projected changed
        (item(note=LONG), item(), 2, 0),  # by the larger one
        (item(), item("SUCCEEDED"), 2, 2),  # removed here, put there
        (item(note=LONG), item("SUCCEEDED"), 3, 2),
        (item(), item(None), 1, 1),
        (item(None), item(None, "new"), 0, 0),
    ],
)
def test_an_index_of_whole_items_is_written_with_each_of_them(
    old: Json | None, new: Json, whole: int, keys_only: int
) -> None:
    """DynamoDB developer guide, "Using global secondary indexes", on write capacity."""
    index = RECENT_DONATIONS
    assert sum(units for *_, units in index_units(old, new, (index,), (index,))) == whole
    assert sum(units for *_, units in index_units(old, new, (index,))) == keys_only
    assert table_units(old, new) >= 1


# --- what is counted --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", [GET_DONATION_TOTAL, LIST_RECENT_DONATIONS], ids=lambda route: route.name)
@pytest.mark.parametrize("count", [0, 1, 300])
def test_what_everybody_may_read_is_one_query(route: Any, count: int) -> None:
    """Even of every currency there is."""
    every = {code.lower(): 1.0 for code in MINOR_DIGITS}
    with holding(count, every) as kept:
        figures, answer = donations.read(kept, route)
    assert figures["calls"] == {"Query": 1}
    assert b"LastEvaluatedKey" not in answer or route is LIST_RECENT_DONATIONS  # of the total nothing is left over


def test_the_latest_are_ten_and_read_the_same_of_any_table(found: Json) -> None:
    rows = found["reads"]["/donations/recent"]
    assert rows["0"]["read_units"] == 0.5
    assert rows[str(FEW)]["read_units"] <= 1
    with holding(FEW) as kept, deployed(kept):
        latest = recent(donations_table())
    assert len(latest) == 10
    assert latest[0].created_at >= latest[-1].created_at + 9 * PACE


def test_stripe_waits_for_one_message_and_no_table(found: Json) -> None:
    assert found["steps"][donation_steps.TOLD]["calls"] == {"SendMessage": 1}


@pytest.mark.parametrize(
    "step, calls, write_units",
    [
        # Four writes of a transaction, paid twice each, and the index of the latest; then the intent, in it too.
        (donation_steps.OPENED, {"TransactWriteItems": 1, "UpdateItem": 1}, 8 + 1 + 2),
        (donation_steps.AGAIN, {"TransactWriteItems": 1, "GetItem": 1}, 8),
        # Donation and total, twice each; it moves in one index and enters the other; the event.
        (
            donation_steps.APPLIED,
            {"GetItem": 2, "TransactWriteItems": 1, "SendMessage": 1, "PutItem": 1},
            4 + 2 + 1 + 1,
        ),
        (donation_steps.DUPLICATE, {"GetItem": 2, "SendMessage": 1, "PutItem": 1}, 1),
        (donation_steps.LATE, {"GetItem": 2, "PutItem": 1}, 1),
        # Claimed and sent: each the item and both indexes, of which one is moved in, then left.
        (donation_steps.THANKED, {"GetItem": 1, "UpdateItem": 2, "SendEmail": 1}, (1 + 1 + 2) + (1 + 1 + 1)),
        (donation_steps.PARTLY, {"GetItem": 2, "TransactWriteItems": 1, "PutItem": 1}, 4 + 1 + 1),
        (donation_steps.WHOLLY, {"GetItem": 2, "TransactWriteItems": 1, "PutItem": 1}, 4 + 2 + 1),
    ],
)
def test_a_step_asks_for_so_much(found: Json, step: str, calls: Json, write_units: int) -> None:
    told = found["steps"][step]
    assert (told["calls"], told["write_units"]) == (calls, write_units)
    assert told["stripe_calls"] == (step in {donation_steps.OPENED, donation_steps.AGAIN})


def test_a_step_costs_the_same_in_any_table(found: Json) -> None:
    with holding(0) as kept:
        empty = donation_steps.taken(kept, 1)
    counted = ("calls", "stripe_calls", "write_units", "read_units")
    for name, step in found["steps"].items():
        assert {part: step[part] for part in counted} == {part: empty[name][part] for part in counted}


def test_only_functions_that_ask_stripe_load_its_sdk() -> None:
    loaded = {name: "stripe" in modules_of(f"donations.{name}") for name in (donations.WITH, donations.WITHOUT)}
    assert loaded == {donations.WITH: True, donations.WITHOUT: False}


# --- what is told -----------------------------------------------------------------------------------------------------


def test_the_report_says_every_figure(found: Json) -> None:
    text = "\n".join(donations_report.section(json.loads(json.dumps(found))))
    assert "**Modelled, not measured.**" in text
    for name in (*found["steps"], *found["cold"]["cases"], *(f"GET {path}" for path in found["reads"])):
        assert name in text
    assert f"{MAX_AGE_S} seconds" in text.replace("five", "5")
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 120


def test_a_thousand_donations_are_their_steps(found: Json) -> None:
    model = found["model"]
    steps = sum(model["usd_per_thousand"][name] for name in donations_model.WHOLE)
    assert model["modelled"] is True
    assert model["donation_usd_per_thousand"] == pytest.approx(steps) == pytest.approx(sum(model["donation"].values()))
    # One of each for every donation: a mail at 10 cents a thousand, two requests at 3.50 a million.
    assert (model["donation"]["SES mail"], model["donation"]["API Gateway REST request"]) == (0.1, 0.007)
    # Sent, received and deleted, of two queues.
    assert model["donation"]["SQS request, standard"] == pytest.approx(0.0024)


def test_waiting_for_stripe_is_paid_for() -> None:
    figures: Json = {"calls": {"GetItem": 2}, "stripe_calls": 1, "cpu_ms": 0}
    waited = donations_model.billed_ms(figures) - donations_model.billed_ms({**figures, "stripe_calls": 0})
    assert waited == donations_model.ASSUMED_MS[donations_model.STRIPE]


def test_donors_give_more_than_once() -> None:
    given = [*donation_tables.donations(300)]
    assert len({one.id for one in given}) == 300
    assert 50 < len({one.donor for one in given}) <= 100
    assert donor(1) != donor(2)
