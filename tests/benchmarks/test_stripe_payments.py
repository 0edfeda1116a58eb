"""What payments through the Stripe-compatible API use: counted anew, and as the committed result has it."""

from typing import Any

import pytest

from benchmarks import capacity
from benchmarks.cost import CASES, stripe_payments
from benchmarks.payment_kinds import CHECKOUT, DESTINATION, INTENT, NATIVE, OF_STRIPE, ORDER, SAVED
from benchmarks.results import result
from paysandbox.aws.schema import LEDGER, MERCHANT_FUNDS, STRIPE_OBJECTS
from stacks.data.warm_throughput import WRITES_PER_PAYMENT
from tests.support.tools.blocks import ROOT
from tests.support.tools.tiers import full_but

KINDS = (NATIVE, INTENT, ORDER, SAVED, CHECKOUT, DESTINATION)


@pytest.mark.parametrize("kind", full_but(KINDS, keep=lambda kind: kind == DESTINATION))
def test_the_committed_result_is_what_is_counted_now(kind: str) -> None:
    """Without the bytes of log lines, which have IDs and times."""
    counted, committed = stripe_payments.counted(kind), result("cost")["stripe"][kind]
    assert _without_log(counted) == _without_log(committed)


def _without_log(counts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in counts.items() if "log_bytes" not in name}


def test_every_kind_has_a_result() -> None:
    assert set(result("cost")["stripe"]) == set(KINDS)


def test_a_native_payment_is_counted_as_the_capacity_model_has_it() -> None:
    counts = result("cost")["stripe"][NATIVE]
    units = {name: amount for name, amount in counts["write_units"].items() if name != MERCHANT_FUNDS}
    expected = {name if name == LEDGER else f"{LEDGER} {name}": n for name, n in WRITES_PER_PAYMENT[LEDGER].items()}
    assert units == expected
    assert (counts["requests"], counts["events"]) == (capacity.REQUESTS_PER_PAYMENT, capacity.EVENTS_PER_PAYMENT)


def test_a_capture_has_an_entry_in_the_journal_of_balances_and_its_sum() -> None:
    """Both are one transaction, in which a write costs two units."""
    counts = result("cost")["stripe"][NATIVE]
    assert (counts["write_units"][MERCHANT_FUNDS], counts["journal_sums"]) == (4, 1)


def test_a_shared_payment_writes_its_transfer_and_fee_once() -> None:
    """Each is a write with an entry in an index, and one that is refused when the stream's reader stores it again."""
    units = result("cost")["stripe"][DESTINATION]["write_units"]
    assert (units[STRIPE_OBJECTS], units[f"{STRIPE_OBJECTS} by_merchant"]) == (2 * (1 + 1), 2)


@pytest.mark.parametrize("kind", OF_STRIPE)
def test_the_page_on_performance_has_the_modeled_prices(kind: str) -> None:
    full, _, _, single_logged = (result("cost")["payments"]["usd_by_kind"][kind][case] for case in CASES)
    page = (ROOT / "docs" / "explanation" / "performance.md").read_text()
    assert f"| {kind} | {full:.0f} | {single_logged:.0f} |" in page
