"""The nights of the settlement benchmark are nights of the real machine, and its tables answer as moto's do."""

import json
import re
from typing import Any
from unittest.mock import patch

import pytest

from benchmarks import settlement, settlement_merchant, settlement_model, settlement_report, tables_in_sqlite
from benchmarks.settlement import CUTOFF
from benchmarks.tables_in_sqlite import PAGE_BYTES
from paysandbox.runtime import effects, report_files, report_order, settlement_tables
from paysandbox.settings import ReportsSettings, TopicSettings
from paysandbox.table.schema import DUE_SHARDS, ENTRY_SHARDS
from tests.integration import shelf
from tests.support import tables
from tests.support.settlement_house import PATIENT
from tests.support.state_machine import Machine, definition

# Every line of the workers is run by their own tests too; tracing would double the time.
pytestmark = [pytest.mark.no_cover, pytest.mark.full]

Json = dict[str, Any]

FEW = 2


@pytest.fixture(scope="module")
def found() -> Json:
    """Two small nights."""
    return settlement.measure((20, 60), merchants=FEW)


@pytest.mark.timeout(180)  # the templates of the tables and of the machine are made here, if nobody made them before
def test_the_tables_hold_what_moto_holds_after_the_same_night() -> None:
    with settlement.day_of(12, FEW) as kept:
        settlement.settle(kept)
        mine = [kept.items(name) for name in settlement.KEYS]
    with tables.sandbox(clock_offset_s=settlement.ahead_s()) as ledger:
        for item in settlement.captures(12, FEW):
            ledger.client.put_item(TableName=ledger.table, Item=item)
        effects.s3().create_bucket(Bucket=effects.need(ReportsSettings).reports_bucket)
        effects.sns().create_topic(Name=effects.need(TopicSettings).webhook_topic.rpartition(":")[2])
        machine = Machine(definition(), settlement.WORKERS, PATIENT)
        assert machine.run({"cutoff": CUTOFF.isoformat()}, name="benchmark").status == "SUCCEEDED"
        names = (ledger.table, settlement_tables.entries().table, settlement_tables.batches().table)
        theirs = [shelf.items_of(name) for name in names]
    assert [whatever_the_hour(items) for items in mine] == [whatever_the_hour(items) for items in theirs]


def whatever_the_hour(items: list[Json]) -> list[str]:
    """Items without what follows from the moment at which the night was run: two in the morning, and retention."""
    texts = (json.dumps({**item, "purge_at": None}, sort_keys=True) for item in items)
    return sorted(re.sub(r'"2026-11-17T02:[^"]*"', '"then"', text) for text in texts)


def test_a_night_takes_as_many_calls_of_workers_however_many_captures(found: Json) -> None:
    for night in found["nights"].values():
        assert night["invocations"] == DUE_SHARDS + 2 * ENTRY_SHARDS + 4
        assert night["pages"] == DUE_SHARDS
        assert night["transitions"] == 3 * (DUE_SHARDS + 2 * ENTRY_SHARDS) + 12
        assert night["largest_state_bytes"] < 2_000
    few, more = found["nights"].values()
    # An update for each payment; the rest belongs to shards and merchants, which are as many.
    told = {name: more["workers"]["announce"]["calls"][name] for name in ("UpdateItem", "Query")}
    assert told == {"UpdateItem": 60, "Query": few["workers"]["announce"]["calls"]["Query"]}


def test_each_capture_costs_the_same(found: Json) -> None:
    """An entry is put in a transaction (2 units), its payment is written and leaves the index of what is due."""
    few, more = found["nights"].values()
    entered, told = (
        more["workers"][name]["write_units"] - few["workers"][name]["write_units"]
        for name in ("collect_entries", "announce")
    )
    assert told == 3 * 40
    assert 2 * 40 <= entered <= 2 * 40 + 2 * DUE_SHARDS * (1 + FEW)
    assert more["usd"] > few["usd"] > 0
    assert more["usd"] == pytest.approx(sum(more["usd_by_item"].values()))


def test_the_memory_of_a_call_is_seen(found: Json) -> None:
    assert all(of["peak_kb"] > 0 for night in found["nights"].values() for of in night["workers"].values())


def test_a_merchants_day_ten_times_as_large_takes_about_as_much_memory() -> None:
    """Where a page, a run and a part are so small that both days fill them."""
    with (
        patch.object(tables_in_sqlite, "PAGE_BYTES", 5_000),
        patch.object(report_order, "RUN", 300),
        patch.object(report_files, "PART_BYTES", 15_000),
    ):
        (few, small), (more, large) = settlement_merchant.day(300), settlement_merchant.day(3_000)
    before, after = (sum(file.size for file in one.reports.values()) for one in (small, large))
    assert after > 9 * before > 9 * 2 * 15_000
    for worker, held in more.items():
        # Entries or bytes that were held would be more than half of what the files have more.
        assert held - few[worker] < (after - before) / 3, worker


