"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from collections.abc import Callable
from typing import Any

from paysandbox.aws import runtime
from paysandbox.core.errors import Code
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.payments.timers.timer import timers_of
from paysandbox.simulate.routes import (
    GET_SETTINGS,
    GET_SIMULATION,
    LIST_SIMULATIONS,
    SIMULATE_ACTION,
    UPDATE_SETTINGS,
)
from tests.support.builders.scenario import (
    A_PAGE,
    CLAIM_READ_AND_UPDATE,
    Parts,
    Refusal,
    Scenario,
    sending,
    with_key,
)
from tests.support.clients.call import Merchant
from tests.support.worlds.handlers import Clock


def _simulated(outcome: str, action: str, **arguments: Any) -> Callable[[Merchant, Clock], Parts]:
    """Prepare a payment with this outcome, to which the action happens."""

    def given(demo: Merchant, _: Clock) -> Parts:
        auth_id = demo.asking(outcome).authorize().json["auth_id"]
        return {"path": {"object_id": auth_id, "action": action}, **with_key(arguments)}

    return given


def _waiting(demo: Merchant, _: Clock) -> Parts:
    auth_id = demo.asking("late:60").authorize().json["auth_id"]
    payment = get_payment(runtime.ledger(), auth_id)
    assert payment is not None
    timers.store_timers(timer_table.table(), timers_of(payment))
    return {"query": {"waiting": "true"}}


def _simulated_of_capture(action: str) -> Callable[[Merchant, Clock], Parts]:
    return lambda demo, _: {"path": {"object_id": demo.captured(), "action": action}, **with_key({})}


def _simulated_of_refund(action: str) -> Callable[[Merchant, Clock], Parts]:
    def given(demo: Merchant, _: Clock) -> Parts:
        return {"path": {"object_id": demo.refunded(demo.captured(), 4_00), "action": action}, **with_key({})}

    return given


SCENARIOS = (
    # Simulated steps: an idempotency record, a read of the payment, since the step depends on it, and one update.
    Scenario("the bank approves late", SIMULATE_ACTION, CLAIM_READ_AND_UPDATE, _simulated("late:60", "approve")),
    Scenario("the hold expires", SIMULATE_ACTION, CLAIM_READ_AND_UPDATE, _simulated("approve", "expire")),
    Scenario("part is reversed", SIMULATE_ACTION, CLAIM_READ_AND_UPDATE, _simulated("approve", "reverse", amount=4_00)),
    Scenario("a capture fails", SIMULATE_ACTION, CLAIM_READ_AND_UPDATE, _simulated_of_capture("fail")),
    Scenario("a refund fails", SIMULATE_ACTION, CLAIM_READ_AND_UPDATE, _simulated_of_refund("fail")),
    Scenario("of a capture", GET_SIMULATION, ("GetItem",), lambda demo, _: {"path": {"object_id": demo.captured()}}),
    Scenario("what waits", LIST_SIMULATIONS, A_PAGE, _waiting),
    Scenario("defaults", GET_SETTINGS, ("GetItem",), lambda *_: {}),
    Scenario("manual", UPDATE_SETTINGS, ("UpdateItem",), lambda *_: {"body": {"simulation": "manual"}}),
    Scenario("nothing to change", UPDATE_SETTINGS, ("GetItem",), lambda *_: {"body": {}}),
)


REFUSALS = (
    Refusal(LIST_SIMULATIONS, Code.CURSOR_INVALID, sending(query={"waiting": "true", "cursor": "x"}), "cursor"),
    Refusal(GET_SIMULATION, Code.RESOURCE_NOT_FOUND, sending(path={"object_id": "auth_x"})),
    Refusal(SIMULATE_ACTION, Code.RESOURCE_NOT_FOUND, sending(path={"object_id": "auth_x", "action": "approve"})),
    Refusal(
        SIMULATE_ACTION,
        Code.SIMULATION_NOT_ALLOWED,
        lambda demo, _: {"path": {"object_id": demo.authorized(), "action": "approve"}},
        claims=True,
    ),
)
