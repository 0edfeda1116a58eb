"""A shell's completion: the commands, and the values of options and arguments."""

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest

from cli.payments.pay import Status as PaymentStatus
from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.event_type import EventType
from paysandbox.payments.bank.decline_codes import BY_DECLINE_CODE
from paysandbox.payments.bank.test_cards import TEST_CARDS
from paysandbox.stripe_api.events.event import STRIPE_EVENT_TYPES
from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.events.queries import FAILING
from tests.support.clients.program import commands

TOP_LEVEL = {words.split()[1] for words, _ in commands() if words != "paysandbox"}


VARIABLES = {"_PAYSANDBOX_COMPLETE": "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}

# Each line in a process of its own, as a shell does, forked after what every Tab loads.
EACH_LINE = """
import json, os, sys
from cli.main import main
sys.argv = ["paysandbox"]
for line in json.loads(sys.stdin.read()):
    if not os.fork():
        os.environ["_TYPER_COMPLETE_ARGS"] = line
        main()
        break
    os.wait()
    sys.stdout.write("\\0")
    sys.stdout.flush()
"""


@pytest.fixture(scope="module")
def completed() -> Mapping[str, list[str]]:
    """Provide the values that the shell would offer for the last word of each line."""
    done = subprocess.run(
        [sys.executable, "-c", EACH_LINE],
        input=json.dumps([line for line, _ in COMPLETED]),
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **VARIABLES},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    printed = done.stdout.split("\0")[:-1]
    return {
        line: [value.split("\t")[0] for value in values.splitlines() if value]
        for (line, _), values in zip(COMPLETED, printed, strict=True)
    }


COMPLETED = [
    ("paysandbox ", TOP_LEVEL),
    ("paysandbox endpoints ", {"create", "list", "show", "update", "delete", "rotate", "test", "replay"}),
    ("paysandbox redrive ", {"webhooks", "payments", "receipts", "requests"}),
    ("paysandbox donations secrets set ", {"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_PUBLISHABLE_KEY"}),
    ("paysandbox pay authorize 1 --currency ", {*MINOR_DIGITS}),
    ("paysandbox pay authorize 1 --currency eu", {"eur"}),
    ("paysandbox pay authorize 1 --outcome a", {"approve"}),
    ("paysandbox pay authorize 1 --outcome dispute=in", {
        "dispute=incorrect_account_details", "dispute=insufficient_funds", "dispute=inquiry",
    }),
    ("paysandbox pay authorize 1 --outcome decline:", {f"decline:{code}" for code in BY_DECLINE_CODE}),
    ("paysandbox pay authorize 1 --card ", {*TEST_CARDS}),
    ("paysandbox donations create --card 378282", {number for number in TEST_CARDS if number.startswith("378282")}),
    ("paysandbox pay list --status ", {*PaymentStatus}),
    ("paysandbox deliveries list --status ", {*DeliveryStatus, FAILING}),
    ("paysandbox events list --type payment_re", {
        "payment_revised", "payment_refunded", "payment_requires_action", "payment_reversed",
    }),
    ("paysandbox trigger charge.", {name for name in STRIPE_EVENT_TYPES if name.startswith("charge.")}),
    ("paysandbox trigger settle", {"settlement_completed"}),
    ("paysandbox trigger donation", set()),
    ("paysandbox listen --events ", {*EventType, "*"}),
    ("paysandbox listen --events payment_captured,payment_re", {
        "payment_captured,payment_revised", "payment_captured,payment_refunded",
        "payment_captured,payment_requires_action", "payment_captured,payment_reversed",
    }),
    ("paysandbox listen --format stripe --events refund", {"refund.created", "refund.failed", "refund.updated"}),
    ("paysandbox endpoints update we_1 --events endpoint_p", {"endpoint_ping"}),
]  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize("line, values", COMPLETED)
def test_values_are_completed(line: str, values: set[str], completed: Mapping[str, list[str]]) -> None:
    found = completed[line]
    assert set(found) == values
    assert len(found) == len(values)


@pytest.mark.full
def test_completing_a_value_loads_little() -> None:
    """A shell runs the program on every Tab. (Typer itself loads pydantic.)"""
    probe = (
        "import sys; sys.argv = ['paysandbox']\n"
        "from cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('boto3', 'botocore', 'httpx', 'stripe') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        env={"PATH": "/usr/bin:/bin", **VARIABLES, "_TYPER_COMPLETE_ARGS": "paysandbox trigger charge."},
        capture_output=True,
        text=True,
        check=True,
    )
    *values, loaded = done.stdout.splitlines()
    assert len(values) == 12
    assert loaded == "[]"
