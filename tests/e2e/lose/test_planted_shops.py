"""`paysandbox lose --quick` finds each bug that is planted in a shop in its cells, and in no others."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.conftest import Sandbox

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

SHOP: Final = shlex.join([sys.executable, "-S", str(Path(__file__).with_name("planted_shop.py"))])
QUICK: Final = ("--quick",)
TWIN: Final = ("--webhook-fault", "duplicate", "--webhook-fault", "twin")
PAID, REFUNDED = "payment_intent.succeeded", "charge.refunded"
TOO_MUCH, NOT_SHOWN, RETURNED = "charged_too_much", "paid_not_shown", "refunded_too_much"
AGAIN, GONE = ", run again", ", not run again"

Red = Mapping[tuple[int | str, str], tuple[str, str]]

WEBHOOKS, JOB = "webhooks", "job"
ROWS: Final[Sequence[tuple[str, str, Sequence[str], Red]]] = [
    ("hardened", WEBHOOKS, QUICK, {}),
    ("hardened", JOB, QUICK, {}),
    ("fresh-key", JOB, QUICK, {(1, "first"): (TOO_MUCH, ""), (1, "given-up"): (TOO_MUCH, AGAIN)}),
    ("refund-key", JOB, QUICK, {(2, "first"): (RETURNED, ""), (2, "given-up"): (RETURNED, AGAIN)}),
    ("adds", WEBHOOKS, QUICK, {(PAID, "duplicate"): ("shown_not_paid", "")}),
    ("last-event", WEBHOOKS, QUICK, {("charge.succeeded", "after-all"): (RETURNED, "")}),
    ("ignored", WEBHOOKS, QUICK, {(1, "given-up"): (NOT_SHOWN, GONE)}),
    ("unknown-payment", WEBHOOKS, QUICK, {(1, "given-up"): (NOT_SHOWN, GONE)}),
    ("presses-again", JOB, QUICK, {(1, "given-up"): (TOO_MUCH, AGAIN)}),
    ("job-forgets-refunds", JOB, QUICK, {(2, "given-up"): (RETURNED, GONE)}),
    ("adds-by-event", WEBHOOKS, TWIN, {(PAID, "twin"): ("shown_not_paid", "")}),
]
"""The bug, what puts the books right besides the shopper, options, and the red cells: a call and its attempts, or the
type of an event and its fault, with the kind of the loss and after what it is lost. Five were first found by a user,
who knew them: a fresh key, the refund's, adding, the last event, and the webhook that is ignored."""


def report_on(sandbox: Sandbox, bug: str, by: str, *options: str) -> dict[str, Any]:
    """Return the report about a shop with a bug."""
    served = ("--webhooks", "http://127.0.0.1:{port}/hooks", "--server", f"{SHOP} serve {bug}")
    corrected = ("--recover", f"{SHOP} job {bug}") if by == JOB else served
    done = sandbox.run(
        *("lose", "--state-command", f"{SHOP} books", "--jobs", "2", "--json", *corrected, *options),
        *("--", *shlex.split(SHOP), "day", bug),
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def red_cells(report: dict[str, Any]) -> dict[tuple[int | str, str], tuple[str, str]]:
    """Return the cells that are not green, as in ROWS."""
    return {
        (cell["call"], cell["attempts"]) if "call" in cell else (cell["request"], cell["fault"]): (
            next((each["kind"] for each in cell["findings"]), cell["outcome"]),
            next((when for when in (GONE, AGAIN) if cell["where"].endswith(when)), ""),
        )
        for cell in report["cells"]
        if cell["outcome"] != "no loss"
    }


@pytest.mark.parametrize("bug, by, options, red", ROWS, ids=[f"{row[0]} {row[1]}" for row in ROWS])
def test_a_bug_is_found_in_its_cells(sandbox: Sandbox, bug: str, by: str, options: Sequence[str], red: Red) -> None:
    report = report_on(sandbox, bug, by, *options)
    assert red_cells(report) == red, json.dumps(report, indent=1)
    assert [cell["cell"] for cell in report["cells"] if cell["findings"] and not cell["likely_cause"]] == []
    assert len(report["cells"]) >= 4


@pytest.mark.soak
@pytest.mark.parametrize("by", [WEBHOOKS, JOB])
@pytest.mark.parametrize("seed", range(1, 21))
def test_the_hardened_shop_in_twenty_seeds(sandbox: Sandbox, seed: int, by: str) -> None:
    report = report_on(sandbox, "hardened", by, "--quick", "--seed", str(seed))
    assert (report["exit_code"], red_cells(report)) == (0, {}), json.dumps(report, indent=1)
