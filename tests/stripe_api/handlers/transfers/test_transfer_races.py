"""Transfers and reversals at once, and those whose function is killed: funds move once, or not at all."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import CREATE_TRANSFER, CREATE_TRANSFER_REVERSAL
from tests.stripe_api.handlers.test_stripe_races import Said, at_once
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import MERCHANT
from tests.support.clients.stripe_merchant import done
from tests.support.clients.transfers import PLATFORM, connected, funded, funds_of, sent
from tests.support.worlds.aws_transport import Wire

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

ONES = "TransactWriteItems"


@pytest.fixture
def wire(aws_transport: Wire) -> Wire:
    """Return the transport, with the client of the tables of objects and funds."""
    aws_transport.attach(runtime.dynamodb())
    return aws_transport


def said(wire: Wire, route: Route, asks: Sequence[dict[str, Any]], *operations: str) -> tuple[list[Said], Counter[str]]:
    answers = at_once(wire, route, asks, *operations)
    return answers, Counter(outcome for outcome, _ in answers)


def to(account: str, amount: int = 10_00) -> dict[str, Any]:
    return {"amount": amount, "currency": "usd", "destination": account}


@pytest.mark.full
def test_of_fifty_transfers_from_funds_for_thirty_exactly_thirty_are_sent(wire: Wire) -> None:
    funded(300_00)
    account = connected()
    asks = [{"params": to(account), "key": f"k{n}"} for n in range(50)]
    _, outcomes = said(wire, CREATE_TRANSFER, asks, ONES)
    assert outcomes == {"done": 30, "insufficient_balance": 20}
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": 0}, {"USD": 300_00})


@pytest.mark.parametrize("funds", [100_00, 10_00])
def test_fifty_transfers_under_one_key_are_one(funds: int, wire: Wire) -> None:
    funded(funds)
    account = connected()
    answers, outcomes = said(wire, CREATE_TRANSFER, [{"params": to(account), "key": "k"}] * 50, "PutItem")
    assert outcomes == {"done": 50}
    assert all(body == answers[0][1] for _, body in answers)
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": funds - 10_00}, {"USD": 10_00})


def test_of_twenty_whole_reversals_one_takes_the_funds_back(wire: Wire) -> None:
    funded(100_00)
    account = connected()
    transfer, _ = sent(account, 40_00)["id"], sent(account, 60_00)
    asks = [{"path": {"id": transfer}, "key": f"k{n}"} for n in range(20)]
    _, outcomes = said(wire, CREATE_TRANSFER_REVERSAL, asks, "GetItem")
    assert outcomes == {"done": 1, "parameter_invalid": 19}
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": 40_00}, {"USD": 60_00})


def test_partial_reversals_at_once_never_exceed_the_transfer(wire: Wire) -> None:
    funded(100_00)
    account = connected()
    transfer, _ = sent(account, 40_00)["id"], sent(account, 60_00)
    asks = [{"path": {"id": transfer}, "params": {"amount": 15_00}, "key": f"k{n}"} for n in range(5)]
    _, outcomes = said(wire, CREATE_TRANSFER_REVERSAL, asks, "GetItem")
    assert outcomes == {"done": 2, "parameter_invalid": 3}
    shown = done(PLATFORM.get(RESOURCE["get_transfer"], transfer))
    assert (shown["amount_reversed"], shown["reversed"]) == (30_00, False)
    assert funds_of(account) == {"USD": 70_00}
