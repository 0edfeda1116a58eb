"""POST /v1/payouts/{id}/cancel: a pending payout gives its amount back, once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.payouts import payouts
from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.payouts.payouts import SHOP, paid_out, shown, sweep
from tests.stripe_api.handlers.test_stripe_races import at_once, request
from tests.support.builders.build import DAY, HOUR, MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.clients.transfers import funded, funds_of
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock


@pytest.fixture
def wire(aws_transport: Wire) -> Wire:
    """Return the transport, with the client of the tables of objects and funds."""
    aws_transport.attach(runtime.dynamodb())
    return aws_transport


def test_it_gives_the_amount_back(clock: Clock) -> None:
    funded()
    made = paid_out()
    first = SHOP.post(RESOURCE["cancel_payout"], made["id"], key="k")
    back = {"failure_balance_transaction": f"txn_{made['id'][3:]}c"}
    assert done(first) == made | {"status": "canceled"} | back == shown(made["id"])
    assert SHOP.post(RESOURCE["cancel_payout"], made["id"], key="k").text == first.text
    clock.advance(7 * DAY)
    assert sweep() == 0
    assert funds_of(MERCHANT) == {"USD": 100_00}


@pytest.mark.parametrize(
    "outcome, status", [("payout=paid", "paid"), ("payout=declined", "failed"), (None, "canceled")]
)
def test_one_that_is_not_pending(outcome: str | None, status: str) -> None:
    funded()
    made = paid_out(outcome=outcome)
    done(SHOP.post(RESOURCE["cancel_payout"], made["id"])) if outcome is None else sweep()
    before = funds_of(MERCHANT)
    refused = SHOP.post(RESOURCE["cancel_payout"], made["id"])
    assert wrong(refused) == (400, "invalid_request_error", None, None)
    assert refused.error["message"].endswith(f"It is {status}.")
    assert funds_of(MERCHANT) == before


def test_payouts_that_are_not_there() -> None:
    funded()
    made = paid_out()
    for shop, name in ((SHOP, "po_1"), (StripeMerchant(OTHER_MERCHANT), made["id"])):
        assert wrong(shop.post(RESOURCE["cancel_payout"], name)) == (404, *missing("payout")[1:])


def test_twenty_cancellations_give_it_back_once(wire: Wire) -> None:
    funded()
    made = paid_out()
    asks = [{"path": {"id": made["id"]}, "key": f"k{n}"} for n in range(20)]
    said = at_once(wire, RESOURCE["cancel_payout"], asks, "GetItem")
    assert sorted(outcome for outcome, _ in said) == ["done", *["request_invalid"] * 19]
    assert funds_of(MERCHANT) == {"USD": 100_00}


@pytest.mark.parametrize("round_", range(6))
@pytest.mark.parametrize("outcome", [None, "payout=no_account"])
def test_a_cancellation_and_the_sweep(outcome: str | None, round_: int, wire: Wire, clock: Clock) -> None:
    """Both have read a pending payout. One of them gets it: it is canceled or sent, and gives its amount back once."""
    funded()
    made = paid_out(outcome=outcome)
    clock.advance(2 * HOUR)
    now = runtime.now()

    def swept() -> Any:
        stored = get_object(objects_table(), "payout", MERCHANT, made["id"])
        assert stored is not None
        return payouts.advance_due(stored, now)

    canceled = request(RESOURCE["cancel_payout"], path={"id": made["id"]}, key="k")
    asks = [canceled, swept][:: -1 if round_ % 2 else 1]
    with wire.meeting(2, "GetItem"), ThreadPoolExecutor(2) as pool:
        outcomes = [answer.result() for answer in [pool.submit(ask) for ask in asks]][:: -1 if round_ % 2 else 1]
    status, in_the_end = shown(made["id"])["status"], {None: "in_transit", "payout=no_account": "failed"}[outcome]
    assert (outcomes[0][0], outcomes[1], status) in (
        ("done", False, "canceled"),
        ("request_invalid", True, in_the_end),
    )
    assert funds_of(MERCHANT) == {"USD": 60_00 if status == "in_transit" else 100_00}
