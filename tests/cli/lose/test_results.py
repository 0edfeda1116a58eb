"""The likely cause of a loss."""

import pytest

from cli.lose.cells import Cell, EventCell, Extent, Loss, WebhookFault
from cli.lose.money import Finding, Kind, Subject
from cli.lose.recorder import Exchange, Phase
from cli.lose.results import Outcome, Result, State, likely_cause
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
