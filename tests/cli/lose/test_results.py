"""The likely cause of a loss."""

from dataclasses import replace

import pytest

from cli.lose.cells import Cell, EventCell, Extent, Loss, WebhookFault
from cli.lose.money import Finding, Kind, Subject
from cli.lose.recorder import Exchange, Phase
from cli.lose.results import Outcome, Result, Run, State, likely_cause
from cli.lose.signatures import Call, Signature

LOST = Finding(Kind.SHIPPED_UNPAID, Subject("order-1", "USD"), 3750)


def result(fault: WebhookFault, *findings: Finding) -> Result:
    state = State(Phase.RUN, "exit code 0", succeeded=True, settled=True, ledger={}, books=None, findings=findings)
    return Result(
        EventCell(1, fault), "charge.succeeded", Outcome.LOST if findings else Outcome.NO_LOSS, states=[state]
    )


@pytest.mark.parametrize("fault", WebhookFault)
def test_a_loss_by_a_webhook_names_the_event(fault: WebhookFault) -> None:
    assert "charge.succeeded" in likely_cause(result(fault, LOST))


@pytest.mark.parametrize("fault", WebhookFault)
def test_without_a_loss_there_is_no_cause(fault: WebhookFault) -> None:
    assert likely_cause(result(fault)) == ""


@pytest.mark.parametrize(
    "succeeded, cause",
    [
        (False, "The command failed at the 404 to the repeated DELETE /v1/customers/cus_1 (call 1)"),
        (True, "The lost answer of DELETE /v1/customers/cus_1 (call 1) was taken for a result."),
    ],
)
def test_the_404_to_a_repeated_deletion(succeeded: bool, cause: str) -> None:
    def sent(attempt: int, status: int, lost: Loss | None) -> Exchange:
        call = Call(Signature("DELETE", "/v1/customers/cus_1", ()), 1)
        deleted_before = status == 404
        return Exchange(
            Phase.RUN, "DELETE /v1/customers/cus_1", call, 1, attempt, None, lost, status, deleted_before=deleted_before
        )

    unpaid = Finding(Kind.SHOWN_NOT_PAID, Subject("order-1", "USD"), 3750)
    state = State(Phase.AGAIN, "exit code", succeeded, settled=True, ledger={}, books={}, findings=[unpaid])
    exchanges = [sent(1, 200, Loss.RESET), sent(2, 404, None)]
    lost = Result(Cell(1, Extent.FIRST, Loss.RESET), "DELETE", Outcome.LOST, states=[state], exchanges=exchanges)
    assert likely_cause(lost).startswith(cause)


def lost(*exchanges: Exchange, kind: Kind, amount: int = 3750, phase: Phase = Phase.AGAIN, call: int = 1) -> Result:
    found = [Finding(kind, Subject("order-1", "USD"), amount)]
    state = State(phase, "exit code 1", succeeded=False, settled=True, ledger={}, books={}, findings=found)
    cell = Cell(call, Extent.GIVEN_UP, Loss.RESET)
    return Result(cell, "POST /v1/refunds", Outcome.LOST, states=[state], exchanges=exchanges)


def refund(object_id: str, key: str, attempt: int) -> Exchange:
    """A refund whose answer was lost."""
    call = Call(Signature("POST", "/v1/refunds", ()), 1)
    return Exchange(Phase.RUN, "POST /v1/refunds", call, 1, attempt, key, Loss.RESET, 200, object_id)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("phase", [Phase.RUN, Phase.AGAIN])
def test_every_finding_has_a_cause(kind: Kind, phase: Phase) -> None:
    for exchanges in ((), (refund("re_1", "a", 1),)):
        assert "POST /v1/refunds (call 1)" in likely_cause(lost(*exchanges, kind=kind, phase=phase))


def test_repeats_whose_answers_were_lost_too_have_the_cause_of_the_others() -> None:
    """Three attempts, each under another key and each lost: the costliest of all."""
    tries = [refund(f"re_{number}", f"key-{number}", number) for number in (1, 2, 3)]
    assert "under another idempotency key" in likely_cause(lost(*tries, kind=Kind.REFUNDED_TOO_MUCH))
    same = [refund("re_1", "key-1", number) for number in (1, 2, 3)]
    assert "another idempotency key" not in likely_cause(lost(*same, kind=Kind.REFUNDED_TOO_MUCH))


def test_an_event_that_came_twice_does_not_take_away() -> None:
    undone = result(WebhookFault.TWIN, Finding(Kind.PAID_NOT_SHOWN, Subject("order-1", "USD"), 3750))
    assert likely_cause(undone).startswith("What came after charge.succeeded undid it")


def test_red_comes_first_and_the_largest_of_all() -> None:
    small, large = (lost(kind=Kind.PAID_NOT_SHOWN, amount=amount, call=call) for amount, call in ((1, 8), (2, 9)))
    green, unknown = (
        Result(Cell(call, Extent.FIRST, Loss.RESET), "", outcome)
        for call, outcome in ((1, Outcome.NO_LOSS), (2, Outcome.INCONCLUSIVE))
    )
    run = Run([], [], [], [green, small, unknown, large], seed=1, took_s=1, judged_books=True, in_total=False)
    assert run.red_first == [large, small, unknown, green]


UNCHANGED = "every answer lost to a reset connection"


@pytest.mark.parametrize(
    "succeeded, phase, where",
    [
        (False, Phase.RUN, "not run again"),
        (True, Phase.RUN, UNCHANGED),
        (False, Phase.AGAIN, "run again"),
    ],
)
def test_where_the_money_is_lost(succeeded: bool, phase: Phase, where: str) -> None:
    found = lost(kind=Kind.PAID_NOT_SHOWN, phase=phase)
    states = [replace(state, succeeded=succeeded) for state in found.states]
    assert replace(found, states=states).where.rpartition(", ")[2] == where
