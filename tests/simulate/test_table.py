"""The table of actions: what is possible in each status, what it makes of the object, and that it happens once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from paysandbox.core.errors import PROBLEMS, Code, Refused
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.change import Change
from paysandbox.payments.disputes.dispute import DisputeStatus
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment, Status, state_of
from paysandbox.payments.refund_status import RefundStatus
from paysandbox.payments.simulated_action import Action, Kind, Stamp
from paysandbox.payments.simulation.simulation import ACTIONS, allowed, object_of, step
from tests.simulate import simulated
from tests.support.builders import disputes
from tests.support.builders.build import VALIDITY

NAMES: Final = sorted({(action.kind, action.name) for action in ACTIONS})

AFTER: Final[Mapping[tuple[Kind, str], Mapping[str, str]]] = {
    (Kind.PAYMENT, "pending"): {},
    (Kind.PAYMENT, "requires_action"): {"authenticate": "approved", "expire": "declined"},
    (Kind.PAYMENT, "processing"): {"approve": "approved", "decline": "declined"},
    (Kind.PAYMENT, "declined"): {"approve": "approved"},
    (Kind.PAYMENT, "approved"): {"expire": "expired", "reverse": "reversed"},
    (Kind.PAYMENT, "partially_captured"): {
        "expire": "captured",
        "reverse": "captured",
        "fraud_warning": "partially_captured",
        "dispute": "partially_captured",
    },
    (Kind.PAYMENT, "captured"): {"fraud_warning": "captured", "dispute": "captured"},
    (Kind.PAYMENT, "voided"): {},
    (Kind.PAYMENT, "expired"): {},
    (Kind.PAYMENT, "reversed"): {},
    # Of both, the rest is still held.
    (Kind.PAYMENT, "partially_refunded"): {
        "expire": "partially_refunded",
        "reverse": "partially_refunded",
        "fraud_warning": "partially_refunded",
        "dispute": "partially_refunded",
    },
    (Kind.PAYMENT, "refunded"): {"expire": "refunded", "reverse": "refunded", "fraud_warning": "refunded"},
    (Kind.CAPTURE, "captured"): {"fail": "failed", "present_late": "captured"},
    (Kind.CAPTURE, "settled"): {},
    (Kind.CAPTURE, "failed"): {},
    (Kind.REFUND, "pending"): {
        "succeed": "succeeded",
        "fail": "failed",
        "require_action": "requires_action",
        "expire": "canceled",
    },
    (Kind.REFUND, "requires_action"): {"succeed": "succeeded", "fail": "failed", "expire": "canceled"},
    (Kind.REFUND, "succeeded"): {"fail": "failed"},
    (Kind.REFUND, "failed"): {},
    (Kind.REFUND, "canceled"): {},
    (Kind.DISPUTE, "needs_response"): {"withdraw": "needs_response", "expire": "lost"},
    (Kind.DISPUTE, "under_review"): {"win": "won", "lose": "lost", "withdraw": "under_review"},
    (Kind.DISPUTE, "won"): {"escalate": "needs_response"},
    (Kind.DISPUTE, "lost"): {},
    (Kind.DISPUTE, "warning_needs_response"): {
        "withdraw": "warning_needs_response",
        "escalate": "needs_response",
        "expire": "warning_closed",
    },
    (Kind.DISPUTE, "warning_under_review"): {
        "win": "warning_closed",
        "lose": "warning_closed",
        "withdraw": "warning_under_review",
        "escalate": "needs_response",
        "expire": "warning_closed",
    },
    (Kind.DISPUTE, "warning_closed"): {},
}
"""The actions that are possible for an object of this kind and status, and its status after each."""

CASES = [(kind, status, name) for kind, status in simulated.SAMPLES for of_kind, name in NAMES if of_kind is kind]
POSSIBLE = [(kind, status, name) for (kind, status), after in AFTER.items() for name in after]


def stamp(key: str = "sim_1", source: str | None = SIMULATED) -> Stamp:
    return Stamp(
        key=key,
        request_id="request-1",
        at=simulated.LATER,
        contract=CONTRACT,
        validity_s=int(VALIDITY.total_seconds()),
        source=source,
    )


def decided(payment: Payment, object_id: str, kind: Kind, name: str, mark: Stamp | None = None) -> Change:
    """Return the change that the action makes, with a value for each required parameter. Later than all before it."""
    row = next(action for action in ACTIONS if (action.kind, action.name) == (kind, name))
    mark = mark or stamp()
    mark = replace(mark, at=max(mark.at, payment.operations[-1].at))
    return step(payment, object_id, name, simulated.arguments(row), mark)


def applied(payment: Payment, change: Change) -> Payment:
    """Return the payment after a change. As the store does, keep it until its last timer."""
    assert change.fits(payment)
    after = change.apply(payment)
    until = max((timer.at for one in after.operations for timer in one.timers), default=None)
    return replace(after, open_until=until)


def test_there_is_a_sample_of_every_status() -> None:
    assert {status for kind, status in simulated.SAMPLES if kind is Kind.PAYMENT} == {*Status}
    assert {status for kind, status in simulated.SAMPLES if kind is Kind.REFUND} == {*RefundStatus}
    assert {status for kind, status in simulated.SAMPLES if kind is Kind.DISPUTE} == {*DisputeStatus}
    assert {(action.kind, str(status)) for action in ACTIONS for status in action.statuses} <= simulated.SAMPLES.keys()
    assert simulated.SAMPLES.keys() == AFTER.keys()


def test_every_action_is_possible_somewhere() -> None:
    assert {(kind, name) for (kind, _), after in AFTER.items() for name in after} == {*NAMES}


def test_samples_have_their_status_and_are_consistent(subtests: pytest.Subtests) -> None:
    for kind, status in simulated.SAMPLES:
        with subtests.test(f"{kind} {status}"):
            payment, object_id = simulated.sample(kind, status)
            assert object_of(payment, object_id) == (kind, status)
            assert breaks_of(payment) == ()


def test_possible_actions_in_a_status(subtests: pytest.Subtests) -> None:
    for kind, status in simulated.SAMPLES:
        with subtests.test(f"{kind} {status}"):
            assert {action.name for action in allowed(*simulated.sample(kind, status))} == AFTER[kind, status].keys()


def test_an_action_happens_where_it_is_possible_and_is_a_409_elsewhere(subtests: pytest.Subtests) -> None:
    for kind, status, name in CASES:
        with subtests.test(f"{kind} {status} {name}"):
            payment, object_id = simulated.sample(kind, status)
            after = AFTER[kind, status].get(name)
            if after is not None:
                changed = applied(payment, decided(payment, object_id, kind, name))
                assert object_of(changed, object_id) == (kind, after)
                assert breaks_of(changed) == ()
                assert {one.source for one in changed.operations[len(payment.operations) :]} == {SIMULATED}
                continue
            with pytest.raises(Refused) as caught:
                decided(payment, object_id, kind, name)
            assert caught.value.code is Code.SIMULATION_NOT_ALLOWED
            assert PROBLEMS[caught.value.code].status == 409
            names = [action.name for action in allowed(payment, object_id)]
            assert caught.value.possible == {"current_status": status, "allowed": names}


def test_a_timers_and_a_simulated_step_of_the_same_thing_happen_once(subtests: pytest.Subtests) -> None:
    """They are different operations. The state that both saw lets one of them through."""
    for kind, status, name in POSSIBLE:
        with subtests.test(f"{kind} {status} {name}"):
            payment, object_id = simulated.sample(kind, status)
            by_caller = decided(payment, object_id, kind, name)
            try:
                by_timer = decided(payment, object_id, kind, name, stamp("tmr_1", source=None))
            except Refused:
                continue  # the plan of a refund ends with its first status, and a dispute's time is not over yet
            for first, second in ((by_caller, by_timer), (by_timer, by_caller)):
                assert not second.fits(applied(payment, first))


def test_every_action_at_every_stage_of_a_dispute(subtests: pytest.Subtests) -> None:
    for name in [name for kind, name in NAMES if kind is Kind.DISPUTE]:
        for case, payment in disputes.EACH.items():
            with subtests.test(f"{name} {case}"):
                dispute = disputes.latest(payment)
                names = [action.name for action in allowed(payment, dispute.id)]
                if name in names:
                    changed = applied(payment, decided(payment, dispute.id, Kind.DISPUTE, name))
                    assert object_of(changed, changed.id)[1] == "captured"
                    assert breaks_of(changed) == ()
                    continue
                with pytest.raises(Refused) as caught:
                    decided(payment, dispute.id, Kind.DISPUTE, name)
                assert caught.value.code is Code.SIMULATION_NOT_ALLOWED
                assert caught.value.possible == {"current_status": str(dispute.status), "allowed": names}


@pytest.mark.parametrize("payment", disputes.EACH.values(), ids=disputes.EACH.keys())
def test_a_payment_has_one_open_dispute_of_money_that_it_still_has(payment: Payment) -> None:
    is_open = any(dispute.is_open for dispute in state_of(payment).disputes.values())
    is_possible = not is_open and payment.refundable > 0
    assert ("dispute" in {action.name for action in allowed(payment, payment.id)}) is is_possible


@pytest.mark.parametrize("kind", Kind)
def test_an_unknown_action_is_refused_with_the_known_ones(kind: Kind) -> None:
    payment, object_id = simulated.sample(kind, next(status for of, status in simulated.SAMPLES if of is kind))
    with pytest.raises(Refused) as caught:
        step(payment, object_id, "explode", {}, stamp())
    assert (caught.value.code, caught.value.param) == (Code.PARAMETER_INVALID, "action")
    assert [name for of, name in NAMES if of is kind and name not in caught.value.detail] == []


PARAMETERS = [(action, each) for action in ACTIONS for each in action.parameters]


def refused(action: Action, sent: Mapping[str, Any]) -> Refused:
    payment, object_id = simulated.sample(action.kind, str(action.statuses[0]))
    with pytest.raises(Refused) as caught:
        step(payment, object_id, action.name, sent, stamp())
    return caught.value


def test_an_unknown_parameter_is_refused_by_name(subtests: pytest.Subtests) -> None:
    for action in ACTIONS:
        with subtests.test(f"{action.kind} {action.name}"):
            found = refused(action, {**simulated.arguments(action), "volume": "11"})
            assert (found.code, found.param) == (Code.PARAMETER_UNKNOWN, "volume")


def test_other_values_are_refused_by_name(subtests: pytest.Subtests) -> None:
    for action, parameter in PARAMETERS:
        for value in ["", "\u0663", -1, 1.5, True, None, [], {}, "no such value"]:
            with subtests.test(f"{action.kind} {action.name} {parameter.name} {value!r}"):
                if not parameter.choices and parameter.minimum is None and isinstance(value, str):
                    continue  # free text
                found = refused(action, {**simulated.arguments(action), parameter.name: value})
                assert (found.code, found.param) == (Code.PARAMETER_INVALID, parameter.name)


def test_a_missing_parameter_is_refused_by_name(subtests: pytest.Subtests) -> None:
    for action, parameter in PARAMETERS:
        with subtests.test(f"{action.kind} {action.name} {parameter.name}"):
            rest = {name: value for name, value in simulated.arguments(action).items() if name != parameter.name}
            if parameter.required:
                found = refused(action, rest)
                assert (found.code, found.param) == (Code.PARAMETER_MISSING, parameter.name)