def test_the_report_says_that_it_is_modelled_and_every_figure(found: Json) -> None:
    text = "\n".join(settlement_report.section(found, settlement_merchant.measure((5, 50))))
    assert "**Modelled, not measured.**" in text
    assert "10,000,000 captures" in text
    assert "| entries of one merchant, MB | 5 | 50 |" in text
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 120


def test_a_page_ends_where_dynamodbs_does() -> None:
    """And the next one begins behind it."""
    padding = "x" * (PAGE_BYTES // 2)
    with settlement.day_of(0, FEW) as kept, settlement.deployed(kept):
        client: Any = settlement_tables.entries().client
        table = settlement.ENTRIES
        for number in range(3):
            key: Json = {"batch_merchant_shard": {"S": "a#b#0"}, "operation_id": {"S": f"cap_{number}"}}
            client.put_item(TableName=table, Item={**key, "padding": {"S": padding}})
        seen, asked = [], _query(table)
        while True:
            page = client.query(**asked)
            seen.append([item["operation_id"]["S"] for item in page["Items"]])
            if "LastEvaluatedKey" not in page:
                break
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        assert seen == [["cap_0", "cap_1"], ["cap_2"]]
        # A unit for each 4 KB of a page, begun ones too.
        assert kept.used.read_units == 245 + 123


def _query(table: str) -> Json:
    return {
        "TableName": table,
        "KeyConditionExpression": "#0 = :0 AND #1 BETWEEN :1 AND :2",
        "ExpressionAttributeNames": {"#0": "batch_merchant_shard", "#1": "operation_id"},
        "ExpressionAttributeValues": {":0": {"S": "a#b#0"}, ":1": {"S": "0"}, ":2": {"S": "~"}},
        "ConsistentRead": True,
    }


def test_a_question_that_is_not_known_is_not_answered() -> None:
    with settlement.day_of(0, FEW) as kept, settlement.deployed(kept):
        asked = _query(settlement.ENTRIES) | {"KeyConditionExpression": "begins_with(#0, :0)"}
        client: Any = settlement_tables.entries().client
        with pytest.raises(AssertionError, match="not answered here"):
            client.query(**asked)


def test_what_lies_between_is_held_against_the_line() -> None:
    def night(captures: int, figure: float) -> Json:
        worker = {"invocations": 1, "modelled_s": figure, "write_units": captures, "peak_kb": captures, "cpu_s": figure}
        return {
            **dict.fromkeys(settlement_model.LINEAR, figure),
            "captures": captures,
            "largest_merchant": captures // 4,
            "transitions": 12,
            "history_events": 30,
            "largest_state_bytes": 200,
            "workers": {name: {**worker} for name in ("close_books", "write_reports", "collect_entries", "announce")},
        }

    nights = {"100": night(100, 2.0), "500": night(500, 6.6), "1000": night(1_000, 11.0)}
    model = settlement_model.extrapolated(nights, captures=100_000)
    assert model["write_units"] == pytest.approx(1_001)
    assert model["off_the_line"]["500"]["write_units"] == pytest.approx(0.1)
    # 1,001 s fall into seven calls of the books, of 150 s each; nothing else is called more often than it has shards.
    assert model["invocations"]["close_books"] == 7
    assert model["one_merchant"]["entries"] == 25_000
    assert model["one_merchant"]["entries_in_time"]["close_books"] == 15_000
    assert sum(model["hours"].values()) == pytest.approx(1_001 * (1 + 3 / 4) / 3_600, abs=0.02)


@pytest.mark.parametrize(
    "entered, events",
    [
        ({"Task": 1, "Succeed": 1}, 9),
        ({"Map": 1, "Pass": 2, "Task": 2, "Choice": 2, "Succeed": 1}, 2 + 4 + 2 * (2 + 5 + 2 + 2) + 2),
    ],
)
def test_a_history_holds_what_its_states_leave(entered: dict[str, int], events: int) -> None:
    assert settlement_model.history_events(entered) == events


def test_merchants_are_those_of_zipf() -> None:
    items = [*settlement.captures(2_000, 20)]
    sizes = [sum(item["merchant"]["S"] == name for item in items) for name in settlement.merchant_names(20)]
    assert sizes[0] > 3 * sizes[4] > 9 * sizes[19] > 0
    assert len({item["transaction_id"]["S"] for item in items}) == 2_000
