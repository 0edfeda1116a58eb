"""Coverage of each feature in the fast tier, and the cases of a matrix that stay in it."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from tests.support.tiers import TIERS, first_of_each, full_but, seeds, spread

ROOT: Final = Path(__file__).resolve().parents[2]

CRASH = "payments/handlers/test_crash.py::test_retries_after_any_failure_take_effect_once"
NIGHT = "settlement/workers/test_crash.py"
STORM = "webhooks/handlers/test_storm.py::test_two_hundred_kills_at_random[6]"

# Of each feature a crash, a storm, a race and a walk from end to end, where the feature has one at all.
FAST_TESTS: Final = {
    "payments": (
        f"{CRASH}[killed after-authorize_payment: approved]",
        STORM,
        "payments/handlers/test_races.py::test_forty_captures_of_one_authorization",
        "e2e/test_payment_life.py::test_authorize_capture_in_parts_and_refund",
        "e2e/test_races.py::test_fifty_requests_under_one_key_are_one_authorization",
    ),
    "webhooks": (
        "webhooks/workers/test_crash.py::test_no_failure_loses_or_invents_a_delivery[planning]",
        STORM,
        "webhooks/handlers/test_endpoint_races.py::test_rotations_under_one_key_and_under_many",
        "e2e/test_webhooks.py::test_deliveries_are_signed_with_both_secrets_after_a_rotation",
    ),
    "settlement": (
        f"{NIGHT}::test_a_resumed_run_has_the_same_result[killed after-sample]",
        "settlement/workers/test_history.py::test_any_history_adds_up[0]",
        f"{NIGHT}::test_concurrent_runs_settle_each_operation_once[0]",
        "e2e/test_settlement.py::test_captures_are_settled_and_published",
    ),
    "donations": (
        "donations/handlers/test_donation_crash.py::test_stripe_events_are_applied_once_after_any_failure[succeeds]",
        "donations/test_donations.py::test_concurrent_observations_are_all_applied",
        "e2e/test_donations.py::test_lifecycle_of_a_donation",
    ),
    "Stripe-compatible API": (
        f"{CRASH}[killed after-create_payment_intent: opened]",
        "stripe_api/handlers/test_fuzz.py",
        "stripe_api/handlers/test_stripe_races.py::test_twenty_confirms_under_one_key_are_one",
        "e2e/test_stripe_python.py::test_an_intent_step_by_step",
    ),
    "request log": (
        "payments/handlers/test_calls.py::test_requests_make_these_calls_with_exactly_these_rights[list_requests]",
        "e2e/test_requests.py::test_a_failed_request_is_logged_masked_with_its_reason",
    ),
    "wall": ("e2e/test_wall.py::test_cross_origin_fetches_have_no_access",),
    "verify": ("e2e/test_verify.py::test_all_checks_pass",),
    "contract": ("e2e/test_contract.py::test_any_request_to_authorize",),
}


def test_every_feature_has_tests_in_the_fast_tier() -> None:
    """Of what is marked `full`, all of this is the sibling that `make test` runs."""
    named = sorted({f"tests/{test}" for tests in FAST_TESTS.values() for test in tests})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-m", TIERS["fast"], *named],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))},
        text=True,
        capture_output=True,
        check=False,
    )
    found = done.stdout.splitlines()
    assert [test for test in named if not any(line.startswith(test) for line in found)] == [], done.stdout + done.stderr
    assert done.returncode == 0


def marks(case: object) -> list[str]:
    return [mark.name for mark in case.marks]  # pyright: ignore[reportAttributeAccessIssue] - pytest's type of it is private


def test_only_selected_cases_are_in_the_fast_tier() -> None:
    cases = full_but([1, 2, 3], keep=lambda number: number == 2)
    assert [(case.values, marks(case)) for case in cases] == [((1,), ["full"]), ((2,), []), ((3,), ["full"])]


def test_a_row_may_have_several_parameters() -> None:
    rows = [("a", 1), ("b", 2)]
    assert [case.values for case in full_but(rows, keep=lambda row: row[0] == "a", rows=True)] == rows
    assert [case.values for case in full_but(rows, keep=lambda row: row[0] == "a")] == [(row,) for row in rows]


def test_a_rule_without_matches_is_refused() -> None:
    with pytest.raises(ValueError, match="no case is left"):
        full_but([1, 2], keep=lambda _: False)


def test_seeds_of_each_tier() -> None:
    day = date(2026, 11, 16)
    new = day.toordinal() * 6
    fast, *others = seeds(6, fast=1, today=day)
    assert fast == 0
    assert [case.values[0] for case in others if marks(case) == ["full"]] == [1, 2, 3]
    assert [case.values[0] for case in others if marks(case) == ["soak"]] == [4, 5, *range(new, new + 6)]


def test_the_first_of_each_kind() -> None:
    words = ["apple", "avocado", "banana", "blueberry", "apricot"]
    keep = first_of_each(words, by=lambda word: word[0])
    assert [word for word in words if keep(word)] == ["apple", "banana"]


@pytest.mark.parametrize(
    "length, places", [(0, set[int]()), (3, {0, 1, 2}), (4, {0, 1, 2, 3}), (5, {0, 1, 2, 3}), (100, {0, 25, 50, 75})]
)
def test_places_are_spread_evenly(length: int, places: set[int]) -> None:
    assert set(spread(length, 4)) == places
