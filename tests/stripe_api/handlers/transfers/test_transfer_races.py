"""Transfers and reversals at once, and those whose function is killed: money moves once, or not at all."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import CREATE_REFUND
from tests.stripe_api.handlers.test_stripe_races import Said, at_once, of_any
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.clients.transfers import PLATFORM, connected, funded, funds_of, sent
from tests.support.tools.ledger_audit import audit
from tests.support.worlds import aws_transport
from tests.support.worlds.aws_transport import Killed, Wire

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
    _, outcomes = said(wire, RESOURCE["create_transfer"], asks, ONES)
    assert outcomes == {"done": 30, "insufficient_balance": 20}
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": 0}, {"USD": 300_00})


@pytest.mark.full
def test_transfers_payouts_and_reversals_of_one_balance_at_once(wire: Wire) -> None:
    """None takes what another has taken, and every refusal is for the balance."""
    funded(200_00)
    account = connected()
    first = sent(account, 50_00)["id"]
    out, back = {"amount": 10_00, "currency": "usd"}, {"amount": 10_00}
    asks: list[tuple[Route, dict[str, Any]]] = [
        *((RESOURCE["create_transfer"], {"params": to(account), "key": f"t{n}"}) for n in range(20)),
        *((RESOURCE["create_payout"], {"params": out, "key": f"p{n}"}) for n in range(20)),
        *(
            (RESOURCE["create_transfer_reversal"], {"path": {"id": first}, "params": back, "key": f"r{n}"})
            for n in range(5)
        ),
    ]
    outcomes = [outcome for outcome, _ in of_any(wire, asks, ONES)]
    assert outcomes[40:] == ["done"] * 5
    assert {*outcomes[:40]} == {"done", "insufficient_balance"}
    transferred_in, paid_out = outcomes[:20].count("done"), outcomes[20:40].count("done")
    assert 15 <= transferred_in + paid_out <= 20
    assert funds_of(MERCHANT) == {"USD": (20 - transferred_in - paid_out) * 10_00}
    assert funds_of(account) == {"USD": transferred_in * 10_00}


@pytest.mark.parametrize("funds", [100_00, 10_00])
def test_fifty_transfers_under_one_key_are_one(funds: int, wire: Wire) -> None:
    funded(funds)
    account = connected()
    answers, outcomes = said(wire, RESOURCE["create_transfer"], [{"params": to(account), "key": "k"}] * 50, "PutItem")
    assert outcomes == {"done": 50}
    assert all(body == answers[0][1] for _, body in answers)
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": funds - 10_00}, {"USD": 10_00})


def test_of_twenty_whole_reversals_one_takes_the_funds_back(wire: Wire) -> None:
    funded(100_00)
    account = connected()
    transfer, _ = sent(account, 40_00)["id"], sent(account, 60_00)
    asks = [{"path": {"id": transfer}, "key": f"k{n}"} for n in range(20)]
    _, outcomes = said(wire, RESOURCE["create_transfer_reversal"], asks, "GetItem")
    assert outcomes == {"done": 1, "parameter_invalid": 19}
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": 40_00}, {"USD": 60_00})


def test_partial_reversals_at_once_never_exceed_the_transfer(wire: Wire) -> None:
    funded(100_00)
    account = connected()
    transfer, _ = sent(account, 40_00)["id"], sent(account, 60_00)
    asks = [{"path": {"id": transfer}, "params": {"amount": 15_00}, "key": f"k{n}"} for n in range(5)]
    _, outcomes = said(wire, RESOURCE["create_transfer_reversal"], asks, "GetItem")
    assert outcomes == {"done": 2, "parameter_invalid": 3}
    shown = done(PLATFORM.get(RESOURCE["get_transfer"], transfer))
    assert (shown["amount_reversed"], shown["reversed"]) == (30_00, False)
    assert funds_of(account) == {"USD": 70_00}


# --- from a charge ----------------------------------------------------------------------------------------------------


def from_charge(charge: str, account: str, amount: int = 10_00) -> dict[str, Any]:
    return {**to(account, amount), "source_transaction": charge}


def transferred(charge: str) -> int:
    """Return what is transferred from a charge and not reversed, by its transfers. Fails if the audit does."""
    audit()
    every = done(PLATFORM.get(RESOURCE["list_transfers"], limit=100))["data"]
    of_charge = [each for each in every if each["source_transaction"] == charge]
    return sum(each["amount"] - each["amount_reversed"] for each in of_charge)


def test_of_twelve_transfers_of_a_charge_for_five_exactly_five_are_sent(wire: Wire) -> None:
    charge, account = StripeMerchant().paid(amount=50_00)["latest_charge"], connected()
    asks = [{"params": from_charge(charge, account), "key": f"k{n}"} for n in range(12)]
    _, outcomes = said(wire, RESOURCE["create_transfer"], asks, ONES)
    assert outcomes == {"done": 5, "parameter_invalid": 7}
    assert transferred(charge) == 50_00


def test_twenty_transfers_of_a_charge_under_one_key_are_one(wire: Wire) -> None:
    charge, account = StripeMerchant().paid(amount=50_00)["latest_charge"], connected()
    answers, outcomes = said(
        wire, RESOURCE["create_transfer"], [{"params": from_charge(charge, account), "key": "k"}] * 20, "PutItem"
    )
    assert outcomes == {"done": 20}
    assert all(body == answers[0][1] for _, body in answers)
    assert transferred(charge) == 10_00


def test_transfers_reversals_and_refunds_of_a_charge_at_once(wire: Wire) -> None:
    intent = StripeMerchant().paid(amount=50_00)
    charge, account = intent["latest_charge"], connected()
    first = sent(account, 10_00, source_transaction=charge)["id"]
    refund, back = {"payment_intent": intent["id"], "amount": 5_00}, {"amount": 4_00}
    asks: list[tuple[Route, dict[str, Any]]] = [
        *((RESOURCE["create_transfer"], {"params": from_charge(charge, account), "key": f"t{n}"}) for n in range(4)),
        *(
            (RESOURCE["create_transfer_reversal"], {"path": {"id": first}, "params": back, "key": f"r{n}"})
            for n in range(3)
        ),
        *((CREATE_REFUND, {"params": refund, "key": f"f{n}"}) for n in range(2)),
    ]
    outcomes = [outcome for outcome, _ in of_any(wire, asks, "PutItem")]
    assert Counter(outcomes[4:7]) == {"done": 2, "parameter_invalid": 1}
    assert outcomes[7:] == ["done", "done"]
    shown = done(PLATFORM.get(RESOURCE["get_transfer"], first))
    assert shown["amount_reversed"] == 8_00
    assert transferred(charge) == 10_00 * outcomes[:4].count("done") + 2_00 <= 50_00


FAULTS = {
    "killed before": aws_transport.killed_before,
    "killed after": aws_transport.killed_after,
    "answer lost": aws_transport.answer_lost,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", range(5))
def test_a_transfer_and_its_reversal_that_stop_at_any_call(fault: str, call: int, wire: Wire) -> None:
    charge, account = StripeMerchant().paid(amount=50_00)["latest_charge"], connected()

    def stopped(ask: Any) -> None:
        with (
            wire.broken(FAULTS[fault], when=lambda sent: sent.call == call and sent.attempt == 0),
            suppress(Killed),
        ):
            ask()

    def transfer() -> dict[str, Any]:
        return done(PLATFORM.post(RESOURCE["create_transfer"], **from_charge(charge, account), key="k"))

    stopped(transfer)
    assert transferred(charge) in (0, 10_00)
    name = transfer()["id"]
    assert transferred(charge) == 10_00

    def reverse() -> dict[str, Any]:
        return done(PLATFORM.post(RESOURCE["create_transfer_reversal"], name, amount=4_00, key="r"))

    stopped(reverse)
    assert transferred(charge) in (6_00, 10_00)
    reverse()
    assert transferred(charge) == 6_00
