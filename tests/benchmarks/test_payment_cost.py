"""A million payments with everything that follows: each line is the price of what was counted, and they add up."""

from typing import Any, Final

import pytest

from benchmarks import cost
from benchmarks.cost.operations import DESCRIBED, OTHER_LOG_BYTES, SWEEP, TEXTS
from benchmarks.cost.write_units import UNIT_BYTES
from benchmarks.payment_kinds import NATIVE
from stacks.environments import ENVIRONMENTS

STORED: Final = ENVIRONMENTS["prod"].request_log_sample_percent / 100
"""The share of the requests that are in the request log."""


def operation(units: int, log_bytes: int = 1_400, log_bytes_unsampled: int = 600) -> dict[str, int]:
    return {"all": units, "log_bytes": log_bytes, "log_bytes_unsampled": log_bytes_unsampled, "item_bytes": 900}


def batch(events: int) -> dict[str, Any]:
    return {
        "calls": {"dynamodb.PutItem": 2 * events, "sqs.SendMessageBatch": 1},
        "write_units": {"Events": 2 * events, "Deliveries": events},
        "read_units": 3,
        "log_bytes": 1_000 * events,
    }


def kind(write_units: dict[str, int]) -> dict[str, Any]:
    return {
        "requests": 2,
        "calls": {"PutItem": 2, "UpdateItem": 1},
        "write_units": {**write_units, "MerchantFunds": 4},
        "journal_sums": 1,
        "read_units": 0,
        "events": 2,
        "log_bytes": 2 * 1_400,
        "log_bytes_unsampled": 2 * 600,
    }


COUNTS: Final[dict[str, Any]] = {
    "operations": {
        "operations": {
            "authorize": operation(5),
            "capture": operation(2),
            DESCRIBED: operation(2),
            **dict(zip(SWEEP, (operation(1), operation(2)), strict=True)),
        }
    },
    "latency": {"latency_ms": {"authorize": {"billed_ms": 6.0}, "capture": {"billed_ms": 11.0}}},
    "deliveries": {"by_batch": {"1": batch(1), "10": batch(10)}},
    "settlement": {"each_capture": {"collect_entries": {"write_units": 2.0}, "announce": {"write_units": 2.0}}},
    # As an authorization and its capture above, in one table.
    "stripe": {NATIVE: kind({"PaymentsLedger": 7}), "with objects": kind({"PaymentsLedger": 7, "StripeObjects": 4})},
}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return cost.model(COUNTS)


def test_lines_add_up_to_the_total(found: dict[str, Any]) -> None:
    lines = [usd for line in found["usd_by_line"].values() for usd in line.values()]
    assert found["usd_in_all"] == pytest.approx(sum(lines), abs=0.1)


@pytest.mark.parametrize("line, units", [
    ("authorize", 5),
    ("capture", 2),
    ("request log", (2 * (2 + 1) + 3 * 2) * STORED),        # the table, its index, and the feed's entries
    ("events and deliveries", 3 * 3),
    ("settlement", 2 + 2),
    ("journal of balances", 2 + 2 / 10),                    # an entry, and the sum of ten, in a transaction
])  # fmt: skip
def test_write_units_are_priced(line: str, units: float, found: dict[str, Any]) -> None:
    assert found["usd_by_line"][line]["DynamoDB write request unit"] == pytest.approx(units * 0.625, abs=0.01)


def test_larger_batches_and_a_smaller_share_in_the_log_cost_less(found: dict[str, Any]) -> None:
    full, full_logged, single, single_logged = found["usd_by_case"].values()
    assert full == found["usd_in_all"]
    assert full < full_logged < single_logged
    assert full < single < single_logged


def test_log_lines_are_counted_by_the_share_that_is_stored(found: dict[str, Any]) -> None:
    line = STORED * 1_400 + (1 - STORED) * 600
    ingested = {name: used.get("CloudWatch Logs ingestion") for name, used in found["usd_by_line"].items()}
    assert ingested["authorize"] == pytest.approx((line + OTHER_LOG_BYTES) * 0.5e-3, abs=0.01)
    assert ingested["events and deliveries"] == pytest.approx(3 * 1_000 * STORED * 0.5e-3, abs=0.01)


def test_texts_fit_into_the_unit_that_a_payment_takes(found: dict[str, Any]) -> None:
    left = UNIT_BYTES - 900
    assert found["text_bytes"] == (sum(map(len, TEXTS.values())) + left) // 10 * 10


def test_the_expiry_of_authorizations_is_counted(found: dict[str, Any]) -> None:
    """Three writes, the sweep's read, and a read in each of seven nights."""
    assert found["usd_of_expiry"] == pytest.approx(3 * 0.625 + (1 + 7) * 0.125, abs=0.01)


def test_a_payment_of_another_api_costs_what_it_uses(found: dict[str, Any]) -> None:
    """One that uses what a native payment does costs the same, and four more write units cost four more."""
    alike, with_objects = found["usd_by_kind"].values()
    assert alike == pytest.approx(found["usd_by_case"], abs=0.01)
    assert {case: usd - alike[case] for case, usd in with_objects.items()} == pytest.approx(
        dict.fromkeys(alike, 4 * 0.625), abs=0.02
    )


def test_the_authorizer_of_a_key_costs_cents_a_month(found: dict[str, Any]) -> None:
    """43,200 runs: a request, 10 ms of 512 MB, half a read and two log lines each."""
    assert found["usd_of_a_v1_key_per_month"] == pytest.approx(
        43_200 * (0.2e-6 + 0.067e-6 + 0.0625e-6 + 0.2e-6), abs=0.005
    )
