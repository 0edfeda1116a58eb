"""The donations benchmark: exact counts, and a complete report."""

import json
from typing import Any

import pytest

from benchmarks import donation_steps, donations, donations_report
from benchmarks.cold_import import modules_of
from benchmarks.write_units import index_units, table_units
from paysandbox.aws import runtime
from paysandbox.aws.schema import DONATIONS_KEY, DONATIONS_SORT, RECENT_DONATIONS
from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.lists import recent, totals
from paysandbox.donations.routes import GET_DONATION_TOTAL, LIST_RECENT_DONATIONS
from paysandbox.donations.schemas import MAX_AGE_S
from tests.support import tables

# The functions' own tests cover every line; tracing would double the time.
pytestmark = [pytest.mark.no_cover, pytest.mark.full]

Json = dict[str, Any]

FEW = 40


@pytest.fixture(scope="module")
def found() -> Json:
    """Provide the counts of an empty table and a small one."""
    return donations.measure((0, FEW), rounds=1, times=1)


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
def test_an_index_that_projects_all_is_written_with_each_item(
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
def test_public_routes_make_one_query(route: Any, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """This holds even for all currencies at once."""
    monkeypatch.setattr(donations, "CURRENCIES", tuple(code.lower() for code in MINOR_DIGITS))
    with tables.sandbox():
        put(count)
        figures, answer = donations.read(route)
    assert figures["calls"] == {"Query": 1}
    assert b"LastEvaluatedKey" not in answer or route is LIST_RECENT_DONATIONS  # of the total nothing is left over


def put(count: int) -> None:
    for one in donations.items(count):
        runtime.dynamodb().put_item(TableName=tables.GIVEN, Item=one)


def test_generated_items_are_readable() -> None:
    with tables.sandbox():
        put(FEW)
        latest, given = recent(donation_tables.donations()), totals(donation_tables.donations())
    assert len(latest) == 10
    assert latest[0].created_at > latest[-1].created_at
    assert set(given) == set(donations.CURRENCIES)


def test_webhook_sends_one_message_and_uses_no_table(found: Json) -> None:
    assert found["steps"][donation_steps.WEBHOOK]["calls"] == {"SendMessage": 1}


@pytest.mark.parametrize(
    "step, calls, write_units",
    [
        # Four writes of a transaction, paid twice each, and the index of the latest; then the intent, in it too.
        (donation_steps.CREATED, {"TransactWriteItems": 1, "UpdateItem": 1}, 8 + 1 + 2),
        (donation_steps.REPLAYED, {"TransactWriteItems": 1, "GetItem": 1}, 8),
        # Donation and total, twice each; it moves in one index and enters the other; the event.
        (
            donation_steps.APPLIED,
            {"GetItem": 2, "TransactWriteItems": 1, "SendMessage": 1, "PutItem": 1},
            4 + 2 + 1 + 1,
        ),
        (donation_steps.DUPLICATE, {"GetItem": 2, "SendMessage": 1, "PutItem": 1}, 1),
        (donation_steps.LATE_DUPLICATE, {"GetItem": 2, "PutItem": 1}, 1),
        # Claimed and sent: each the item and both indexes, of which one is moved in, then left.
        (donation_steps.RECEIPT, {"GetItem": 1, "UpdateItem": 2, "SendEmail": 1}, (1 + 1 + 2) + (1 + 1 + 1)),
        (donation_steps.PARTIAL_REFUND, {"GetItem": 2, "TransactWriteItems": 1, "PutItem": 1}, 4 + 1 + 1),
        (donation_steps.FULL_REFUND, {"GetItem": 2, "TransactWriteItems": 1, "PutItem": 1}, 4 + 2 + 1),
    ],
)
def test_calls_and_units_of_a_step(found: Json, step: str, calls: Json, write_units: int) -> None:
    usage = found["steps"][step]
    assert (usage["calls"], usage["write_units"]) == (calls, write_units)
    assert usage["stripe_calls"] == (step in {donation_steps.CREATED, donation_steps.REPLAYED})


def test_only_functions_that_call_stripe_load_its_sdk() -> None:
    loaded = {name: "stripe" in modules_of(f"donations.{name}") for name in (donations.WITH, donations.WITHOUT)}
    assert loaded == {donations.WITH: True, donations.WITHOUT: False}


# --- what is told -----------------------------------------------------------------------------------------------------


def test_report_has_every_figure(found: Json) -> None:
    text = "\n".join(donations_report.section(json.loads(json.dumps(found))))
    for name in (*found["steps"], *found["cold"]["cases"], *(f"GET {path}" for path in found["reads"])):
        assert name in text
    assert f"{MAX_AGE_S} seconds" in text.replace("five", "5")
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 120
