"""The table of actions: each is possible in exactly its statuses, and does there what its description says. Pure."""

from collections.abc import Mapping
from typing import Any

import pytest

from paysandbox.core.errors import PROBLEMS, Code, Refused
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.operation import CONTRACT, SIMULATED, RefundStatus
from paysandbox.payments.payment import Payment, Status
from paysandbox.payments.simulated_action import Action, Kind, Parameter, Stamp
from paysandbox.payments.simulation import ACTIONS, allowed, object_of, step
from tests.support import simulated
from tests.support.build import VALIDITY

AFTER: Mapping[tuple[Kind, str, str], str] = {}
"""The status after an action, by kind, action and the status before. A missing one does not change."""


def stamp(key: str = "sim_1", source: str | None = SIMULATED) -> Stamp:
    return Stamp(
        key=key,
        request_id="request-1",
        at=simulated.LATER,
        contract=CONTRACT,
        validity_s=int(VALIDITY.total_seconds()),
        source=source,
    )


def argument(parameter: Parameter) -> Any:
    """Return a value that fits the parameter and the samples."""
    return (
        parameter.choices[0]
        if parameter.choices
        else parameter.minimum
        if parameter.minimum is not None
        else "lost_card"
    )


def arguments(action: Action, **given: Any) -> dict[str, Any]:
    return {each.name: argument(each) for each in action.parameters if each.required} | given


CASES = [
    pytest.param(action, status, id=f"{action.kind} {status}: {action.name}")
    for action in ACTIONS
    for kind, status in simulated.SAMPLES
    if kind is action.kind
]


def applied(payment: Payment, object_id: str, action: Action, mark: Stamp | None = None, **given: Any) -> Payment:
    change = step(payment, object_id, action.name, arguments(action, **given), mark or stamp())
    assert change.fits(payment)
    return change.apply(payment)


def test_there_is_a_sample_of_every_status() -> None:
    assert {status for kind, status in simulated.SAMPLES if kind is Kind.PAYMENT} == {*Status}
    assert {status for kind, status in simulated.SAMPLES if kind is Kind.REFUND} == {*RefundStatus}
    named = {(action.kind, status) for action in ACTIONS for status in action.statuses}
    assert named <= simulated.SAMPLES.keys()


@pytest.mark.parametrize("kind, status", simulated.SAMPLES)
def test_samples_have_their_status_and_are_consistent(kind: Kind, status: str) -> None:
    payment, object_id = simulated.sample(kind, status)
    assert object_of(payment, object_id) == (kind, status)
    assert breaks_of(payment) == ()


@pytest.mark.parametrize("action, status", CASES)
def test_an_action_is_possible_in_its_statuses_and_no_others(action: Action, status: str) -> None:
    payment, object_id = simulated.sample(action.kind, status)
    names = [each.name for each in allowed(payment, object_id)]
    if status in action.statuses:
        assert action.name in names
        after = applied(payment, object_id, action)
        assert breaks_of(after) == ()
        added = after.operations[len(payment.operations) :]
        assert {one.source for one in added} == {SIMULATED}
        return
    with pytest.raises(Refused) as caught:
        step(payment, object_id, action.name, arguments(action), stamp())
    assert caught.value.code is Code.SIMULATION_NOT_ALLOWED
    assert PROBLEMS[caught.value.code].status == 409
    assert caught.value.possible == {"current_status": status, "allowed": names}
