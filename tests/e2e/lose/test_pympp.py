"""pympp from PyPI, with which an agent pays for a request by a shared payment token of Stripe's.

Its server creates a payment intent under an idempotency key of the challenge and the token, so a credential is charged
once. 0.11.0 takes the repeated answer to such a request for a new payment: whoever presents a credential again is
served again. 0.14.0 refuses every repeated answer, and no longer lets Stripe's client repeat a request: once an answer
is lost, the credential has paid and is never served. In both, pympp's own client takes the refusal after a lost answer
for a new price, and pays it by another token, up to three times for one request.
"""

import json
import shlex
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.tools.pinned_versions import pinned

pytestmark = pytest.mark.full

PACKAGE = Path(__file__).with_name("pympp")
CALLS = ["POST /v1/test_helpers/shared_payment/granted_tokens", "POST /v1/payment_intents"]
RESET, GIVEN_UP, TIMEOUT = "2-first-reset", "2-given-up-reset", "2-first-timeout"
SERVED_TWICE, NOT_SERVED, CHARGED_TWICE = "shipped_unpaid", "paid_not_shown", "charged_too_much"

LOST = {
    ("0.11.0", "buy", GIVEN_UP): CHARGED_TWICE,
    ("0.11.0", "buy-once", RESET): None,
    ("0.11.0", "buy-once", TIMEOUT): SERVED_TWICE,
    ("0.14.0", "buy", RESET): CHARGED_TWICE,
    ("0.14.0", "buy-once", RESET): NOT_SERVED,
}
"""What is lost, by the version, the command of the shop and the cell."""
PRESENTED_AGAIN = {("0.11.0", "ask", RESET): [(SERVED_TWICE, 3750)], ("0.14.0", "ask", RESET): []}
"""The disagreements of runs without a fault."""
AT_ONCE = 3
"""The runs at the same time: the buyer's patience and that of Stripe's client are seconds, in which a run waits."""

Reports = Mapping[tuple[str, str, str], Any]


def lose(sandbox: Sandbox, version: str, command: str, cell: str) -> Any:
    """Return the report of a command of the shop with a version."""
    it = pinned(PACKAGE, version)
    shop = ["env", f"PYTHONPATH={it.folder}", str(it.python), str(PACKAGE / "shop.py")]
    options = ("--state-command", shlex.join([*shop, "books"]), "--only", cell, "--client-timeout", "16", "--json")
    done = sandbox.run("lose", *options, "--", *shop, command, check=False, apart=True)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def reports(sandbox: Sandbox) -> Reports:
    """Provide the report of each run."""
    runs = [*LOST, *PRESENTED_AGAIN]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return dict(zip(runs, threads.map(lambda run: lose(sandbox, *run), runs), strict=True))


@pytest.mark.parametrize("run", LOST, ids=" ".join)
def test_lost_answer_of_the_payment(reports: Reports, run: tuple[str, str, str]) -> None:
    report, kind, (_, _, cell) = reports[run], LOST[run], run
    assert report["calls"] == CALLS
    [tried] = report["cells"]
    assert (tried["cell"], tried["outcome"]) == (cell, "lost" if kind else "no loss"), json.dumps(tried)
    expected = [(kind, "paper-1042", "USD", 3750)] if kind else []
    found = [tuple(each[name] for name in ("kind", "reference", "currency", "amount")) for each in tried["findings"]]
    assert found == expected
    assert report["exit_code"] == (1 if kind else 0)


@pytest.mark.parametrize("run", PRESENTED_AGAIN, ids=" ".join)
def test_a_credential_that_is_presented_again_without_a_fault(reports: Reports, run: tuple[str, str, str]) -> None:
    found = [(each["kind"], each["amount"]) for each in reports[run]["disagreements"]]
    assert found == PRESENTED_AGAIN[run]
